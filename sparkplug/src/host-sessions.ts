/**
 * Follows the sessions of edge nodes: births make and replace, data moves, deaths and lost connections make stale, and
 * what only a birth can explain asks for one. Order is by `seq`; clocks of edge nodes are believed only as far as they
 * agree with themselves.
 */
import { bdSeqOf } from "./death.ts";
import type {
  HostListener,
  HostMetric,
  HostReading,
  HostSubject,
  RebirthCause,
  StaleCause,
} from "./host-listener.ts";
import { bornMetric, readingOf } from "./host-metric.ts";
import type { HostMember, HostNode, HostNodes, NodeSession } from "./host-node.ts";
import type { Arrived } from "./host-reorder.ts";
import type { Metric } from "./payload.ts";
import { nextSeq } from "./sequence.ts";
import type { Clock } from "./session-clock.ts";

/** A birth and a death of one session that come within this time may have changed places on their way. */
const SUSPECT_MS = 10_000;
/** Deaths without a birth that are remembered for each edge node. */
const STRAY_DEATHS = 16;

type OnlineSession = Extract<NodeSession, { kind: "online" }>;

export interface HostSessionsOptions {
  readonly nodes: HostNodes;
  readonly clock: Clock;
  readonly listener: HostListener;
  /**
   * How long a missing message may be on its way, in milliseconds. 0: not at all.
   * [tck-id-operational-behavior-host-reordering-param]
   */
  readonly reorderTimeoutMs: number;
  needsRebirth(node: HostNode, cause: RebirthCause): void;
  /** The node was born or has died: it needs no rebirth. */
  settled(node: HostNode): void;
}

export class HostSessions {
  readonly #options: HostSessionsOptions;

  constructor(options: HostSessionsOptions) {
    this.#options = options;
  }

  /** Takes one message of an edge node; anything but commands. */
  apply(node: HostNode, message: Arrived): void {
    if (message.type === "NDEATH") this.#nodeDied(node, message);
    else if (node.reorder.isCopy(message)) return;
    else if (message.type === "NBIRTH") this.#nodeBirth(node, message);
    else this.#inTurn(node, message);
  }

  /** What this node says can no longer be followed: a message of it was no payload. */
  undecodable(node: HostNode, server: string): void {
    if (node.session.kind === "online") this.#loseStep(node, server, "undecodable payload");
    else this.#options.needsRebirth(node, "undecodable payload");
  }

  /** The connection to the server is gone, and with it all that was learnt through it is stale, by this host's clock. */
  serverLost(node: HostNode, server: string): void {
    const { session } = node;
    if (session.kind === "unborn" || session.kind === "offline" || session.server !== server)
      return;
    const since = this.#options.clock.now();
    node.session = { kind: "offline", server, bdSeq: session.bdSeq, since, because: "server lost" };
    this.#forgetOrder(node);
    this.#allStale(node, server, { at: since, because: "connection to the server lost" });
    this.#options.settled(node);
  }

  #nodeBirth(node: HostNode, message: Arrived): void {
    const bornAt = message.payload.timestamp ?? message.receivedAt;
    const bdSeq = bdSeqOf(message.payload);
    if (this.#isDoubtful(node, message, { bornAt, bdSeq })) {
      const { receivedAt: since, server } = message;
      const known = node.session.kind === "unborn" ? bdSeq : node.session.bdSeq;
      node.session = { kind: "outOfStep", server, bdSeq: known, since, doubted: true };
      this.#forgetOrder(node);
      this.#allStale(node, server, { at: since, because: "messages were lost" });
      this.#options.needsRebirth(node, "birth out of order");
      return;
    }
    this.#takeNodeBirth(node, message, { bornAt, bdSeq });
  }

  /**
   * Whether this birth may have come late: that of a session that is over, or one whose data was taken for that of the
   * birth before. Then a new birth shall decide.
   */
  #isDoubtful(
    node: HostNode,
    { receivedAt }: Arrived,
    { bornAt, bdSeq }: { readonly bornAt: number; readonly bdSeq: number | undefined },
  ): boolean {
    const { session } = node;
    if (session.kind === "outOfStep" && session.doubted) return false;
    if (hasDied(node, bdSeq, receivedAt)) return true;
    if (session.kind === "unborn") return false;
    if (bornAt < node.bornAt || bornAt <= node.newestAt) return true;
    if (session.kind !== "offline" || session.because !== "death") return false;
    return session.bdSeq === bdSeq && receivedAt - session.since < SUSPECT_MS;
  }

  /** Replaces all that was known. Aliases are dealt anew; devices are stale until their own birth. */
  #takeNodeBirth(
    node: HostNode,
    message: Arrived,
    { bornAt, bdSeq }: { readonly bornAt: number; readonly bdSeq: number | undefined },
  ): void {
    const { server, payload, receivedAt } = message;
    const expectedSeq = nextSeq(payload.seq ?? 0);
    const isLate = bornAt <= node.newestAt;
    this.#forgetOrder(node);
    for (const device of node.devices.values()) {
      this.#memberStale(node, device, server, {
        at: receivedAt,
        because: "edge node was born again",
      });
    }
    node.aliases.clear();
    node.templates.clear();
    node.session = { kind: "online", server, bdSeq, expectedSeq };
    node.bornAt = bornAt;
    node.newestAt = Number.NEGATIVE_INFINITY;
    this.#options.settled(node);
    const metrics = this.#bear(node, node.own, message);
    const subject = subjectOf(node, node.own, server);
    this.#options.listener.nodeBorn?.(subject, { bdSeq, at: receivedAt, metrics });
    if (isLate) this.#suspect(node, server);
  }

  /**
   * A death of another session says nothing of this one: an old Will, or a copy. One that counts is taken at once.
   * [tck-id-operational-behavior-edge-node-termination-host-action-ndeath-node-offline]
   * [tck-id-operational-behavior-edge-node-termination-host-action-ndeath-node-tags-stale]
   * [tck-id-operational-behavior-edge-node-termination-host-action-ndeath-devices-offline]
   * [tck-id-operational-behavior-edge-node-termination-host-action-ndeath-devices-tags-stale]
   */
  #nodeDied(node: HostNode, { payload, receivedAt, server }: Arrived): void {
    const { session } = node;
    const bdSeq = bdSeqOf(payload);
    if (session.kind === "unborn" || session.bdSeq !== bdSeq || session.server !== server) {
      if (node.strayDeaths.size >= STRAY_DEATHS) node.strayDeaths.clear();
      if (bdSeq !== undefined) node.strayDeaths.set(bdSeq, receivedAt);
      return;
    }
    if (session.kind === "offline") return;
    node.session = { kind: "offline", server, bdSeq, since: receivedAt, because: "death" };
    this.#forgetOrder(node);
    this.#options.settled(node);
    this.#options.listener.nodeDied?.(subjectOf(node, node.own, server), receivedAt);
    this.#allStale(node, server, { at: receivedAt, because: "edge node died" });
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
    this.#allStale(node, server, { at: since, because: "messages were lost" });
    this.#options.needsRebirth(node, cause);
  }

  #process(node: HostNode, message: Arrived): void {
    if (message.deviceId === undefined) return this.#data(node, node.own, message);
    if (message.type === "DBIRTH") return this.#deviceBorn(node, message.deviceId, message);
    const device = node.devices.get(message.deviceId);
    if (device === undefined) return this.#options.needsRebirth(node, "message before birth");
    if (message.type === "DDEATH") return this.#deviceDied(node, device, message);
    return this.#data(node, device, message);
  }

  #deviceBorn(node: HostNode, deviceId: string, message: Arrived): void {
    const state = { kind: "stale", since: 0 } as const;
    const device = node.devices.get(deviceId) ?? { deviceId, state, metrics: new Map() };
    node.devices.set(deviceId, device);
    const metrics = this.#bear(node, device, message);
    const at = message.payload.timestamp ?? message.receivedAt;
    this.#options.listener.deviceBorn?.(subjectOf(node, device, message.server), { at, metrics });
  }

  /**
   * Both at the payload's timestamp.
   * [tck-id-operational-behavior-edge-node-termination-host-action-ddeath-devices-offline]
   * [tck-id-operational-behavior-edge-node-termination-host-action-ddeath-devices-tags-stale]
   */
  #deviceDied(node: HostNode, device: HostMember, message: Arrived): void {
    const at = message.payload.timestamp ?? message.receivedAt;
    this.#options.listener.deviceDied?.(subjectOf(node, device, message.server), at);
    this.#memberStale(node, device, message.server, { at, because: "device died" });
  }

  #bear(node: HostNode, member: HostMember, message: Arrived): readonly HostMetric[] {
    const { payload, receivedAt, topic } = message;
    const context = { fallback: payload.timestamp ?? receivedAt, templates: node.templates };
    member.metrics.clear();
    node.templates.learn(payload);
    for (const [alias, target] of node.aliases) {
      if (target.deviceId === member.deviceId) node.aliases.delete(alias);
    }
    for (const metric of payload.metrics) {
      const { name, alias } = metric;
      if (name === undefined)
        this.#options.listener.faulty?.(topic, "a metric of a birth has no name");
      else member.metrics.set(name, bornMetric(metric, name, context));
      if (name !== undefined && alias !== undefined) {
        node.aliases.set(alias, { deviceId: member.deviceId, name });
      }
    }
    member.state = { kind: "online", since: payload.timestamp ?? receivedAt };
    return [...member.metrics.values()];
  }

  #data(node: HostNode, member: HostMember, message: Arrived): void {
    const { payload, receivedAt, server } = message;
    const live: HostReading[] = [];
    const past: HostReading[] = [];
    const context = { fallback: payload.timestamp ?? receivedAt, templates: node.templates };
    let cause: RebirthCause | undefined;
    for (const metric of payload.metrics) {
      const born = bornAs(node, member, metric);
      if (born === undefined) {
        cause = "unknown metric or alias";
        continue;
      }
      const reading = readingOf(metric, born, context);
      if (metric.isHistorical) past.push(reading);
      else if (member.state.kind !== "online") cause = "message before birth";
      else {
        member.metrics.set(born.name, { ...born, ...reading });
        live.push(reading);
      }
    }
    const subject = subjectOf(node, member, server);
    if (past.length > 0) this.#options.listener.historical?.(subject, past);
    if (live.length > 0) this.#options.listener.valuesChanged?.(subject, live);
    if (cause !== undefined) this.#options.needsRebirth(node, cause);
  }

  #allStale(node: HostNode, server: string, stale: Stale): void {
    for (const member of [node.own, ...node.devices.values()]) {
      this.#memberStale(node, member, server, stale);
    }
  }

  #memberStale(node: HostNode, member: HostMember, server: string, stale: Stale): void {
    if (member.state.kind === "stale") return;
    member.state = { kind: "stale", since: stale.at };
    this.#options.listener.stale?.(subjectOf(node, member, server), stale);
  }

  #forgetOrder(node: HostNode): void {
    node.isSuspect = false;
    node.stopTimer?.();
    node.stopTimer = undefined;
    node.reorder.clear();
  }
}

interface Stale {
  /** Milliseconds UTC: of this host's clock, but of the payload when a device died. */
  readonly at: number;
  readonly because: StaleCause;
}

/** By alias when there is no name; an alias of another device is none of this one's. */
function bornAs(node: HostNode, member: HostMember, metric: Metric): HostMetric | undefined {
  if (metric.name !== undefined) return member.metrics.get(metric.name);
  const target = metric.alias === undefined ? undefined : node.aliases.get(metric.alias);
  return target?.deviceId === member.deviceId ? member.metrics.get(target?.name ?? "") : undefined;
}

/** Whether the death of this session was heard a moment ago, before its birth. Forgets it. */
function hasDied(node: HostNode, bdSeq: number | undefined, now: number): boolean {
  if (bdSeq === undefined) return false;
  const diedAt = node.strayDeaths.get(bdSeq);
  node.strayDeaths.delete(bdSeq);
  return diedAt !== undefined && now - diedAt < SUSPECT_MS;
}

/** A birth that is not newer than what was heard before it has come late. */
function noteTime(node: HostNode, { payload }: Arrived): void {
  node.newestAt = Math.max(node.newestAt, payload.timestamp ?? node.newestAt);
}

function subjectOf(node: HostNode, member: HostMember, server: string): HostSubject {
  const { groupId, edgeNodeId } = node;
  return { groupId, edgeNodeId, deviceId: member.deviceId, server };
}
