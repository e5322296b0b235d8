/** Values that are no plain numbers as bytes of a record, and back. Structures are kept as a Sparkplug payload of one metric. */
import {
  datatypeOf,
  decodePayload,
  encodePayload,
  metricValue,
  SparkplugError,
  type MetricValue,
} from "@unshub/sparkplug";
import { SIDE_KINDS, type SideRecord } from "./log/side-record.ts";

type Kept = Pick<SideRecord, "kind" | "bytes">;

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
const NOTHING: Kept = { kind: SIDE_KINDS.nothing, bytes: new Uint8Array(0) };

/** `undefined`: a structure that cannot be written down. `datatypeCode`: as it was announced. */
export function bytesOfValue(value: MetricValue, datatypeCode: number): Kept | undefined {
  if (value === null) return NOTHING;
  if (typeof value === "number") {
    return { kind: SIDE_KINDS.number, bytes: new Uint8Array(Float64Array.of(value).buffer) };
  }
  if (typeof value === "boolean")
    return { kind: SIDE_KINDS.truth, bytes: Uint8Array.of(Number(value)) };
  if (typeof value === "string") return { kind: SIDE_KINDS.text, bytes: ENCODER.encode(value) };
  if (typeof value === "bigint") return bytesOfInteger(value);
  if (value instanceof Uint8Array) return { kind: SIDE_KINDS.bytes, bytes: value };
  const datatype = datatypeOf(datatypeCode);
  if (datatype === undefined) return undefined;
  try {
    const metrics = [{ name: "v", datatype, tellDatatype: true, value }];
    return { kind: SIDE_KINDS.payload, bytes: encodePayload({ metrics }) };
  } catch (error) {
    if (error instanceof SparkplugError) return undefined;
    throw error;
  }
}

function bytesOfInteger(value: bigint): Kept {
  const bytes = new Uint8Array(8);
  const isUnsigned = value > 0x7fff_ffff_ffff_ffffn;
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value));
  return { kind: isUnsigned ? SIDE_KINDS.unsigned : SIDE_KINDS.integer, bytes };
}

export function isSameValue(a: MetricValue, b: MetricValue, datatypeCode: number): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object") return false;
  const [one, other] = [bytesOfValue(a, datatypeCode), bytesOfValue(b, datatypeCode)];
  if (one === undefined || other === undefined || one.kind !== other.kind) return false;
  return Buffer.compare(one.bytes, other.bytes) === 0;
}

/** The way back. What a newer hub wrote has no value here. */
export function valueOfBytes({ kind, bytes }: Kept, datatypeCode: number): MetricValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (kind) {
    case SIDE_KINDS.number:
      return view.getFloat64(0, true);
    case SIDE_KINDS.truth:
      return bytes[0] === 1;
    case SIDE_KINDS.text:
      return DECODER.decode(bytes);
    case SIDE_KINDS.integer:
      return view.getBigInt64(0);
    case SIDE_KINDS.unsigned:
      return view.getBigUint64(0);
    case SIDE_KINDS.bytes:
      return bytes.slice();
    case SIDE_KINDS.payload:
      return structureOf(bytes, datatypeCode);
    default:
      return null;
  }
}

function structureOf(bytes: Uint8Array, datatypeCode: number): MetricValue {
  const [metric] = decodePayload(bytes).metrics;
  const datatype = datatypeOf(datatypeCode);
  return metric === undefined || datatype === undefined ? null : metricValue(metric, datatype);
}
