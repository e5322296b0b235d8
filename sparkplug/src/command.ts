/** Commands of a Host Application: NCMD and DCMD. QoS 0, not retained, without `seq`, with the time of sending. */
import type { Datatype } from "./datatype.ts";
import { encodePayload, type MetricToSend } from "./encode.ts";
import { SparkplugError } from "./errors.ts";
import type { MetricValue } from "./metric.ts";
import { deviceTopic, nodeTopic } from "./topic.ts";
import type { SparkplugMessage } from "./transport.ts";

/** The metric by which an edge node is asked for its births. [tck-id-operational-behavior-data-commands-rebirth-name] */
export const REBIRTH = "Node Control/Rebirth";

/** An edge node by its descriptor, unique in the plant. */
export interface NodeId {
  readonly groupId: string;
  readonly edgeNodeId: string;
}

/** As `Plant1/gw-press`; ids have no `/`. */
export function descriptorOf({ groupId, edgeNodeId }: NodeId): string {
  return `${groupId}/${edgeNodeId}`;
}

/**
 * Asks an edge node for its births. By name, so that it works without a birth.
 * [tck-id-operational-behavior-data-commands-ncmd-rebirth-verb]
 * [tck-id-operational-behavior-data-commands-ncmd-rebirth-name]
 * [tck-id-operational-behavior-data-commands-ncmd-rebirth-value]
 */
export function rebirthRequest(node: NodeId, timestamp: number): SparkplugMessage {
  const metric = { name: REBIRTH, datatype: "Boolean", tellDatatype: true, value: true } as const;
  return commandMessage(node, { timestamp, metrics: [metric] });
}

/** One metric of one device to be written. */
export interface DeviceWrite extends NodeId {
  readonly deviceId: string;
  readonly metric: string;
  readonly datatype: Datatype;
  readonly value: MetricValue;
}

/** A DCMD by name. @throws {SparkplugError} VALUE_MISFIT when the value does not fit the datatype. */
export function deviceCommand(write: DeviceWrite, timestamp: number): SparkplugMessage {
  const { deviceId, metric: name, datatype, value } = write;
  if (value === null)
    throw new SparkplugError("VALUE_MISFIT", `"${name}": a command needs a value`);
  const metric = { name, datatype, value, tellDatatype: true };
  return commandMessage(write, { deviceId, timestamp, metrics: [metric] });
}

/** What a command carries; NCMD when there is no `deviceId`. */
export interface Command {
  readonly deviceId?: string | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly timestamp: number;
  readonly metrics: readonly MetricToSend[];
}

/**
 * An NCMD, or a DCMD when a device is named.
 * [tck-id-topics-ncmd-topic] [tck-id-operational-behavior-data-commands-ncmd-verb] [tck-id-topics-ncmd-mqtt]
 * [tck-id-payloads-ncmd-qos] [tck-id-payloads-ncmd-retain] [tck-id-payloads-ncmd-seq] [tck-id-topics-ncmd-payload]
 * [tck-id-topics-ncmd-timestamp] [tck-id-payloads-ncmd-timestamp]
 * [tck-id-topics-dcmd-topic] [tck-id-operational-behavior-data-commands-dcmd-verb] [tck-id-topics-dcmd-mqtt]
 * [tck-id-payloads-dcmd-qos] [tck-id-payloads-dcmd-retain] [tck-id-payloads-dcmd-seq] [tck-id-topics-dcmd-payload]
 * [tck-id-topics-dcmd-timestamp] [tck-id-payloads-dcmd-timestamp] [tck-id-payloads-name-cmd-requirement]
 * @throws {SparkplugError} ID_ILLEGAL, or VALUE_MISFIT when a value does not fit its datatype.
 */
export function commandMessage(node: NodeId, command: Command): SparkplugMessage {
  const { deviceId, timestamp, metrics } = command;
  const topic =
    deviceId === undefined
      ? nodeTopic("NCMD", node.groupId, node.edgeNodeId)
      : deviceTopic("DCMD", node, deviceId);
  return { topic, payload: encodePayload({ timestamp, metrics }), qos: 0, retain: false };
}
