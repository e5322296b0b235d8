/**
 * Follows the Sparkplug session of every edge node and writes the tree: births make and describe metrics, data moves
 * them, deaths take their worth away. Each message is decoded once. What only a birth could explain asks for one.
 */
import {
  bdSeqOf,
  datatypeOf,
  decodePayload,
  metricValue,
  nextSeq,
  propertyValue,
  readTopic,
  SparkplugError,
  type Metric,
  type MetricReading,
  type Payload,
  type SparkplugTopic,
} from "@unshub/sparkplug";
import { ROOT } from "./rows.ts";
import type { Member, MetricInfo, NodeSession } from "./session.ts";
import type { TreeReading, UnsTree } from "./tree.ts";

/** Why a node should be born again. */
export type RebirthCause =
  | "data before birth"
  | "sequence gap"
  | "unknown metric or alias"
  | "undecodable payload";

export interface NodeId {
  readonly groupId: string;
  readonly edgeNodeId: string;
}

/** One message as the tree needs it. */
export interface TreeMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** Milliseconds since 1970 UTC. */
  readonly receivedAt: number;
}

/** Called for each message that only a birth can explain; the callee holds back storms. */
export type NeedsRebirth = (node: NodeId, cause: RebirthCause) => void;

export class NodeSessions {
  readonly #tree: UnsTree;
  readonly #needsRebirth: NeedsRebirth;
  readonly #groups = new Map<string, Map<string, NodeSession>>();

  constructor(tree: UnsTree, needsRebirth: NeedsRebirth) {
    this.#tree = tree;
    this.#needsRebirth = needsRebirth;
  }

  /** Takes each message that passed, in the order of its publisher. Topics that are not Sparkplug's are passed over. */
  apply(message: TreeMessage): void {
    const reading = readTopic(message.topic);
    if (reading.kind !== "sparkplug" || reading.topic.kind === "state") return;
    if (reading.topic.type === "NCMD" || reading.topic.type === "DCMD") return;
    try {
      this.#dispatch(reading.topic, decodePayload(message.payload), message.receivedAt);
    } catch (error) {
      if (!(error instanceof SparkplugError)) throw error;
      this.#needsRebirth(reading.topic, "undecodable payload");
    }
  }

  #dispatch(
    topic: Exclude<SparkplugTopic, { kind: "state" }>,
    payload: Payload,
    receivedAt: number,
  ): void {
    if (topic.type === "NBIRTH") return this.#nodeBorn(topic, payload, receivedAt);
    if (topic.type === "NDEATH") return this.#nodeDied(topic, payload);
    const session = this.#session(topic);
    if (session === undefined || !session.own.online) {
      return this.#needsRebirth(topic, "data before birth");
    }
    this.#checkSeq(session, payload);
    if (topic.kind === "node") return this.#data(session, session.own, { payload, receivedAt });
    if (topic.type === "DBIRTH") {
      return this.#deviceBorn(session, topic.deviceId, { payload, receivedAt });
    }
    const device = session.devices.get(topic.deviceId);
    if (device === undefined) return this.#needsRebirth(topic, "data before birth");
    if (topic.type === "DDEATH") return this.#memberDied(device, "device died");
    if (!device.online) return this.#needsRebirth(topic, "data before birth");
    return this.#data(session, device, { payload, receivedAt });
  }

  /** Forgets all aliases; devices are offline until their own birth. [tck-id-operational-behavior-data-publish-nbirth] */
  #nodeBorn(node: NodeId, payload: Payload, receivedAt: number): void {
    const session = this.#session(node) ?? this.#openSession(node);
    session.aliases.clear();
    session.bdSeq = bdSeqOf(payload);
    session.expectedSeq = nextSeq(payload.seq ?? 0);
    for (const device of session.devices.values())
      this.#memberDied(device, "waiting for its birth");
    this.#memberBorn(session, session.own, { payload, receivedAt, deviceId: undefined });
  }

  #deviceBorn(session: NodeSession, deviceId: string, birth: Received): void {
    let device = session.devices.get(deviceId);
    if (device === undefined) {
      const rowId = this.#tree.openRow(session.own.rowId, "device", deviceId);
      device = { rowId, online: false, metrics: new Map() };
      session.devices.set(deviceId, device);
    }
    this.#memberBorn(session, device, { ...birth, deviceId });
  }

  #memberBorn(
    session: NodeSession,
    member: Member,
    birth: Received & { readonly deviceId: string | undefined },
  ): void {
    const before = new Map(member.metrics);
    for (const { alias, memberRow } of before.values()) {
      if (alias !== undefined && session.aliases.get(alias)?.memberRow === memberRow) {
        session.aliases.delete(alias);
      }
    }
    member.metrics.clear();
    for (const metric of birth.payload.metrics) {
      if (metric.name === undefined) continue;
      const info = this.#bear(session, member, {
        metric,
        name: metric.name,
        deviceId: birth.deviceId,
      });
      before.delete(metric.name);
      this.#read(info, metric, birth);
    }
    for (const info of before.values())
      this.#tree.downgrade(info.id, "stale", "not in the last birth");
    member.online = true;
    this.#tree.setOnline(member.rowId, true);
  }

  #bear(
    session: NodeSession,
    member: Member,
    born: { readonly metric: Metric; readonly name: string; readonly deviceId: string | undefined },
  ): MetricInfo {
    const { metric, name, deviceId } = born;
    const info: MetricInfo = {
      memberRow: member.rowId,
      id: this.#tree.openMetricRow(member.rowId, name),
      datatype: datatypeOf(metric.datatype ?? 0),
      datatypeCode: metric.datatype ?? 0,
      groupId: session.groupId,
      edgeNodeId: session.edgeNodeId,
      deviceId,
      name,
      alias: metric.alias,
      writable: deviceId !== undefined && propertyValue(metric.properties.get("readOnly")) !== true,
      unit: textProperty(metric, "engUnit"),
      low: numberProperty(metric, "engLow"),
      high: numberProperty(metric, "engHigh"),
      description: textProperty(metric, "Documentation") ?? textProperty(metric, "description"),
    };
    member.metrics.set(name, info);
    if (metric.alias !== undefined) session.aliases.set(metric.alias, info);
    this.#tree.describe(info);
    return info;
  }

  #data(session: NodeSession, member: Member, data: Received): void {
    for (const metric of data.payload.metrics) {
      const info =
        metric.name === undefined
          ? session.aliases.get(metric.alias ?? -1)
          : member.metrics.get(metric.name);
      if (info?.memberRow !== member.rowId) this.#needsRebirth(session, "unknown metric or alias");
      else if (!metric.isHistorical) this.#read(info, metric, data);
    }
  }

  #read(info: MetricInfo, metric: Metric, message: Received): void {
    const { payload, receivedAt } = message;
    const timestamp = metric.timestamp ?? payload.timestamp ?? receivedAt;
    this.#tree.setReading(info.id, { ...readingOf(info, metric), timestamp, receivedAt });
  }

  /** An NDEATH of another session says nothing of this one: an old Will, or a repetition. */
  #nodeDied(node: NodeId, payload: Payload): void {
    const session = this.#session(node);
    if (session === undefined || bdSeqOf(payload) !== session.bdSeq) return;
    this.#memberDied(session.own, "edge node died");
    for (const device of session.devices.values()) this.#memberDied(device, "edge node died");
  }

  #memberDied(member: Member, reason: string): void {
    if (member.online) {
      for (const info of member.metrics.values()) this.#tree.downgrade(info.id, "stale", reason);
    }
    member.online = false;
    this.#tree.setOnline(member.rowId, false);
  }

  #checkSeq(session: NodeSession, payload: Payload): void {
    const gap = payload.seq !== session.expectedSeq;
    session.expectedSeq = nextSeq(payload.seq ?? session.expectedSeq ?? 0);
    if (gap) this.#needsRebirth(session, "sequence gap");
  }

  #session({ groupId, edgeNodeId }: NodeId): NodeSession | undefined {
    return this.#groups.get(groupId)?.get(edgeNodeId);
  }

  #openSession({ groupId, edgeNodeId }: NodeId): NodeSession {
    const nodes = this.#groups.get(groupId) ?? new Map<string, NodeSession>();
    this.#groups.set(groupId, nodes);
    const groupRow = this.#tree.openRow(ROOT, "group", groupId);
    const rowId = this.#tree.openRow(groupRow, "edgeNode", edgeNodeId);
    const session: NodeSession = {
      groupId,
      edgeNodeId,
      own: { rowId, online: false, metrics: new Map() },
      devices: new Map(),
      aliases: new Map(),
      bdSeq: undefined,
      expectedSeq: undefined,
    };
    nodes.set(edgeNodeId, session);
    return session;
  }
}

interface Received {
  readonly payload: Payload;
  readonly receivedAt: number;
}

function textProperty(metric: Metric, key: string): string | undefined {
  const value = propertyValue(metric.properties.get(key));
  return typeof value === "string" ? value : undefined;
}

function numberProperty(metric: Metric, key: string): number | undefined {
  const value = propertyValue(metric.properties.get(key));
  return typeof value === "number" ? value : undefined;
}

const QUALITIES: ReadonlyMap<unknown, MetricReading["quality"]> = new Map<
  unknown,
  MetricReading["quality"]
>([
  [0, "bad"],
  [192, "good"],
  [500, "stale"],
]);

/** Value and quality of a metric as its birth makes it readable. A value that does not fit is bad, never a guess. */
function readingOf(
  info: MetricInfo,
  metric: Metric,
): Pick<TreeReading, "value" | "quality" | "reason"> {
  const quality = QUALITIES.get(propertyValue(metric.properties.get("Quality")) ?? 192) ?? "bad";
  const reason = textProperty(metric, "Reason");
  if (info.datatype === undefined) {
    return {
      value: null,
      quality: "bad",
      reason: `datatype ${info.datatypeCode} is not shown yet`,
    };
  }
  try {
    return { value: metricValue(metric, info.datatype), quality, reason };
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    return { value: null, quality: "bad", reason: error.message };
  }
}
