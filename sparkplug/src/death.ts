/** The death certificate of an edge node, as Will and as message, and how to read one. */
import { decodeLenient } from "./decode.ts";
import { encodePayload } from "./encode.ts";
import { metricValue, type Payload } from "./payload.ts";
import { nodeTopic } from "./topic.ts";
import type { SparkplugMessage } from "./transport.ts";

/** The metric that ties an NDEATH to its NBIRTH. */
export const BD_SEQ = "bdSeq";

/**
 * The NDEATH of one session: exactly one metric, no `seq`, QoS 1, not retained.
 * `timestamp` is left out of the Will and is now when the node leaves by itself.
 * [tck-id-topics-ndeath-topic] [tck-id-topics-ndeath-payload] [tck-id-topics-ndeath-seq] [tck-id-payloads-ndeath-seq]
 * [tck-id-payloads-ndeath-will-message] [tck-id-payloads-ndeath-will-message-qos]
 * [tck-id-payloads-ndeath-will-message-retain] [tck-id-payloads-ndeath-bdseq]
 * [tck-id-message-flow-edge-node-birth-publish-will-message-topic]
 * [tck-id-message-flow-edge-node-birth-publish-will-message-payload]
 * [tck-id-message-flow-edge-node-birth-publish-will-message-payload-bdSeq]
 * [tck-id-message-flow-edge-node-birth-publish-will-message-qos]
 * [tck-id-message-flow-edge-node-birth-publish-will-message-will-retained]
 */
export function deathMessage(
  node: { readonly groupId: string; readonly edgeNodeId: string },
  bdSeq: number,
  timestamp?: number,
): SparkplugMessage {
  const metric = { name: BD_SEQ, datatype: "Int64", tellDatatype: true, value: bdSeq } as const;
  return {
    topic: nodeTopic("NDEATH", node.groupId, node.edgeNodeId),
    payload: encodePayload({ timestamp, metrics: [metric] }),
    qos: 1,
    retain: false,
  };
}

/** The `bdSeq` of an NBIRTH or NDEATH, 0 to 255, whatever integer type it came as; `undefined` when there is none. */
export function bdSeqOf(payload: Payload): number | undefined {
  const metric = payload.metrics.find((candidate) => candidate.name === BD_SEQ);
  if (metric === undefined || metric.isNull) return undefined;
  const field = metric.value?.field;
  if (field !== "int" && field !== "long") return undefined;
  const value = metricValue(metric, "UInt64");
  return typeof value === "number" && value <= 255 ? value : undefined;
}

/** As `bdSeqOf`, of bytes. @throws {SparkplugError} PAYLOAD_MALFORMED */
export function bdSeqOfBytes(bytes: Uint8Array): number | undefined {
  return bdSeqOf(decodeLenient(bytes));
}
