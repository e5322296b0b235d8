/**
 * The guard: is this packet or message allowed here and now? Each rule of the catalogue has a level; what is found is
 * told in a sentence, counted, and refused where the level says so. The checks are functions of what they are given;
 * here they are put together, and here is what is remembered of clients, edge nodes and hosts.
 */
import type { Logger } from "@unshub/adapter";
import { readTopic, type NodeId, type SparkplugTopic } from "@unshub/sparkplug";
import type {
  ConnectingClient,
  ConnectionEnd,
  GrantedFilter,
  Verdict,
} from "../../broker/index.ts";
import {
  RULE_CODES,
  type NamespaceConfig,
  type RuleCode,
  type RuleLevel,
} from "../../config/index.ts";
import { CaseIndex } from "./case-index.ts";
import { levelOf, shownRules, type ShownRule } from "./catalogue.ts";
import { ClientState } from "./client-state.ts";
import { checkConnecting, checkHostLeft, checkNodeLeft, claimOwnership } from "./connect-watch.ts";
import { Faults } from "./faults.ts";
import { HostStates } from "./host-state.ts";
import { HostWatch } from "./host-watch.ts";
import { Judge, type Refusal } from "./judge.ts";
import type { Finding, Ledger } from "./ledger.ts";
import type { BornAs } from "./metric-about.ts";
import { nodeDied, NodeStates } from "./node-state.ts";
import { oneMore } from "./node-link.ts";
import { nodeReport, type NodeReport } from "./node-report.ts";
import { NodeWatch } from "./node-watch.ts";
import { ownWatch } from "./own-watch.ts";
import type { Occasion } from "./rule.ts";
import type { Grade, Standings, Subject } from "./standings.ts";
import { refusing, TopicWatch } from "./topic-watch.ts";
import type { RefusedMessage, Watch, WatchRooms } from "./watch.ts";

const NOT_AUTHORIZED = 0x87;
const TOPIC_NAME_INVALID = 0x90;
const IMPLEMENTATION_SPECIFIC = 0x83;
/** Reason codes that PUBACK and PUBREC do not have: Retain and QoS not supported. */
const NOT_IN_PUBACK: readonly number[] = [0x9a, 0x9b];
/** QoS 0 messages of a connection that are refused before it is ended: nothing else would tell the client. */
const MAX_REFUSED = 20;

/** Milliseconds. */
export interface GuardTimes {
  /** A rebirth that was asked for comes within this. */
  readonly rebirthMs: number;
  /** An edge node that was born less than this ago may hold a rebirth back. */
  readonly rebirthPauseMs: number;
  /** A host corrects its STATE within this. */
  readonly stateMs: number;
}

const TIMES: GuardTimes = { rebirthMs: 30_000, rebirthPauseMs: 60_000, stateMs: 10_000 };

export interface GuardOptions {
  readonly config: NamespaceConfig;
  /** The hub's own host id: its STATE is nobody else's to say. */
  readonly hostId: string;
  readonly log: Logger;
  readonly times?: Partial<GuardTimes> | undefined;
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** What the last births said of a metric: by name in the member, by alias in the whole edge node. */
  born: (
    node: NodeId,
    deviceId: string | undefined,
    metric: Parameters<WatchRooms["born"]>[2],
  ) => BornAs | undefined;
  /** Ends the connection of a client; not before this call returns. */
  endClient: (client: ConnectingClient, refusal: Refusal) => void;
}

export class Guard {
  readonly #options: GuardOptions;
  readonly #times: GuardTimes;
  readonly #judge: Judge;
  readonly #clients = new WeakMap<ConnectingClient, ClientState>();
  readonly #nodes = new NodeStates();
  readonly #hosts = new HostStates();
  readonly #cases = new CaseIndex();
  readonly #rooms: WatchRooms;

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#times = { ...TIMES, ...options.times };
    this.#judge = new Judge(options.config, options.log);
    this.#rooms = {
      judge: this.#judge,
      nodes: this.#nodes,
      hosts: this.#hosts,
      ownHostId: options.hostId,
      faults: new Faults(),
      examinesAll: rejectsMetrics(options.config),
      born: (node, deviceId, metric) => options.born(node, deviceId, metric),
      rebirthAsked: (node, ask) => this.#nodes.asked(node, ask, this.#times.rebirthPauseMs),
      refused: (client, refusal, message) => this.#refused(client, refusal, message),
    };
  }

  get ledger(): Ledger {
    return this.#judge.ledger;
  }

  get standings(): Standings {
    return this.#judge.standings;
  }

  /** What was found since `since`, the newest last. */
  findings(since?: number): readonly Finding[] {
    return this.ledger.findings(since);
  }

  /** All rules, each with the level that it has now. */
  get rules(): readonly ShownRule[] {
    return shownRules(this.#options.config);
  }

  /** Packets that were refused since the start, by rule. */
  get rejected(): ReadonlyMap<string, number> {
    return this.#judge.rejected;
  }

  /** From the next message on; `undefined`: the level of the profile. */
  setLevel(code: RuleCode, level: RuleLevel | undefined): void {
    if (code === "T10") return; // nobody publishes where the server does
    const { config } = this.#options;
    if (level === undefined) delete config.sparkplug.rules[code];
    else config.sparkplug.rules[code] = level;
    this.#rooms.examinesAll = rejectsMetrics(config);
  }

  grades(since?: number): readonly Grade[] {
    return this.#judge.standings.grades(since);
  }

  /** What is known of an edge node; `undefined` when it was not heard since the hub started. */
  report(node: NodeId): NodeReport | undefined {
    const known = this.#nodes.find(node);
    return known && nodeReport(known, this.#judge.standings);
  }

  /** A Will is judged here: when it fires it is too late. */
  mayConnect(client: ConnectingClient): Verdict {
    const state = this.#stateOf(client);
    const { will } = client;
    const closed = will && (this.#reserved(will.topic) ?? this.#elsewhere(will.topic));
    if (closed !== undefined) return closed;
    const faults = new Faults();
    checkConnecting(this.#rooms, state, this.#options.now(), faults);
    const occasion: Occasion = state.claim?.kind === "host" ? "host CONNECT" : "edge CONNECT";
    if (state.claim !== undefined) this.#saw(state, occasion);
    const seen = { occasion, topic: will?.topic, payload: will?.payload };
    const refusal = this.#sentence(faults, state, seen);
    if (refusal === undefined) return { allow: true };
    if (state.claim?.kind === "edge") {
      const node = this.#nodes.of(state.claim);
      node.refused = oneMore(node.refused, this.#options.now(), `CONNECT: ${refusal.because}`);
    }
    return refusal;
  }

  connected(client: ConnectingClient): void {
    const state = this.#stateOf(client);
    state.isConnected = true;
    state.connectedAt = this.#options.now();
    claimOwnership(this.#rooms, state);
  }

  disconnected(client: ConnectingClient, end: ConnectionEnd): void {
    const state = this.#stateOf(client);
    state.isConnected = false;
    this.#nodesLeft(state, end);
    for (const host of this.#hosts.ownedBy(state)) {
      const faults = new Faults();
      if (host.isOnline === true && state.hostId === host.hostId)
        checkHostLeft(host.hostId, end, faults);
      this.#saw(state, "host DISCONNECT");
      this.#sentence(faults, state, { occasion: "host DISCONNECT" });
    }
  }

  subscribed(client: ConnectingClient, { filter, qos }: GrantedFilter): void {
    this.#stateOf(client).filters.set(filter, qos);
  }

  unsubscribed(client: ConnectingClient, filter: string): void {
    this.#stateOf(client).filters.delete(filter);
  }

  /** What hears the messages of this client (`undefined`: the hub) on this topic; `undefined` when all may pass. */
  watch(topic: string, client: ConnectingClient | undefined): Watch | undefined {
    const reading = readTopic(topic);
    if (client === undefined) {
      return reading.kind === "sparkplug" ? ownWatch(this.#rooms, reading.topic) : undefined;
    }
    const closed = this.#reserved(topic) ?? this.#elsewhere(topic, reading);
    if (closed !== undefined) return refusing(closed);
    const state = this.#stateOf(client);
    if (reading.kind === "sparkplug") return this.#watchSparkplug(topic, reading.topic, state);
    const fault = reading.kind === "fault" ? reading.fault : undefined;
    if (fault === undefined && state.claim === undefined) return undefined;
    return new TopicWatch(this.#rooms, {
      client: state,
      subject: this.#subjectOf(state),
      topic,
      fault,
    });
  }

  /** The host that a client is, by the STATE it has said or registered as its Will. */
  hostOf(client: ConnectingClient): string | undefined {
    const { hostId, claim } = this.#stateOf(client);
    return hostId ?? (claim?.kind === "host" ? claim.hostId : undefined);
  }

  /** The tree could not explain a message of this edge node. */
  suspect(node: NodeId): void {
    this.#nodes.of(node).isSuspect = true;
  }

  /** Looks for what should have happened by now. */
  sweep(): void {
    const now = this.#options.now();
    for (const node of this.#nodes.overdue(now, this.#times.rebirthMs)) {
      const { owner, dataSinceAsked } = node;
      if (owner === undefined) continue;
      const faults = new Faults();
      const within = `no NBIRTH within ${this.#times.rebirthMs / 1000} s of the rebirth request`;
      faults.add("S17", () => `${within}, and ${dataMessages(dataSinceAsked)} meanwhile`);
      this.#sentence(faults, owner, { occasion: "rebirth" });
    }
    for (const { hostId, owner } of this.#hosts.silent(now, this.#times.stateMs)) {
      if (owner === undefined) continue;
      const faults = new Faults();
      const within = `within ${this.#times.stateMs / 1000} s`;
      faults.add(
        "S20",
        () => `host "${hostId}" is connected and did not correct its STATE offline ${within}`,
      );
      this.#sentence(faults, owner, { occasion: "STATE online" });
    }
  }

  #nodesLeft(state: ClientState, end: ConnectionEnd): void {
    for (const node of this.#nodes.release(state, { at: this.#options.now(), end })) {
      if (state.hasBorn) {
        const faults = new Faults();
        checkNodeLeft(state, end, node.isBorn, faults);
        this.#saw(state, "edge DISCONNECT");
        this.#sentence(faults, state, { occasion: "edge DISCONNECT" });
      }
      nodeDied(node);
    }
  }

  #watchSparkplug(topic: string, read: SparkplugTopic, client: ClientState): Watch {
    const caseConflict = this.#caseConflict(read, client);
    if (read.kind === "state") {
      const host = this.#hosts.of(read.hostId);
      const subject = this.#judge.standings.of("host", read.hostId);
      return new HostWatch(this.#rooms, { client, host, subject, topic, caseConflict });
    }
    const { type } = read;
    const isCommand = type === "NCMD" || type === "DCMD";
    const subject = isCommand
      ? this.#subjectOf(client)
      : this.#judge.standings.of("edge node", `${read.groupId}/${read.edgeNodeId}`);
    const deviceId = read.kind === "device" ? read.deviceId : undefined;
    const about = {
      client,
      node: this.#nodes.of(read),
      subject,
      type,
      deviceId,
      topic,
      caseConflict,
      faults: this.#rooms.faults,
    };
    return new NodeWatch(this.#rooms, about);
  }

  #caseConflict(topic: SparkplugTopic, { client }: ClientState): string | undefined {
    const told = idsIn(topic).map(([what, scope, id]) => {
      const other = this.#cases.note(scope, id, client.clientId);
      return (
        other &&
        `the ${what} id "${id}" differs only in case from "${other.id}" of client "${other.clientId}"`
      );
    });
    return told.find((sentence) => sentence !== undefined);
  }

  /** Whose fault it is when a client does something of no edge node. */
  #subjectOf({ claim, client, hostId }: ClientState): Subject {
    const { standings } = this.#judge;
    if (claim?.kind === "edge")
      return standings.of("edge node", `${claim.groupId}/${claim.edgeNodeId}`);
    const host = hostId ?? claim?.hostId;
    return host === undefined
      ? standings.of("client", client.clientId)
      : standings.of("host", host);
  }

  #saw(state: ClientState, occasion: Occasion): void {
    this.#judge.standings.saw(this.#subjectOf(state), occasion, this.#options.now());
  }

  #stateOf(client: ConnectingClient): ClientState {
    const known = this.#clients.get(client);
    if (known !== undefined) return known;
    const state = new ClientState(client);
    this.#clients.set(client, state);
    return state;
  }

  /** Topics that only the server writes. */
  #reserved(topic: string): Refusal | undefined {
    const [first = ""] = topic.split("/");
    if (first === "$SYS" || first === "$UNS")
      return refused(NOT_AUTHORIZED, `nobody but the server publishes under ${first}/`);
    return undefined;
  }

  /** Topics that are not Sparkplug's, where only those may be. */
  #elsewhere(topic: string, reading = readTopic(topic)): Refusal | undefined {
    if (reading.kind !== "other" || this.#options.config.otherTopics === "allow") return undefined;
    const because = `"${topic}" is outside spBv1.0 (namespace.otherTopics: reject)`;
    return refused(TOPIC_NAME_INVALID, because);
  }

  #sentence(
    faults: Faults,
    state: ClientState,
    seen: {
      readonly occasion: Occasion;
      readonly topic?: string | undefined;
      readonly payload?: Uint8Array | undefined;
    },
  ): Refusal | undefined {
    if (faults.all.length === 0) return undefined;
    const { clientId, address } = state.client;
    const { occasion, topic = "", payload = new Uint8Array() } = seen;
    const subject = this.#subjectOf(state);
    const at = this.#options.now();
    subject.lastAt = at;
    return this.#judge.sentence(faults, {
      clientId,
      address,
      subject,
      occasion,
      topic,
      payload,
      at,
    });
  }

  /** Sessions rather than births: a birth that is dropped makes every host ask for it again. */
  #refused(state: ClientState, found: Refusal, { isBirth, qos }: RefusedMessage): Refusal {
    if (qos === 0) state.refused += 1;
    if ((isBirth || state.refused >= MAX_REFUSED) && state.ended === undefined) {
      state.ended = found;
      this.#options.endClient(state.client, found);
    }
    if (qos === 0 || !NOT_IN_PUBACK.includes(found.reasonCode)) return found;
    return { ...found, reasonCode: IMPLEMENTATION_SPECIFIC };
  }
}

/** The ids of a topic with the scope in which each is unique. */
function idsIn(
  topic: SparkplugTopic,
): readonly (readonly [what: string, scope: string, id: string])[] {
  if (topic.kind === "state") return [["host", "host", topic.hostId]];
  const { groupId, edgeNodeId } = topic;
  const ids = [
    ["group", "group", groupId],
    ["edge node", `edge node ${groupId}`, edgeNodeId],
  ] as const;
  if (topic.kind === "node") return ids;
  return [...ids, ["device", `device ${groupId}/${edgeNodeId}`, topic.deviceId]];
}

/** Whether a rule that only the metrics of data can break rejects. */
function rejectsMetrics(config: NamespaceConfig): boolean {
  return RULE_CODES.some((code) => code.startsWith("M") && levelOf(config, { code }) === "reject");
}

function refused(reasonCode: number, because: string): Refusal {
  return { allow: false, reasonCode, because };
}

function dataMessages(count: number): string {
  if (count === 0) return "no data message";
  return count === 1 ? "1 data message" : `${count} data messages`;
}
