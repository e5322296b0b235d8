/** A metric's value as node-opcua takes it for a node's exact type; nothing is rounded, wrapped or guessed. */
import { summaryOf, type MetricValue } from "@unshub/sparkplug";
import { integerRange } from "@unshub/sparkplug";
import type { BuiltInType, BuiltInTypeName } from "./built-in-types.ts";

/** What the library's Variant takes, or why the value does not fit, as a sentence. */
export type Encoded = { readonly raw: unknown } | { readonly fault: string };

type Encode = (value: MetricValue, type: BuiltInType) => Encoded;

const LARGEST_FLOAT = 3.402_823_466_385_288_6e38;
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const TO_RAW: Readonly<Record<BuiltInTypeName, Encode>> = {
  Boolean: (value) =>
    typeof value === "boolean" ? { raw: value } : expected("true or false", value),
  SByte: integer,
  Byte: integer,
  Int16: integer,
  UInt16: integer,
  Int32: integer,
  UInt32: integer,
  Int64: halves,
  UInt64: halves,
  Float: (value) => float(value, LARGEST_FLOAT),
  Double: (value) => float(value, Number.MAX_VALUE),
  String: (value) => text(value, (raw) => raw),
  DateTime: date,
  Guid: (value) =>
    typeof value === "string" && GUID.test(value)
      ? { raw: value.toUpperCase() }
      : expected("a GUID", value),
  ByteString: (value) =>
    value instanceof Uint8Array ? { raw: Buffer.from(value) } : expected("bytes", value),
  XmlElement: refused,
  NodeId: refused,
  ExpandedNodeId: refused,
  StatusCode: refused,
  QualifiedName: refused,
  LocalizedText: (value) => text(value, (raw) => ({ text: raw })),
};

/** `value` for a Variant of `type`. */
export function toRaw(value: MetricValue, type: BuiltInType): Encoded {
  return TO_RAW[type.name](value, type);
}

/** Whether values of the type can be written at all. */
export function isEncodable(type: BuiltInType): boolean {
  return TO_RAW[type.name] !== refused;
}

function integer(value: MetricValue, type: BuiltInType): Encoded {
  const whole = wholeNumber(value, type);
  return typeof whole === "bigint" ? { raw: Number(whole) } : whole;
}

/** The library takes a 64-bit integer as its two unsigned halves. */
function halves(value: MetricValue, type: BuiltInType): Encoded {
  const whole = wholeNumber(value, type);
  if (typeof whole !== "bigint") return whole;
  const bits = BigInt.asUintN(64, whole);
  return { raw: [Number(bits >> 32n), Number(bits & 0xffff_ffffn)] };
}

function wholeNumber(value: MetricValue, type: BuiltInType): bigint | { readonly fault: string } {
  const whole =
    typeof value === "bigint" || (typeof value === "number" && Number.isSafeInteger(value));
  const [min, max] = integerRange(type.datatype) ?? [0n, 0n];
  const range = `a whole number from ${min} to ${max} (${type.name})`;
  if (!whole) return expected(range, value);
  const big = BigInt(value);
  return big >= min && big <= max ? big : expected(range, value);
}

function float(value: MetricValue, largest: number): Encoded {
  const fits = typeof value === "number" && Math.abs(value) <= largest; // not for NaN
  return fits ? { raw: value } : expected(`a number of at most ±${largest}`, value);
}

function text(value: MetricValue, wrap: (raw: string) => unknown): Encoded {
  return typeof value === "string" ? { raw: wrap(value) } : expected("a text", value);
}

function date(value: MetricValue): Encoded {
  const ms = typeof value === "number" || typeof value === "bigint" ? Number(value) : Number.NaN;
  const asked = new Date(ms);
  if (Number.isNaN(asked.getTime())) return expected("milliseconds since 1970 UTC", value);
  return { raw: asked };
}

function refused(_value: MetricValue, type: BuiltInType): Encoded {
  return { fault: `a ${type.name} cannot be written` };
}

function expected(what: string, value: MetricValue): { readonly fault: string } {
  return { fault: `expected ${what}, not ${told(value)}` };
}

function told(value: MetricValue): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return typeof value === "object" && value !== null ? summaryOf(value) : String(value);
}
