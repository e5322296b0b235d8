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
  TemplateTypes,
  visitPayload,
  type Metric,
  type MetricValue,
  type MetricView,
  type Payload,
  type PayloadVisitor,
  type SparkplugTopic,
} from "@unshub/sparkplug";
import { DECODING } from "./inflate.ts";
import { completed, numberProperty, readingOf, textProperty } from "./metric-reading.ts";
import { ROOT } from "./rows.ts";
import type { Member, MetricInfo, NodeSession } from "./session.ts";
import type { UnsTree } from "./tree.ts";

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

/** One message on a topic that is known. */
export interface Heard {
  /** Must not change afterwards: values may be views of it. */
  readonly payload: Uint8Array;
  /** Milliseconds since 1970 UTC. */
  readonly receivedAt: number;
}

/** One message as the tree needs it. */
export interface TreeMessage extends Heard {
  readonly topic: string;
}

/** Takes the messages on one topic. */
export type Follower = (message: Heard) => void;

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
      ? this.#dataReader(topic)
      : (message) => this.#dispatch(topic, message);
    return (message) => {
      try {
        take(message);
      } catch (error) {
        if (!(error instanceof SparkplugError)) throw error;
        this.#needsRebirth(topic, "undecodable payload");
      }
    };
  }

  #dispatch(topic: NodeOrDevice, message: Heard): void {
    const { receivedAt } = message;
    const payload = decodePayload(message.payload, DECODING);
    if (topic.type === "NBIRTH") return this.#nodeBorn(topic, payload, receivedAt);
    if (topic.type === "NDEATH") return this.#nodeDied(topic, payload);
    const session = this.#living(topic);
    if (session === undefined || topic.kind === "node") return undefined;
    this.#checkSeq(session, payload.seq);
    if (topic.type === "DBIRTH") {
      return this.#deviceBorn(session, topic.deviceId, { payload, receivedAt });
    }
    const device = session.devices.get(topic.deviceId);
    if (device === undefined) return this.#needsRebirth(topic, "data before birth");
    return this.#memberDied(device, "device died");
  }

  /** The session of a node that was born; otherwise asks for its birth. */
  #living(topic: NodeOrDevice): NodeSession | undefined {
    const session = this.#session(topic);
    if (session?.own.online === true) return session;
    this.#needsRebirth(topic, "data before birth");
    return undefined;
  }

  /** Forgets all aliases; devices are offline until their own birth. [tck-id-operational-behavior-data-publish-nbirth] */
  #nodeBorn(node: NodeId, payload: Payload, receivedAt: number): void {
    const session = this.#session(node) ?? this.#openSession(node);
    session.aliases.clear();
    session.templates.clear();
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
    session.templates.learn(birth.payload);
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
      unit: textProperty(metric.properties, "engUnit"),
      low: numberProperty(metric.properties, "engLow"),
      high: numberProperty(metric.properties, "engHigh"),
      description:
        textProperty(metric.properties, "Documentation") ??
        textProperty(metric.properties, "description"),
    };
    member.metrics.set(name, info);
    if (metric.alias !== undefined) session.aliases.set(metric.alias, info);
    this.#tree.describe(info);
    return info;
  }

  /** Data is what a plant mostly sends: it is looked at in its bytes, no objects are made of it. */
  #dataReader(topic: NodeOrDevice): Follower {
    let source: Source | undefined;
    let sentAt: number | undefined;
    let receivedAt = 0;
    const visitor: PayloadVisitor = {
      head: (head) => {
        source = this.#sourceOf(topic, head.seq);
        sentAt = head.timestamp;
        return source !== undefined;
      },
      metric: (view) => {
        const info = source === undefined ? undefined : infoOf(source, view);
        if (info === undefined) this.#needsRebirth(topic, "unknown metric or alias");
        else if (!view.isHistorical) this.#see(info, view, sentAt ?? receivedAt, receivedAt);
      },
    };
    return (message) => {
      ({ receivedAt } = message);
      visitPayload(message.payload, visitor, DECODING);
    };
  }

  /** Who speaks in a data message, when it was born. */
  #sourceOf(topic: NodeOrDevice, seq: number | undefined): Source | undefined {
    const session = this.#living(topic);
    if (session === undefined) return undefined;
    this.#checkSeq(session, seq);
    const member = topic.kind === "node" ? session.own : session.devices.get(topic.deviceId);
    if (member?.online === true) return { session, member };
    this.#needsRebirth(topic, "data before birth");
    return undefined;
  }

  /** `sentAt`: when the metric has no time of its own. */
  #see(info: MetricInfo, view: MetricView, sentAt: number, receivedAt: number): void {
    const reading = readingOf(info, {
      properties: view.properties,
      value: (datatype) => this.#completed(info, view.value(datatype, this.#templates(info))),
    });
    const timestamp = view.timestamp ?? sentAt;
    this.#tree.setReading(info.id, { ...reading, timestamp, receivedAt });
  }

  #templates(info: MetricInfo): TemplateTypes | undefined {
    return info.datatype === "Template" ? this.#session(info)?.templates : undefined;
  }

  #completed(info: MetricInfo, value: MetricValue): MetricValue {
    if (info.datatype !== "Template") return value;
    return completed(this.#tree.metric(info.id)?.value ?? null, value);
  }

  #read(info: MetricInfo, metric: Metric, message: Received): void {
    const { payload, receivedAt } = message;
    const timestamp = metric.timestamp ?? payload.timestamp ?? receivedAt;
    const { properties } = metric;
    const reading = readingOf(info, {
      properties,
      value: (datatype) => metricValue(metric, datatype),
    });
    this.#tree.setReading(info.id, { ...reading, timestamp, receivedAt });
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

  #checkSeq(session: NodeSession, seq: number | undefined): void {
    const gap = seq !== session.expectedSeq;
    session.expectedSeq = nextSeq(seq ?? session.expectedSeq ?? 0);
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
      templates: new TemplateTypes(),
      bdSeq: undefined,
      expectedSeq: undefined,
    };
    nodes.set(edgeNodeId, session);
    return session;
  }
}

type NodeOrDevice = Exclude<SparkplugTopic, { kind: "state" }>;

/** The member that a data message is about. */
interface Source {
  readonly session: NodeSession;
  readonly member: Member;
}

/** By name among the metrics of its member, by alias among all of the edge node. */
function infoOf({ session, member }: Source, { name, alias }: MetricView): MetricInfo | undefined {
  const info = name === undefined ? session.aliases.get(alias ?? -1) : member.metrics.get(name);
  return info?.memberRow === member.rowId ? info : undefined;
}

interface Received {
  readonly payload: Payload;
  readonly receivedAt: number;
}
