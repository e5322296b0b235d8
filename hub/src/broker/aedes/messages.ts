/** Packets as the rest of the hub sees them. */
import type { MqttMessage } from "../contract.ts";

interface PacketWithMessage {
  readonly topic: string;
  readonly payload: Buffer | string;
  readonly qos?: 0 | 1 | 2;
  readonly retain?: boolean;
}

/** A PUBLISH or a Will as a message. */
export function toMessage({
  topic,
  payload,
  qos = 0,
  retain = false,
}: PacketWithMessage): MqttMessage {
  return { topic, payload: toBytes(payload), qos, retain };
}

/** The same bytes as a plain `Uint8Array`, whose `slice` copies; a `Buffer`'s does not. */
export function toBytes(bytes: Buffer | string): Uint8Array {
  const buffer = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
