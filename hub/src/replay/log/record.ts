/**
 * One message as it lies in a log file: how long it is, a checksum of the rest, when it came, its QoS and RETAIN, the
 * lengths of its parts, then the parts. Numbers are little-endian.
 */
import { crc32 } from "node:zlib";

export interface LoggedMessage {
  /** Microseconds since 1970 UTC, its own. */
  readonly ts: number;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly properties: Uint8Array;
}

/** A message that was read, and where the next one begins. */
export interface ReadMessage extends LoggedMessage {
  readonly end: number;
}

/** Length and checksum. */
const HEAD_BYTES = 8;
/** What stands before the parts: time, flags, lengths of topic and properties. */
const FIXED_BYTES = 8 + 1 + 2 + 4;
/** The largest packet of MQTT, and what is added here. */
const MOST_BYTES = 256 * 1024 * 1024 + 1024;

export function recordOf(message: LoggedMessage): Buffer {
  const { ts, topic, payload, qos, retain, properties } = message;
  const topicBytes = Buffer.byteLength(topic);
  const size = FIXED_BYTES + topicBytes + properties.length + payload.length;
  const record = Buffer.allocUnsafe(HEAD_BYTES + size);
  record.writeUInt32LE(size, 0);
  let at = record.writeDoubleLE(ts, HEAD_BYTES);
  at = record.writeUInt8(qos | (retain ? 4 : 0), at);
  at = record.writeUInt16LE(topicBytes, at);
  at = record.writeUInt32LE(properties.length, at);
  at += record.write(topic, at);
  record.set(properties, at);
  record.set(payload, at + properties.length);
  record.writeUInt32LE(crc32(record.subarray(HEAD_BYTES)), 4);
  return record;
}

/** How many bytes the record at `at` has; `undefined`: not even its head is there; `"damaged"`: it cannot be one. */
export function sizeAt(bytes: Buffer, at: number): number | "damaged" | undefined {
  if (at + HEAD_BYTES > bytes.length) return undefined;
  const size = bytes.readUInt32LE(at);
  return size < FIXED_BYTES || size > MOST_BYTES ? "damaged" : HEAD_BYTES + size;
}

/** The record at `at`, which is there as a whole; the parts are views. */
export function recordAt(bytes: Buffer, at: number, size: number): ReadMessage | "damaged" {
  const end = at + size;
  const body = bytes.subarray(at + HEAD_BYTES, end);
  if (crc32(body) !== bytes.readUInt32LE(at + 4)) return "damaged";
  const flags = body.readUInt8(8);
  const topicEnd = FIXED_BYTES + body.readUInt16LE(9);
  const payloadStart = topicEnd + body.readUInt32LE(11);
  const qos = ([0, 1, 2] as const)[flags & 3];
  if (qos === undefined || payloadStart > body.length) return "damaged";
  return {
    ts: body.readDoubleLE(0),
    topic: body.toString("utf8", FIXED_BYTES, topicEnd),
    payload: body.subarray(payloadStart),
    qos,
    retain: (flags & 4) !== 0,
    properties: body.subarray(topicEnd, payloadStart),
    end,
  };
}
