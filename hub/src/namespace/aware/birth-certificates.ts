/**
 * Births for those who come late: each NBIRTH and DBIRTH that passes is offered, with the same bytes, as a retained
 * message under `$sparkplug/certificates/`. They stay when their source dies; operators list and delete them.
 * [tck-id-conformance-mqtt-aware-nbirth-mqtt-topic] [tck-id-conformance-mqtt-aware-nbirth-mqtt-retain]
 * [tck-id-conformance-mqtt-aware-dbirth-mqtt-topic] [tck-id-conformance-mqtt-aware-dbirth-mqtt-retain]
 */
import {
  CERTIFICATES,
  deviceTopic,
  nodeTopic,
  readTopic,
  scanPayload,
  SparkplugError,
  type NodeId,
} from "@unshub/sparkplug";
import type { MqttMessage } from "../../broker/index.ts";

/** A birth that is kept. */
export interface BirthCertificate {
  readonly group: string;
  readonly edgeNode: string;
  /** `undefined`: of the edge node itself. */
  readonly device: string | undefined;
  readonly bytes: number;
  readonly metrics: number;
  /** Milliseconds since 1970 UTC, as the birth says; `undefined` when it does not. */
  readonly timestamp: number | undefined;
}

/** The certificate of a birth. */
export function certificateOf({ topic, payload }: MqttMessage): MqttMessage {
  return { topic: `${CERTIFICATES}/${topic}`, payload, qos: 1, retain: true };
}

/** What takes a certificate away. */
export function withdrawn(topic: string): MqttMessage {
  return { topic, payload: new Uint8Array(), qos: 1, retain: true };
}

/** A retained message under `$sparkplug/certificates/`; `undefined` when it is no birth. */
export function describeCertificate({
  topic,
  payload,
}: Pick<MqttMessage, "topic" | "payload">): BirthCertificate | undefined {
  const reading = readTopic(topic.slice(CERTIFICATES.length + 1));
  if (reading.kind !== "sparkplug" || reading.topic.kind === "state") return undefined;
  const { topic: ids } = reading;
  return {
    group: ids.groupId,
    edgeNode: ids.edgeNodeId,
    device: ids.kind === "device" ? ids.deviceId : undefined,
    bytes: payload.length,
    ...headOf(payload),
  };
}

/** One that cannot be read is listed too: somebody may want to delete it. */
function headOf(payload: Uint8Array): Pick<BirthCertificate, "metrics" | "timestamp"> {
  try {
    const { metricCount, timestamp } = scanPayload(payload);
    return { metrics: metricCount, timestamp };
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    return { metrics: 0, timestamp: undefined };
  }
}

/** The filters for the certificates of an edge node with all its devices, or of one device. */
export function certificateFilters(node: NodeId, deviceId: string | undefined): readonly string[] {
  if (deviceId !== undefined) return [`${CERTIFICATES}/${deviceTopic("DBIRTH", node, deviceId)}`];
  const { groupId, edgeNodeId } = node;
  const own = nodeTopic("NBIRTH", groupId, edgeNodeId);
  const devices = nodeTopic("NBIRTH", groupId, edgeNodeId).replace("/NBIRTH/", "/DBIRTH/");
  return [`${CERTIFICATES}/${own}`, `${CERTIFICATES}/${devices}/+`];
}
