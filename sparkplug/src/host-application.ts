/** What a Host Application says: whether it is there, that a node shall be born again, and what shall be written. */
import type { Datatype } from "./datatype.ts";
import { REBIRTH } from "./edge-node.ts";
import { encodePayload, type MetricToSend } from "./encode.ts";
import { SparkplugError } from "./errors.ts";
import type { MetricValue } from "./metric.ts";
import { deviceTopic, nodeTopic, stateTopic } from "./topic.ts";
import type { SparkplugMessage } from "./transport.ts";

/** A STATE message, retained at QoS 1. `timestamp`: milliseconds since 1970 UTC. */
export interface HostState {
  readonly online: boolean;
  readonly timestamp: number;
}

/** [tck-id-host-topic-phid-birth-message] [tck-id-host-topic-phid-birth-qos] [tck-id-host-topic-phid-birth-retain] */
export function stateMessage(hostId: string, state: HostState): SparkplugMessage {
  const { online, timestamp } = state;
  return {
    topic: stateTopic(hostId),
    payload: asciiBytes(JSON.stringify({ online, timestamp })),
    qos: 1,
    retain: true,
  };
}

/**
 * Asks an edge node for its births. By name, so that it works without a birth.
 * [tck-id-operational-behavior-data-commands-ncmd-rebirth-name]
 * [tck-id-operational-behavior-data-commands-ncmd-rebirth-value]
 */
export function rebirthRequest(
  node: { readonly groupId: string; readonly edgeNodeId: string },
  timestamp: number,
): SparkplugMessage {
  const metric = { name: REBIRTH, datatype: "Boolean", tellDatatype: true, value: true } as const;
  return command(nodeTopic("NCMD", node.groupId, node.edgeNodeId), timestamp, metric);
}

/** One metric of one device to be written. */
export interface DeviceWrite {
  readonly groupId: string;
  readonly edgeNodeId: string;
  readonly deviceId: string;
  readonly metric: string;
  readonly datatype: Datatype;
  readonly value: MetricValue;
}

/**
 * A DCMD: QoS 0, not retained, no `seq`. [tck-id-topics-dcmd-mqtt] [tck-id-payloads-dcmd-seq]
 * @throws {SparkplugError} VALUE_MISFIT when the value does not fit the datatype.
 */
export function deviceCommand(write: DeviceWrite, timestamp: number): SparkplugMessage {
  const { metric: name, datatype, value } = write;
  if (value === null)
    throw new SparkplugError("VALUE_MISFIT", `"${name}": a command needs a value`);
  const metric = { name, datatype, value, tellDatatype: true };
  return command(deviceTopic("DCMD", write, write.deviceId), timestamp, metric);
}

function command(topic: string, timestamp: number, metric: MetricToSend): SparkplugMessage {
  return { topic, payload: encodePayload({ timestamp, metrics: [metric] }), qos: 0, retain: false };
}

function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
