/**
 * Follows the Sparkplug session of every edge node and writes the tree: births make and describe metrics, data moves
 * them, deaths take their worth away. Each message is decoded once. What only a birth could explain asks for one.
 */
import {
  bdSeqOf,
  decodePayload,
  nextSeq,
  readTopic,
  SparkplugError,
  type Metric,
  type Payload,
} from "@unshub/sparkplug";
import { birthForgotten, birthWords, memberBorn, type Birth } from "./births.ts";
import { bornMetric } from "./born-metric.ts";
import type { AskedForBirth, TroubleKind } from "./chronicle.ts";
import { DataDesk, DataReader, type Source } from "./data-reader.ts";
import { memberDied, memberHeld, memberLost, memberResumed, type Lost } from "./deaths.ts";
import { HeldNodes, STOPPED } from "./held-nodes.ts";
import { DECODING } from "./inflate.ts";
import { takeKeptBirth } from "./kept-births.ts";
import type {
  Arrived,
  Follower,
  Heard,
  NeedsRebirth,
  NodeOrDevice,
  TreeMessage,
} from "./messages.ts";
import type { MetricInfo } from "./metric-info.ts";
import { disorderOf, messagesLost, saidSinceLoss } from "./sequence.ts";
import { sessionNow, type SessionNow } from "./session-now.ts";
import { membersOf, SessionTable } from "./session-table.ts";
import { byClockOf, isBorn, type Member, type NodeId, type NodeSession } from "./session.ts";
import type { UnsTree } from "./tree.ts";

const NO_IDS = new Int32Array(0);

export class NodeSessions {
  readonly #tree: UnsTree;
  readonly #desk: DataDesk;
  readonly #needsRebirth: NeedsRebirth;
  readonly #table: SessionTable;
  readonly #held = new HeldNodes();
  #births = 0;

  constructor(tree: UnsTree, needsRebirth: NeedsRebirth) {
    this.#tree = tree;
    this.#table = new SessionTable(tree);
    this.#desk = new DataDesk(tree);
    this.#needsRebirth = needsRebirth;
  }

  /** Births of edge nodes and devices since the start. */
  get births(): number {
    return this.#births;
  }

  /** The sessions of all edge nodes that were ever heard. */
  all(): Generator<NodeSession> {
    return this.#table.all();
  }

  /** The same by group and edge node id. */
  get groups(): ReadonlyMap<string, ReadonlyMap<string, NodeSession>> {
    return this.#table.groups;
  }

  /** `undefined` when it was never heard. */
  find(node: NodeId): NodeSession | undefined {
    return this.#table.find(node);
  }

  /** Somebody asked an edge node for its births. */
  askedForBirth(node: NodeId, asked: AskedForBirth): void {
    this.#table.find(node)?.chronicle.askedForBirth(asked);
  }

  /** People count anew what an edge node and its devices do. `at`: milliseconds since 1970 UTC; `by`: who wanted it. */
  startOver(session: NodeSession, at: number, by: string): void {
    session.chronicle.startOver(at, by);
    for (const { tally } of membersOf(session)) tally.startOver();
  }

  /**
   * Somebody stopped, or started, what speaks for an edge node: why its metrics are old as long as it does not speak. `at`:
   * milliseconds since 1970 UTC.
   */
  hold(node: NodeId, isHeld: boolean, at: number): void {
    this.#held.hold(node, isHeld);
    const session = this.#table.find(node);
    if (!isHeld || session === undefined || session.own.state === "online") return;
    const lost = { because: STOPPED, at, sourceAt: byClockOf(session, at) } as const;
    const marked = membersOf(session).map((member) => memberHeld(this.#tree, member, lost));
    session.chronicle.marked(marked, { quality: "offline", at: lost.at });
  }

  /**
   * Forgets the last birth of an edge node and all its devices, or of one device: until the next one its metrics are
   * stale, and what it says without one asks for it. False when there was none. `at`: milliseconds since 1970 UTC.
   */
  forgetBirth(node: NodeId, deviceId: string | undefined, at: number): boolean {
    const session = this.#table.find(node);
    const device = deviceId === undefined ? undefined : session?.devices.get(deviceId);
    if (session === undefined || (deviceId !== undefined && device === undefined)) return false;
    const members = device === undefined ? membersOf(session) : [device];
    const born = members.filter(isBorn);
    for (const member of born) birthForgotten(this.#tree, member, byClockOf(session, at));
    this.#births += 1;
    session.lastBirth = this.#births; // a snapshot that was begun before still has them
    if (device === undefined) session.mayResume = false;
    return born.length > 0;
  }

  /** Takes a message that passed. Topics that are not Sparkplug's are passed over. */
  apply({ topic, ...message }: TreeMessage): void {
    this.follower(topic)?.(message);
  }

  /** What takes the messages on one topic, in the order of their publisher; `undefined` when they say nothing here. */
  follower(topicText: string): Follower | undefined {
    const reading = readTopic(topicText);
    if (reading.kind !== "sparkplug" || reading.topic.kind === "state") return undefined;
    const { topic } = reading;
    if (topic.type === "NCMD" || topic.type === "DCMD") return undefined;
    const isData = topic.type === "NDATA" || topic.type === "DDATA";
    const take: Follower = isData
      ? this.#dataFollower(topic)
      : (message) => this.#dispatch(topic, message);
    return (message) => {
      try {
        take(message);
      } catch (error) {
        if (!(error instanceof SparkplugError)) throw error;
        this.#trouble(topic, "undecodable", { at: message.receivedAt, what: error.message });
        this.#needsRebirth(topic, "undecodable payload");
      }
    };
  }

  /**
   * A birth that a server kept under `$sparkplug/certificates/`. What was never born before our eyes becomes last known by
   * it; of all others more is known already. Says whether it told something new.
   */
  keptBirth(message: TreeMessage): boolean {
    return takeKeptBirth({ tree: this.#tree, table: this.#table }, message);
  }

  /**
   * What is said now is missed: who lived is last known, and what it said is stale. Only a birth makes it live again. One
   * edge node, or all when none is named.
   */
  lostTouch(lost: Lost, node?: NodeId): void {
    const sessions = node === undefined ? this.all() : [this.#table.find(node)];
    for (const session of sessions) {
      if (session === undefined) continue;
      session.mayResume = false;
      session.chronicle.day.become("unknown", lost.at);
      const sourceAt = byClockOf(session, lost.at);
      const living = membersOf(session).filter(({ state }) => state === "online");
      const marked = living.map((member) => memberLost(this.#tree, member, { ...lost, sourceAt }));
      session.chronicle.marked(marked, { quality: "stale", at: lost.at });
    }
  }

  /** A session as a snapshot kept it. */
  restore(session: NodeSession): void {
    this.#table.keep(session);
  }

  #dataFollower(topic: NodeOrDevice): Follower {
    let session: NodeSession | undefined; // sessions and members stay, once they are there
    let isBehindLoss = false;
    const reader = new DataReader({
      desk: this.#desk,
      sourceOf: ({ seq, timestamp }, at) => {
        session ??= this.#table.find(topic);
        const arrived = { seq, sentAt: timestamp, at };
        if (!this.#isLiving(topic, session, arrived)) return undefined;
        isBehindLoss = this.#isBehindLoss(session, topic, arrived);
        return this.#sourceOf(topic, session, at);
      },
      unknownMetric: (what, at) => {
        this.#trouble(topic, "unknown", { at, what });
        this.#needsRebirth(topic, "unknown metric or alias");
      },
    });
    return ({ payload, receivedAt }) => {
      isBehindLoss = false;
      try {
        reader.take(payload, receivedAt);
      } finally {
        if (session !== undefined && isBehindLoss)
          this.#lostBefore(session, receivedAt, reader.written);
        else if (session?.sinceLoss !== undefined) saidSinceLoss(session, reader.written);
      }
    };
  }

  /** The metric that has the alias of one that the last birth left out: most likely its new name. */
  heir({ groupId, edgeNodeId, deviceId, alias, datatypeCode }: MetricInfo): string | undefined {
    if (alias === undefined) return undefined;
    const heir = this.born({ groupId, edgeNodeId }, deviceId, { name: undefined, alias });
    return heir?.deviceId === deviceId && heir?.datatypeCode === datatypeCode
      ? heir.name
      : undefined;
  }

  /** What the last births said of a metric: by name in the edge node or its device, by alias in all of them. */
  born(
    node: NodeId,
    deviceId: string | undefined,
    metric: Pick<Metric, "name" | "alias">,
  ): MetricInfo | undefined {
    const session = this.#table.find(node);
    return session && bornMetric(this.#tree, session, deviceId, metric);
  }

  /** How it stands with an edge node, and with one of its devices; `undefined` when it was never heard. */
  now(node: NodeId, deviceId?: string): SessionNow | undefined {
    const session = this.#table.find(node);
    return session && sessionNow(session, deviceId);
  }

  #dispatch(topic: NodeOrDevice, message: Heard): void {
    const { receivedAt } = message;
    const payload = decodePayload(message.payload, DECODING);
    if (topic.type === "NBIRTH") return this.#nodeBorn(topic, { payload, receivedAt });
    if (topic.type === "NDEATH") return this.#nodeDied(topic, payload, receivedAt);
    const session = this.#table.find(topic);
    const arrived = { seq: payload.seq, sentAt: payload.timestamp, at: receivedAt };
    if (!this.#isLiving(topic, session, arrived) || topic.kind === "node") return undefined;
    if (this.#isBehindLoss(session, topic, arrived)) this.#lostBefore(session, receivedAt, NO_IDS);
    if (topic.type === "DBIRTH") {
      return this.#deviceBorn(session, topic.deviceId, { payload, receivedAt });
    }
    const device = session.devices.get(topic.deviceId);
    if (device === undefined) return this.#isFull ? undefined : this.#unborn(topic, receivedAt);
    const sourceAt = byClockOf(session, receivedAt);
    const { deviceId } = topic;
    session.chronicle.happened({ kind: "death", at: receivedAt, what: "DDEATH", deviceId });
    device.tally.died(receivedAt);
    const because = this.#held.whyOf(topic, "device died");
    const marked = memberDied(this.#tree, device, { because, at: receivedAt, sourceAt });
    session.chronicle.marked([marked], { quality: "offline", at: receivedAt, deviceId });
  }

  /** Whether a node was born, or goes on where it was when the hub stopped; otherwise asks for its birth. */
  #isLiving(
    topic: NodeOrDevice,
    session: NodeSession | undefined,
    arrived: Arrived,
  ): session is NodeSession {
    session?.chronicle.heard(arrived.at, arrived.sentAt);
    if (session?.own.state === "online") return true;
    if (session?.mayResume === true && arrived.seq === session.expectedSeq) {
      this.#resume(session, arrived.at);
      return true;
    }
    if (session !== undefined || !this.#isFull) this.#unborn(topic, arrived.at);
    return false;
  }

  /** Whether an edge node or device that is not there yet finds no room; its birth would not help. */
  get #isFull(): boolean {
    return this.#tree.refused.members > 0;
  }

  /** No message was missed, so the births still hold. What is not heard again stays last known. */
  #resume(session: NodeSession, at: number): void {
    session.mayResume = false;
    session.chronicle.day.become("online", at);
    for (const member of membersOf(session)) memberResumed(this.#tree, member, at);
  }

  #unborn(topic: NodeOrDevice, at: number): void {
    this.#trouble(topic, "unborn", { at, what: `${topic.type} without birth` });
    this.#needsRebirth(topic, "data before birth");
  }

  /** Of an edge node that was ever born; others have no row. */
  #trouble(
    topic: NodeOrDevice,
    kind: TroubleKind,
    { at, what }: { readonly at: number; readonly what: string },
  ): void {
    const deviceId = topic.kind === "device" ? topic.deviceId : undefined;
    this.#table.find(topic)?.chronicle.note(kind, { at, what, deviceId });
  }

  /** Devices are offline until their own birth. [tck-id-operational-behavior-data-publish-nbirth] */
  #nodeBorn(node: NodeId, birth: Birth): void {
    const session = this.#table.open(node);
    if (session === undefined) return;
    const sentAt = birth.payload.timestamp ?? birth.receivedAt;
    session.templates = undefined;
    session.bdSeq = bdSeqOf(birth.payload);
    session.expectedSeq = nextSeq(birth.payload.seq ?? 0);
    session.lastSentAt = birth.payload.timestamp ?? -1;
    session.mayResume = false;
    session.chronicle.heard(birth.receivedAt, birth.payload.timestamp);
    session.chronicle.day.become("online", birth.receivedAt);
    const at = birth.receivedAt;
    const lost = { because: "waiting for its birth", at, sourceAt: sentAt } as const;
    const devices = [...session.devices.values()];
    const marked = devices.map((device) => memberDied(this.#tree, device, lost));
    this.#memberBorn(session, session.own, birth);
    session.chronicle.marked(marked, { quality: "stale", at });
  }

  #deviceBorn(session: NodeSession, deviceId: string, birth: Birth): void {
    const device = this.#table.deviceOf(session, deviceId);
    if (device !== undefined) this.#memberBorn(session, device, birth);
  }

  #memberBorn(session: NodeSession, member: Member, birth: Birth): void {
    this.#births += 1;
    session.lastBirth = this.#births;
    session.sinceLoss = undefined;
    const words = birthWords(birth, memberBorn(this.#tree, session, member, birth));
    const { receivedAt: at } = birth;
    const isNode = member === session.own;
    const { chronicle, bdSeq } = session;
    chronicle.births += 1;
    member.tally.born(at);
    const what = isNode && bdSeq !== undefined ? `bdSeq ${bdSeq}, ${words}` : words;
    const deviceId = isNode ? undefined : this.#tree.rows.name(member.rowId);
    chronicle.happened({ kind: "birth", at, what, deviceId });
  }

  /** Who speaks in a data message, when it was born. */
  #sourceOf(topic: NodeOrDevice, session: NodeSession, at: number): Source | undefined {
    const member = topic.kind === "node" ? session.own : session.devices.get(topic.deviceId);
    member?.tally.heard(at);
    if (member?.state === "online") return { session, member };
    if (member !== undefined || !this.#isFull) this.#unborn(topic, at);
    return undefined;
  }

  /** An NDEATH of another session says nothing of this one: an old Will, or a repetition. */
  #nodeDied(node: NodeId, payload: Payload, at: number): void {
    const session = this.#table.find(node);
    if (session === undefined || bdSeqOf(payload) !== session.bdSeq) return;
    const sourceAt = byClockOf(session, at);
    session.mayResume = false;
    session.chronicle.heard(at, undefined); // a Will carries the time of its CONNECT
    session.chronicle.day.become("offline", at);
    session.chronicle.happened({ kind: "death", at, what: "NDEATH", deviceId: undefined });
    session.own.tally.died(at);
    const because = this.#held.whyOf(node, "edge node died");
    const lost = { because, at, sourceAt } as const;
    const marked = membersOf(session).map((member) => memberDied(this.#tree, member, lost));
    session.chronicle.marked(marked, { quality: "offline", at });
  }

  /** Whether the message is taken as one after others that were lost. */
  #isBehindLoss(session: NodeSession, topic: NodeOrDevice, arrived: Arrived): boolean {
    const disorder = disorderOf(session, arrived);
    if (disorder === undefined) return false;
    const { kind, what, lost } = disorder;
    const { at } = arrived;
    this.#trouble(topic, kind, { at, what });
    if (kind === "late") {
      this.#needsRebirth(session, "sequence gap");
      return false;
    }
    const from = session.chronicle.heardBefore;
    this.#tree.noteLost(session.own.rowId, { messages: lost, from, to: at });
    return true;
  }

  /** `said`: what the message after those that were lost speaks of. */
  #lostBefore(session: NodeSession, at: number, said: Int32Array): void {
    messagesLost(this.#tree, session, at, said);
    this.#needsRebirth(session, "sequence gap");
  }
}
