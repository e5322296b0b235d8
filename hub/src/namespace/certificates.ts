/**
 * Births for those who come late: each NBIRTH and DBIRTH that passes is offered, with the same bytes, as a retained
 * message under `$sparkplug/certificates/`.
 * [tck-id-conformance-mqtt-aware-nbirth-mqtt-topic] [tck-id-conformance-mqtt-aware-nbirth-mqtt-retain]
 * [tck-id-conformance-mqtt-aware-dbirth-mqtt-topic] [tck-id-conformance-mqtt-aware-dbirth-mqtt-retain]
 */
import { CERTIFICATES, readTopic } from "@unshub/sparkplug";
import type { MqttMessage } from "../broker/index.ts";

/** The certificate of a birth; `undefined` for every other message. */
export function certificateOf(message: MqttMessage): MqttMessage | undefined {
  const reading = readTopic(message.topic);
  if (reading.kind !== "sparkplug" || reading.topic.kind === "state") return undefined;
  if (reading.topic.type !== "NBIRTH" && reading.topic.type !== "DBIRTH") return undefined;
  return {
    topic: `${CERTIFICATES}/${message.topic}`,
    payload: message.payload,
    qos: 1,
    retain: true,
  };
}
