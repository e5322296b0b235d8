/**
 * The time of a payload, changed in its bytes: field 1 alone, every other byte stays as it was sent, fields that we do
 * not know included.
 */
import { SparkplugError } from "./errors.ts";
import { PayloadScan, scanField } from "./scan.ts";
import { DEFAULT_LIMITS } from "./wire-limits.ts";
import { WireReader } from "./wire-reader.ts";

/** Field 1, a varint. */
const TIMESTAMP = 0x08;

/**
 * The same payload with another timestamp, in a copy. One without a timestamp gets it in front; of one that has several,
 * which protobuf reads as the last, all are the new one.
 * @param timestamp milliseconds since 1970 UTC.
 * @throws {SparkplugError} PAYLOAD_MALFORMED, PAYLOAD_TOO_LARGE when the fields of the payload cannot be found.
 */
export function withTimestamp(bytes: Uint8Array, timestamp: number): Uint8Array {
  if (!Number.isSafeInteger(timestamp) || timestamp < 0)
    throw new SparkplugError("VALUE_MISFIT", `${timestamp} is no time in milliseconds`);
  const field = [TIMESTAMP, ...varint(timestamp)];
  const parts: (Uint8Array | readonly number[])[] = [];
  let kept = 0;
  for (const [start, end] of timestampsIn(bytes)) {
    parts.push(bytes.subarray(kept, start), field);
    kept = end;
  }
  if (parts.length === 0) parts.push(field);
  parts.push(bytes.subarray(kept));
  return joined(parts);
}

/** Where the timestamps of the payload itself begin and end. */
function timestampsIn(bytes: Uint8Array): (readonly [start: number, end: number])[] {
  const reader = new WireReader(bytes, DEFAULT_LIMITS);
  const scan = new PayloadScan();
  const found: (readonly [number, number])[] = [];
  while (reader.pos < bytes.length) {
    const start = reader.pos;
    const isTimestamp = reader.key() === TIMESTAMP;
    scanField(reader, start, scan);
    if (isTimestamp) found.push([start, reader.pos]);
  }
  return found;
}

function varint(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}

function joined(parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
