/** One scalar as the library shows it, as a metric's value. The way back is `../encode.ts`. */
import type { MetricValue, ScalarValue } from "@unshub/sparkplug";
import type { BuiltInType, BuiltInTypeName } from "../built-in-types.ts";

/** A value, or the short stable word that says why there is none. */
export type Converted<Value = MetricValue> =
  | { readonly value: Value }
  | { readonly reason: string };

/** What is taken, and what is too much. */
export interface ValueLimits {
  /** NaN and the infinities are values. */
  readonly allowNan: boolean;
  /** Of a text or a ByteString. */
  readonly maxBytes: number;
}

export const UNDECODABLE = { reason: "undecodable" };
export const TOO_LARGE = { reason: "too_large" };

/** The earliest time OPC UA knows, 1601-01-01 UTC in ms since 1970: it means "no time". */
const NO_TIME = -11_644_473_600_000;

type FromRaw = (raw: unknown, limits: ValueLimits) => Converted<ScalarValue | null>;

/** How the library shows a value of each type, and what becomes of it. */
const FROM_RAW: Readonly<Record<BuiltInTypeName, FromRaw>> = {
  Boolean: (raw) => (typeof raw === "boolean" ? { value: raw } : UNDECODABLE),
  SByte: fromNumber,
  Byte: fromNumber,
  Int16: fromNumber,
  UInt16: fromNumber,
  Int32: fromNumber,
  UInt32: fromNumber,
  Int64: (raw) => fromHalves(raw, (int) => BigInt.asIntN(64, int)),
  UInt64: (raw) => fromHalves(raw, (int) => int),
  Float: fromNumber,
  Double: fromNumber,
  String: fromText,
  DateTime: fromDate,
  Guid: fromText,
  ByteString: fromBytes,
  XmlElement: fromText,
  NodeId: fromNodeId,
  ExpandedNodeId: fromNodeId,
  StatusCode: (raw, limits) => fromNumber(member(raw, "value"), limits),
  QualifiedName: (raw, limits) => fromText(member(raw, "name"), limits),
  LocalizedText: (raw, limits) => fromText(member(raw, "text"), limits),
};

/** `raw` as a metric's value, if it is what a `type` looks like. */
export function fromRaw(
  raw: unknown,
  type: BuiltInType,
  limits: ValueLimits,
): Converted<ScalarValue | null> {
  return raw === null || raw === undefined ? { value: null } : FROM_RAW[type.name](raw, limits);
}

function fromNumber(raw: unknown, { allowNan }: ValueLimits): Converted<number> {
  if (typeof raw !== "number") return UNDECODABLE;
  return allowNan || Number.isFinite(raw) ? { value: raw } : { reason: "not_finite" };
}

function fromText(raw: unknown, { maxBytes }: ValueLimits): Converted<string | null> {
  if (raw === null || raw === undefined) return { value: null };
  if (typeof raw !== "string") return UNDECODABLE;
  return raw.length > maxBytes ? TOO_LARGE : { value: raw };
}

/** The library shows 64 bits as two unsigned halves. `read`: with a sign or without. */
function fromHalves(raw: unknown, read: (int: bigint) => bigint): Converted<number | bigint> {
  const [high, low]: unknown[] = Array.isArray(raw) ? raw : [];
  if (typeof high !== "number" || typeof low !== "number") return UNDECODABLE;
  const whole = read((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0));
  const exact = whole >= Number.MIN_SAFE_INTEGER && whole <= Number.MAX_SAFE_INTEGER;
  return { value: exact ? Number(whole) : whole };
}

function fromDate(raw: unknown): Converted<number | null> {
  if (!(raw instanceof Date)) return UNDECODABLE;
  const ms = raw.getTime();
  if (ms <= NO_TIME) return { value: null };
  return ms >= 0 ? { value: ms } : { reason: "out_of_range" }; // Sparkplug's DateTime starts in 1970
}

function fromBytes(raw: unknown, { maxBytes }: ValueLimits): Converted<Uint8Array> {
  if (!(raw instanceof Uint8Array)) return UNDECODABLE;
  return raw.length > maxBytes ? TOO_LARGE : { value: Uint8Array.from(raw) };
}

function fromNodeId(raw: unknown): Converted<string> {
  if (typeof raw !== "object" || raw === null) return UNDECODABLE;
  // Both classes of the library have a toString that writes ns=…;s=…
  // oxlint-disable-next-line no-base-to-string
  return { value: String(raw) };
}

/** A member of what the library made, if it has one. */
export function member(raw: unknown, name: string): unknown {
  return typeof raw === "object" && raw !== null ? Reflect.get(raw, name) : undefined;
}
