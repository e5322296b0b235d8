/**
 * Payloads changed in their bytes where a session of its own at the other side needs it, and nowhere else: `seq`, the
 * payload's time, bdSeq, and what marks a message as late. Fields that we do not know go along.
 */
import { BD_SEQ, encodePayload } from "@unshub/sparkplug";

/** Keys of a payload: number and wire type. */
const TIMESTAMP = 0x08;
const METRIC = 0x12;
const SEQ = 0x18;
const UUID = 0x22;
/** What `uuid` says of a payload whose metrics are in a compressed body. */
const COMPRESSED = Buffer.from("SPBV1.0_COMPRESSED");
/** Keys of a metric. */
const NAME = 0x0a;
const METRIC_TIMESTAMP = 0x18;
const IS_HISTORICAL = 0x28;
const IS_NULL = 0x38;
/** Numbers of the fields in which a value stands, and of a template among them. */
const FIRST_VALUE = 10;
const LAST_VALUE = 19;
const TEMPLATE = 18;

/** Where a message stands at the other side. */
export interface LateStamp {
  readonly seq: number;
  /** When it is sent: milliseconds since 1970 UTC. */
  readonly now: number;
}

/** A payload that cannot be changed; why, as a sentence. */
export class NotChangeable extends Error {
  override readonly name = "NotChangeable";
}

interface Field {
  readonly key: number;
  readonly start: number;
  /** Behind the key, and behind the length where there is one. */
  readonly bodyStart: number;
  readonly end: number;
}

/** Data that comes later than it was said: all of it historical, each metric with the time of then. */
export function lateData(payload: Uint8Array, stamp: LateStamp): Uint8Array {
  const then = timestampOf(payload);
  return stamped(payload, stamp, (metric) => late(metric, then, [metric]));
}

/**
 * A birth that comes later than it was said: the same metrics with their names, types and properties, but without their
 * values, which are no longer the present ones. Control metrics and templates keep theirs. `bdSeq`: of an NBIRTH.
 */
export function lateBirth(payload: Uint8Array, stamp: LateStamp, bdSeq?: number): Uint8Array {
  const then = timestampOf(payload);
  return stamped(payload, stamp, (metric) => {
    const name = nameOf(metric);
    if (name === BD_SEQ)
      return bdSeq === undefined ? metric : bdSeqMetric(bdSeq, timeOf(metric) ?? then);
    if (/^(?:Node|Device) Control\//.test(name)) return metric;
    const fields = fieldsOf(metric);
    if (fields.some(({ key }) => key >>> 3 === TEMPLATE)) return late(metric, then, [metric]);
    const kept = fields.filter(({ key }) => !isValue(key) && key !== IS_NULL);
    const parts = kept.map(({ start, end }) => metric.subarray(start, end));
    return late(metric, then, [...parts, Uint8Array.of(IS_NULL, 1)]);
  });
}

/** The same NBIRTH with another bdSeq. */
export function withBdSeq(payload: Uint8Array, bdSeq: number): Uint8Array {
  const parts = fieldsOf(payload).map(({ key, start, bodyStart, end }) => {
    const metric = payload.subarray(bodyStart, end);
    if (key !== METRIC || nameOf(metric) !== BD_SEQ) return payload.subarray(start, end);
    return metricField(bdSeqMetric(bdSeq, timeOf(metric) ?? timestampOf(payload)));
  });
  return Buffer.concat(parts);
}

function stamped(
  payload: Uint8Array,
  { seq, now }: LateStamp,
  change: (metric: Uint8Array) => Uint8Array,
): Uint8Array {
  const parts = [numberField(TIMESTAMP, now)];
  for (const { key, start, bodyStart, end } of fieldsOf(payload)) {
    const body = payload.subarray(bodyStart, end);
    if (key === UUID && Buffer.from(body).equals(COMPRESSED))
      throw new NotChangeable("a compressed payload cannot be marked as late");
    if (key === METRIC) parts.push(metricField(change(body)));
    else if (key !== TIMESTAMP && key !== SEQ) parts.push(payload.subarray(start, end));
  }
  parts.push(numberField(SEQ, seq));
  return Buffer.concat(parts);
}

/** Historical, with the time that it had or its payload; of several fields the last one holds. */
function late(metric: Uint8Array, then: number, parts: readonly Uint8Array[]): Uint8Array {
  const time = timeOf(metric) === undefined ? [numberField(METRIC_TIMESTAMP, then)] : [];
  return Buffer.concat([...parts, ...time, Uint8Array.of(IS_HISTORICAL, 1)]);
}

function isValue(key: number): boolean {
  const field = key >>> 3;
  return field >= FIRST_VALUE && field <= LAST_VALUE;
}

function nameOf(metric: Uint8Array): string {
  const field = fieldsOf(metric).find(({ key }) => key === NAME);
  return field === undefined
    ? ""
    : Buffer.from(metric.subarray(field.bodyStart, field.end)).toString();
}

/** A metric as it stands in a payload, without key and length. */
function bdSeqMetric(bdSeq: number, timestamp: number): Uint8Array {
  const metric = { name: BD_SEQ, datatype: "Int64", tellDatatype: true, value: bdSeq } as const;
  const payload = encodePayload({ metrics: [{ ...metric, timestamp }] });
  const field = fieldsOf(payload).find(({ key }) => key === METRIC);
  return payload.subarray(field?.bodyStart, field?.end);
}

function timestampOf(payload: Uint8Array): number {
  return lastNumber(payload, TIMESTAMP) ?? Date.now();
}

/** Of a metric. */
function timeOf(metric: Uint8Array): number | undefined {
  return lastNumber(metric, METRIC_TIMESTAMP);
}

/** Of several fields the last one holds. */
function lastNumber(bytes: Uint8Array, wanted: number): number | undefined {
  const field = fieldsOf(bytes).findLast(({ key }) => key === wanted);
  return field && numberAt(bytes, field.bodyStart).value;
}

function metricField(metric: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(METRIC), varint(metric.length), metric]);
}

function numberField(key: number, value: number): Uint8Array {
  return Buffer.concat([Uint8Array.of(key), varint(value)]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Uint8Array.from([...bytes, rest]);
}

function fieldsOf(bytes: Uint8Array): readonly Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < bytes.length;) {
    const field = fieldAt(bytes, at);
    if (field.end > bytes.length) throw new NotChangeable("the payload is cut off");
    fields.push(field);
    at = field.end;
  }
  return fields;
}

function fieldAt(bytes: Uint8Array, start: number): Field {
  const key = numberAt(bytes, start);
  const body = { key: key.value, start, bodyStart: key.end };
  switch (key.value & 7) {
    case 0:
      return { ...body, end: numberAt(bytes, key.end).end };
    case 1:
      return { ...body, end: key.end + 8 };
    case 2: {
      const length = numberAt(bytes, key.end);
      return { ...body, bodyStart: length.end, end: length.end + length.value };
    }
    case 5:
      return { ...body, end: key.end + 4 };
    default:
      throw new NotChangeable("the payload is no Sparkplug payload");
  }
}

/** A varint; beyond 2⁵³ its value is not exact, which matters to nobody here. */
function numberAt(
  bytes: Uint8Array,
  start: number,
): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let at = start, scale = 1; at < start + 10; at += 1, scale *= 0x80) {
    const byte = bytes[at];
    if (byte === undefined) break;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, end: at + 1 };
  }
  throw new NotChangeable("the payload is cut off");
}
