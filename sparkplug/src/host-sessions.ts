/**
 * Follows the sessions of edge nodes: which message may be taken, and when. Order is by `seq`; what only a birth can
 * explain asks for one. What a message does to what is shown stands in `host-picture.ts`.
 */
import { bdSeqOf } from "./death.ts";
import { isDoubtful, noteStrayDeath, noteTime, type BirthMark } from "./host-doubt.ts";
import type { HostListener, RebirthCause } from "./host-listener.ts";
import type { HostNode, NodeSession } from "./host-node.ts";
import { HostPicture, type Picture } from "./host-picture.ts";
import { timeOf, type Arrived } from "./host-reorder.ts";
import { nextSeq } from "./sequence.ts";
import type { Clock } from "./session-clock.ts";

type OnlineSession = Extract<NodeSession, { kind: "online" }>;

/** What `HostSessions` is made of. */
export interface HostSessionsOptions {
  readonly clock: Clock;
  readonly listener: HostListener;
  readonly maxDevices: number;
  /** What shows the edge nodes; left out: one that tells the listener. */
  readonly picture?: Picture;
  /**
   * How long a missing message may be on its way, in milliseconds. 0: not at all.
   * [tck-id-operational-behavior-host-reordering-param]
   */
  readonly reorderTimeoutMs: number;
  needsRebirth(node: HostNode, cause: RebirthCause): void;
  /** The node was born or has died: it needs no rebirth. */
  settled(node: HostNode): void;
}

/** The sessions of all edge nodes that one host follows. */
export class HostSessions {
  readonly #options: HostSessionsOptions;
  readonly #picture: Picture;

  constructor(options: HostSessionsOptions) {
    this.#options = options;
    this.#picture = options.picture ?? new HostPicture(options.listener, options.maxDevices);
  }

  /** Takes one message of an edge node; anything but commands. */
  apply(node: HostNode, message: Arrived): void {
    if (message.type === "NDEATH") this.#nodeDied(node, message);
    else if (node.reorder.isCopy(message)) return;
    else if (message.type === "NBIRTH") this.#nodeBirth(node, message);
    else this.#inTurn(node, message);
  }

  /** A birth as an aware server keeps it. What was heard from a node that lives is better. */
  certificate(node: HostNode, message: Arrived): void {
    const { kind } = node.session;
    if (kind === "unborn" || kind === "offline") this.#picture.lastKnown(node, message);
  }

  /** What this node says can no longer be followed: a message of it was no payload. */
  undecodable(node: HostNode, server: string): void {
    const { session } = node;
    if (session.kind !== "online") this.#options.needsRebirth(node, "undecodable payload");
    else if (session.server !== server) this.#suspect(node, session.server);
    else this.#loseStep(node, server, "undecodable payload");
  }

  /** The connection to the server is gone, and with it all that was learnt through it is stale, by this host's clock. */
  serverLost(node: HostNode, server: string): void {
    const { session } = node;
    if (session.kind === "unborn" || session.kind === "offline" || session.server !== server)
      return;
    const since = this.#options.clock.now();
    node.session = { kind: "offline", server, bdSeq: session.bdSeq, since, because: "server lost" };
    this.#forgetOrder(node);
    this.#picture.allStale(node, server, { at: since, because: "connection to the server lost" });
    this.#options.settled(node);
  }

  #nodeBirth(node: HostNode, message: Arrived): void {
    const bornAt = timeOf(message);
    const bdSeq = bdSeqOf(message.payload);
    if (!isDoubtful(node, message, { bornAt, bdSeq })) {
      return this.#takeNodeBirth(node, message, { bornAt, bdSeq });
    }
    const { receivedAt: since, server } = message;
    const known = node.session.kind === "unborn" ? bdSeq : node.session.bdSeq;
    node.session = { kind: "outOfStep", server, bdSeq: known, since, doubted: true };
    this.#forgetOrder(node);
    this.#picture.allStale(node, server, { at: since, because: "messages were lost" });
    return this.#options.needsRebirth(node, "birth out of order");
  }

  #takeNodeBirth(node: HostNode, message: Arrived, { bornAt, bdSeq }: BirthMark): void {
    const { server, payload } = message;
    const isLate = bornAt <= node.newestAt;
    this.#forgetOrder(node);
    node.session = { kind: "online", server, bdSeq, expectedSeq: nextSeq(payload.seq ?? 0) };
    node.bornAt = bornAt;
    node.newestAt = Number.NEGATIVE_INFINITY;
    this.#options.settled(node);
    this.#picture.nodeBorn(node, message, bdSeq);
    if (isLate) this.#suspect(node, server);
  }

  /**
   * A death of another session says nothing of this one: an old Will, or a copy. One that counts is taken at once.
   * [tck-id-operational-behavior-edge-node-termination-host-action-ndeath-node-offline]
   */
  #nodeDied(node: HostNode, message: Arrived): void {
    const { payload, receivedAt, server } = message;
    const { session } = node;
    const bdSeq = bdSeqOf(payload);
    if (session.kind === "unborn" || session.bdSeq !== bdSeq || session.server !== server) {
      return noteStrayDeath(node, bdSeq, receivedAt);
    }
    if (session.kind === "offline") return;
    node.session = { kind: "offline", server, bdSeq, since: receivedAt, because: "death" };
    this.#forgetOrder(node);
    this.#options.settled(node);
    this.#picture.nodeDied(node, message);
  }

  /** DBIRTH, DDEATH, NDATA, DDATA: one after the other as `seq` says. */
  #inTurn(node: HostNode, message: Arrived): void {
    noteTime(node, message);
    const { session } = node;
    const { seq, timestamp } = message.payload;
    if (session.kind !== "online") {
      const cause = session.kind === "outOfStep" ? "messages missing" : "message before birth";
      this.#options.needsRebirth(node, cause);
    } else if (session.server !== message.server || (timestamp ?? node.bornAt) < node.bornAt) {
      this.#suspect(node, session.server); // of a session that is over, or the clock was set back
    } else if (seq === undefined) {
      this.#options.listener.faulty?.(message.topic, `${message.type} has no seq`);
      this.#process(node, message);
    } else if (seq === session.expectedSeq) {
      this.#go(node, session, message);
    } else {
      node.reorder.keep(seq, message);
      this.#awaitMissing(node, session.server);
    }
  }

  /** [tck-id-operational-behavior-host-reordering-success] */
  #go(node: HostNode, session: OnlineSession, message: Arrived): void {
    let expectedSeq = session.expectedSeq;
    let next: Arrived | undefined = message;
    while (next !== undefined) {
      expectedSeq = nextSeq(expectedSeq);
      node.session = { ...session, expectedSeq };
      this.#process(node, next);
      next = node.reorder.take(expectedSeq);
    }
    if (node.isSuspect) return;
    node.stopTimer?.();
    node.stopTimer = undefined;
    if (!node.reorder.isEmpty) this.#awaitMissing(node, session.server);
  }

  /** Something came that does not fit and may have been needed. Only a birth can tell; stragglers may come before. */
  #suspect(node: HostNode, server: string): void {
    node.isSuspect = true;
    this.#awaitMissing(node, server);
  }

  /** [tck-id-operational-behavior-host-reordering-start] */
  #awaitMissing(node: HostNode, server: string): void {
    const { reorderTimeoutMs, clock } = this.#options;
    if (node.stopTimer !== undefined) return;
    const giveUp = (): void => this.#loseStep(node, server, "messages missing");
    if (reorderTimeoutMs === 0) giveUp();
    else node.stopTimer = clock.after(reorderTimeoutMs, giveUp);
  }

  /** [tck-id-operational-behavior-host-reordering-rebirth] */
  #loseStep(node: HostNode, server: string, cause: RebirthCause): void {
    const { session } = node;
    const bdSeq = session.kind === "unborn" ? undefined : session.bdSeq;
    const since = this.#options.clock.now();
    node.session = { kind: "outOfStep", server, bdSeq, since, doubted: false };
    this.#forgetOrder(node);
    this.#picture.allStale(node, server, { at: since, because: "messages were lost" });
    this.#options.needsRebirth(node, cause);
  }

  #process(node: HostNode, message: Arrived): void {
    const { deviceId, type, topic } = message;
    if (type === "DBIRTH" && deviceId !== undefined)
      return this.#picture.deviceBorn(node, deviceId, message);
    const member = deviceId === undefined ? node.own : node.devices.get(deviceId);
    if (type === "DDEATH" && member === undefined)
      return this.#options.listener.faulty?.(topic, "a device died that was never born");
    if (member === undefined) return this.#options.needsRebirth(node, "message before birth");
    if (type === "DDEATH") return this.#picture.deviceDied(node, member, message);
    const cause = this.#picture.data(node, member, message);
    return cause === undefined ? undefined : this.#options.needsRebirth(node, cause);
  }

  #forgetOrder(node: HostNode): void {
    node.isSuspect = false;
    node.stopTimer?.();
    node.stopTimer = undefined;
    node.reorder.clear();
  }
}
