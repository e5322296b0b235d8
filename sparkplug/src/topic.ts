/**
 * The topics of the `spBv1.0` namespace: reading them, building them, and saying what is wrong with one.
 * A wrong topic is an answer, not an exception: every publisher of a plant may send one.
 */
import { SparkplugError } from "./errors.ts";
import { utf8 } from "./wire-text.ts";

/** The first level of every topic. [tck-id-topic-structure-namespace-a] */
export const NAMESPACE = "spBv1.0";

/** Where an aware server keeps births as retained messages. */
export const CERTIFICATES = "$sparkplug/certificates";

/** Bytes. */
const LONGEST_TOPIC = 65_535;

const NODE_TYPES = ["NBIRTH", "NDEATH", "NDATA", "NCMD"] as const;
const DEVICE_TYPES = ["DBIRTH", "DDEATH", "DDATA", "DCMD"] as const;

/** Messages of and to an edge node. */
export type NodeMessageType = (typeof NODE_TYPES)[number];
/** Messages of and to a device. */
export type DeviceMessageType = (typeof DEVICE_TYPES)[number];

/**
 * A topic, taken apart.
 * [tck-id-topic-structure] [tck-id-topic-structure-namespace-device-id-associated-message-types]
 * [tck-id-topic-structure-namespace-device-id-non-associated-message-types]
 */
export type SparkplugTopic =
  | {
      readonly kind: "node";
      readonly type: NodeMessageType;
      readonly groupId: string;
      readonly edgeNodeId: string;
    }
  | {
      readonly kind: "device";
      readonly type: DeviceMessageType;
      readonly groupId: string;
      readonly edgeNodeId: string;
      readonly deviceId: string;
    }
  | { readonly kind: "state"; readonly hostId: string };

/** Codes of the diagnosis catalogue that a topic alone can earn. */
export type TopicFaultCode = "T01" | "T02" | "T03" | "T04" | "T05" | "T06" | "T07" | "T09" | "T10";

/** What is wrong with a topic or an id. */
export interface TopicFault {
  readonly code: TopicFaultCode;
  /** A sentence: what was found, what was expected. */
  readonly because: string;
}

/** What a topic is: Sparkplug's, somebody else's business, or a Sparkplug topic gone wrong. */
export type TopicReading =
  | { readonly kind: "sparkplug"; readonly topic: SparkplugTopic }
  | { readonly kind: "other" }
  | { readonly kind: "fault"; readonly fault: TopicFault };

/** Reads a topic that some client publishes to. */
export function readTopic(topic: string): TopicReading {
  const levels = topic.split("/");
  const first = levels[0] ?? "";
  if (first === NAMESPACE) return readLevels(levels);
  if (first === "$sparkplug") {
    return fault("T10", `clients may not publish under $sparkplug/, only the server does`);
  }
  if (first === "STATE" && levels.length === 2) {
    const better = printable(`${NAMESPACE}/${topic}`);
    return fault("T09", `"${printable(topic)}" is the form before Sparkplug 3.0; use "${better}"`);
  }
  return /^sp[a-c]v\d/i.test(first)
    ? fault("T01", `namespace is "${printable(first)}", expected "${NAMESPACE}"`)
    : { kind: "other" };
}

/** The topic of a node message. @throws {SparkplugError} ID_ILLEGAL when an id cannot stand in a topic. */
export function nodeTopic(type: NodeMessageType, groupId: string, edgeNodeId: string): string {
  return joined([checkId("group", groupId), type, checkId("edge node", edgeNodeId)]);
}

/** The topic of a device message. @throws {SparkplugError} ID_ILLEGAL when an id cannot stand in a topic. */
export function deviceTopic(
  type: DeviceMessageType,
  node: { readonly groupId: string; readonly edgeNodeId: string },
  deviceId: string,
): string {
  const { groupId, edgeNodeId } = node;
  const ids = [checkId("group", groupId), type, checkId("edge node", edgeNodeId)];
  return joined([...ids, checkId("device", deviceId)]);
}

/**
 * The topic on which a Host Application says whether it is there.
 * @throws {SparkplugError} ID_ILLEGAL when the id cannot stand in a topic.
 */
export function stateTopic(hostId: string): string {
  return joined(["STATE", checkId("host", hostId)]);
}

/** MQTT has two bytes for the length of a topic. */
function joined(levels: readonly string[]): string {
  const topic = [NAMESPACE, ...levels].join("/");
  const isLong = topic.length * 3 > LONGEST_TOPIC && utf8(topic).length > LONGEST_TOPIC;
  if (!isLong) return topic;
  throw new SparkplugError("ID_ILLEGAL", `a topic of more than ${LONGEST_TOPIC} bytes`);
}

/**
 * What is wrong with an id, as a sentence; `undefined` when it may stand in a topic.
 * [tck-id-intro-group-id-string] [tck-id-intro-group-id-chars] [tck-id-topic-structure-namespace-valid-group-id]
 * [tck-id-intro-edge-node-id-string] [tck-id-intro-edge-node-id-chars]
 * [tck-id-topic-structure-namespace-valid-edge-node-id]
 * [tck-id-intro-device-id-string] [tck-id-intro-device-id-chars]
 * [tck-id-topic-structure-namespace-valid-device-id]
 */
export function idFault(what: string, id: string): TopicFault | undefined {
  if (id === "") return { code: "T06", because: `the ${what} id is empty` };
  const illegal = /[+#/\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u.exec(id);
  if (illegal === null) return undefined;
  const point = (illegal[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  const because = `the ${what} id "${printable(id)}" contains U+${point}, which no id may contain`;
  return { code: "T07", because };
}

function readLevels(levels: readonly string[]): TopicReading {
  const [, group = "", type = "", edgeNodeId = "", deviceId] = levels;
  if (group === "STATE" && levels.length === 3) return readState(type);
  if (isNodeType(type)) return readNode(levels, { group, type, edgeNodeId });
  if (isDeviceType(type)) return readDevice(levels, { group, type, edgeNodeId, deviceId });
  if (levels.length < 4) {
    const found = `the topic has ${levels.length} levels`;
    return fault("T02", `${found}; Sparkplug's have 4 (node), 5 (device) or 3 (STATE)`);
  }
  const known = [...NODE_TYPES, ...DEVICE_TYPES];
  const near = known.find((name) => name === type.toUpperCase());
  const hint =
    near === undefined ? `expected one of ${known.join(", ")}` : `did you mean "${near}"?`;
  return fault("T03", `unknown message type "${printable(type)}"; ${hint}`);
}

function readState(hostId: string): TopicReading {
  const wrong = idFault("host", hostId);
  return wrong === undefined
    ? { kind: "sparkplug", topic: { kind: "state", hostId } }
    : { kind: "fault", fault: wrong };
}

function readNode(
  levels: readonly string[],
  ids: { group: string; type: NodeMessageType; edgeNodeId: string },
): TopicReading {
  const { group, type, edgeNodeId } = ids;
  if (levels.length === 5) return fault("T05", `${type} takes no device id`);
  if (levels.length !== 4) return wrongLength(levels, type, 4);
  const wrong = groupFault(group) ?? idFault("edge node", edgeNodeId);
  if (wrong !== undefined) return { kind: "fault", fault: wrong };
  return { kind: "sparkplug", topic: { kind: "node", type, groupId: group, edgeNodeId } };
}

function readDevice(
  levels: readonly string[],
  ids: { group: string; type: DeviceMessageType; edgeNodeId: string; deviceId: string | undefined },
): TopicReading {
  const { group, type, edgeNodeId, deviceId } = ids;
  if (deviceId === undefined && levels.length === 4) {
    return fault("T04", `the device id is missing after ${type}`);
  }
  if (deviceId === undefined || levels.length !== 5) return wrongLength(levels, type, 5);
  const wrong =
    groupFault(group) ?? idFault("edge node", edgeNodeId) ?? idFault("device", deviceId);
  if (wrong !== undefined) return { kind: "fault", fault: wrong };
  return {
    kind: "sparkplug",
    topic: { kind: "device", type, groupId: group, edgeNodeId, deviceId },
  };
}

/** `STATE` takes the group's place in STATE topics, so no group may be called that. */
function groupFault(group: string): TopicFault | undefined {
  if (group === "STATE") return { code: "T07", because: `a group may not be called "STATE"` };
  return idFault("group", group);
}

function wrongLength(levels: readonly string[], type: string, needed: number): TopicReading {
  return fault("T02", `the topic has ${levels.length} levels; ${type} needs ${needed}`);
}

function fault(code: TopicFaultCode, because: string): TopicReading {
  return { kind: "fault", fault: { code, because } };
}

function isNodeType(type: string): type is NodeMessageType {
  return NODE_TYPES.some((name) => name === type);
}

function isDeviceType(type: string): type is DeviceMessageType {
  return DEVICE_TYPES.some((name) => name === type);
}

function checkId(what: string, id: string): string {
  const wrong = what === "group" ? groupFault(id) : idFault(what, id);
  if (wrong === undefined) return id;
  throw new SparkplugError("ID_ILLEGAL", wrong.because);
}

/** Control characters as `\uXXXX`, so that a message cannot break a log line or a terminal. */
function printable(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
