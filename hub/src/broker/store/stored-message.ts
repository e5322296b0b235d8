/**
 * A message as bytes: the same on the way to the writer thread, on disk, and back.
 *
 * Little endian. Where what stands: 0 CRC-32 of all that follows · 4 row · 12 expiry by the wall clock · 20 place of the
 * expiry in the properties · 24, 28, 32 lengths of topic, publisher and properties · 36 flags · 37 topic, publisher,
 * properties, and the payload up to the end. The checksum is zlib's CRC-32 (it comes with Node and runs in hardware);
 * the writer thread fills it in, so that the main thread does not pay for it.
 */
import { crc32 } from "node:zlib";
import type { Qos } from "../message.ts";
import type { StoredMessage } from "./store.ts";

const ROW_AT = 4;
const EXPIRES_AT = 12;
const EXPIRY_PLACE_AT = 20;
const TOPIC_BYTES_AT = 24;
const PUBLISHER_BYTES_AT = 28;
const PROPERTIES_BYTES_AT = 32;
const FLAGS_AT = 36;
const HEAD_BYTES = 37;

const QOS_BITS = 0b11;
const RETAIN = 0b100;
const HAS_PUBLISHER = 0b1000;

/** Bytes that `writeMessage` never exceeds; a character takes at most three bytes of UTF-8. */
export function roomFor({ topic, publisherId, properties, payload }: StoredMessage): number {
  const characters = topic.length + (publisherId?.length ?? 0);
  return HEAD_BYTES + 3 * characters + properties.length + payload.length;
}

/** What a queued message counts against the limits of its queue, in bytes. */
export function queuedBytes({
  topic,
  properties,
  payload,
}: Pick<StoredMessage, "topic" | "properties" | "payload">): number {
  return topic.length + properties.length + payload.length;
}

/** Writes the message at `at`, without its checksum; gives where it ends. */
export function writeMessage(into: Buffer, at: number, message: StoredMessage): number {
  const { topic, publisherId, properties, payload } = message;
  let end = at + HEAD_BYTES;
  const topicBytes = into.write(topic, end);
  end += topicBytes;
  const publisherBytes = publisherId === undefined ? 0 : into.write(publisherId, end);
  end += publisherBytes;
  into.set(properties, end);
  end += properties.length;
  into.set(payload, end);
  into.writeDoubleLE(message.row, at + ROW_AT);
  into.writeDoubleLE(message.expiresAtWall, at + EXPIRES_AT);
  into.writeInt32LE(message.expiryAt, at + EXPIRY_PLACE_AT);
  into.writeUInt32LE(topicBytes, at + TOPIC_BYTES_AT);
  into.writeUInt32LE(publisherBytes, at + PUBLISHER_BYTES_AT);
  into.writeUInt32LE(properties.length, at + PROPERTIES_BYTES_AT);
  into[at + FLAGS_AT] =
    message.qos | (message.retain ? RETAIN : 0) | (publisherId === undefined ? 0 : HAS_PUBLISHER);
  return end + payload.length;
}

/** Reads what `writeMessage` wrote; the payload and the properties are copies. */
export function readMessage(bytes: Buffer): StoredMessage {
  const flags = bytes[FLAGS_AT] ?? 0;
  const publisherAt = HEAD_BYTES + bytes.readUInt32LE(TOPIC_BYTES_AT);
  const propertiesAt = publisherAt + bytes.readUInt32LE(PUBLISHER_BYTES_AT);
  const payloadAt = propertiesAt + bytes.readUInt32LE(PROPERTIES_BYTES_AT);
  return {
    row: rowOf(bytes),
    topic: topicOf(bytes),
    payload: new Uint8Array(bytes.subarray(payloadAt)),
    properties: new Uint8Array(bytes.subarray(propertiesAt, payloadAt)),
    expiryAt: bytes.readInt32LE(EXPIRY_PLACE_AT),
    expiresAtWall: bytes.readDoubleLE(EXPIRES_AT),
    qos: qosOf(flags),
    retain: (flags & RETAIN) !== 0,
    publisherId:
      (flags & HAS_PUBLISHER) === 0 ? undefined : bytes.toString("utf8", publisherAt, propertiesAt),
  };
}

export function rowOf(bytes: Buffer): number {
  return bytes.readDoubleLE(ROW_AT);
}

export function topicOf(bytes: Buffer): string {
  return bytes.toString("utf8", HEAD_BYTES, HEAD_BYTES + bytes.readUInt32LE(TOPIC_BYTES_AT));
}

function qosOf(flags: number): Qos {
  const qos = flags & QOS_BITS;
  return qos === 2 ? 2 : qos === 1 ? 1 : 0;
}

/** Fills in the checksum. */
export function seal(bytes: Buffer): Buffer {
  bytes.writeUInt32LE(crc32(bytes.subarray(ROW_AT)), 0);
  return bytes;
}

/** Whether the bytes are those that were sealed. */
export function isIntact(bytes: Buffer): boolean {
  if (bytes.length < HEAD_BYTES) return false;
  return bytes.readUInt32LE(0) === crc32(bytes.subarray(ROW_AT));
}
