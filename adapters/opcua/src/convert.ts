/** What a server says of a value, as a metric's reading. Scalars only; the way back is `encode.ts`. */
import type { MetricReading, MetricValue, Quality } from "@unshub/sparkplug";
import type { DataValue, StatusCode, Variant } from "node-opcua-client";
import type { BuiltInType, BuiltInTypeName } from "./built-in-types.ts";

/** A value, or the short stable word that says why there is none. */
export type Converted = { readonly value: MetricValue } | { readonly reason: string };

/** Longer ByteStrings are not published: 64 KiB. */
const LARGEST_BYTES = 65_536;
/** The earliest time OPC UA knows, 1601-01-01 UTC in ms since 1970: it means "no time". */
const NO_TIME = -11_644_473_600_000;
/** `VariantArrayType.Scalar` */
const SCALAR = 0;
const UNDECODABLE: Converted = { reason: "undecodable" };

/** How the library shows a value of each type, and what becomes of it. */
const FROM_RAW: Readonly<Record<BuiltInTypeName, (raw: unknown) => Converted>> = {
  Boolean: (raw) => (typeof raw === "boolean" ? { value: raw } : UNDECODABLE),
  SByte: fromNumber,
  Byte: fromNumber,
  Int16: fromNumber,
  UInt16: fromNumber,
  Int32: fromNumber,
  UInt32: fromNumber,
  Int64: (raw) => fromHalves(raw, (bits, int) => BigInt.asIntN(bits, int)),
  UInt64: (raw) => fromHalves(raw, (bits, int) => BigInt.asUintN(bits, int)),
  Float: fromNumber,
  Double: fromNumber,
  String: fromText,
  DateTime: fromDate,
  Guid: fromText,
  ByteString: fromBytes,
  XmlElement: fromText,
  NodeId: fromNodeId,
  ExpandedNodeId: fromNodeId,
  StatusCode: (raw) => fromNumber(member(raw, "value")),
  QualifiedName: (raw) => fromText(member(raw, "name")),
  LocalizedText: (raw) => fromText(member(raw, "text")),
};

/** The metric's value in `variant`, which the metric's birth says is a `type`. */
export function fromVariant(variant: Variant, type: BuiltInType): Converted {
  const raw: unknown = variant.value;
  if (raw === null || raw === undefined) return { value: null };
  // The library shows a 64-bit scalar as a pair of numbers, so that Array.isArray would not do.
  const dimensions: number = variant.arrayType;
  if (dimensions !== SCALAR) return { reason: "unsupported_array" };
  const sent: number = variant.dataType;
  return sent === type.id ? FROM_RAW[type.name](raw) : { reason: "type_changed" };
}

/** How a status is judged: by its two severity bits only, since servers set others as they like. */
export function qualityOf(status: StatusCode): {
  readonly quality: Quality;
  readonly reason?: string;
} {
  const severity = status.value >>> 30;
  if (severity === 0) return { quality: "good" };
  const reason = `opcua_${status.name}`;
  return severity === 1 ? { quality: "stale", reason } : { quality: "bad", reason };
}

/**
 * One value of a metric as the server sent it; `type` is `undefined` for a node that is no scalar.
 * `receivedAt`: ms since 1970 UTC, used when the value has neither the source's nor the server's time.
 */
export function toReading(
  name: string,
  type: BuiltInType | undefined,
  data: DataValue,
  receivedAt: number,
): MetricReading {
  const timestamp = timeOf(data.sourceTimestamp) ?? timeOf(data.serverTimestamp) ?? receivedAt;
  const bad = (reason: string): MetricReading => ({
    name,
    value: null,
    quality: "bad",
    reason,
    timestamp,
  });
  const { quality, reason } = qualityOf(data.statusCode);
  if (quality === "bad") return bad(reason ?? "opcua_Bad");
  if (type === undefined) return bad("unsupported_type");
  const converted = fromVariant(data.value, type);
  if ("reason" in converted) return bad(converted.reason);
  const { value } = converted;
  return { name, value, quality, timestamp, ...(reason === undefined ? {} : { reason }) };
}

function fromNumber(raw: unknown): Converted {
  if (typeof raw !== "number") return UNDECODABLE;
  return Number.isFinite(raw) ? { value: raw } : { reason: "not_finite" };
}

function fromText(raw: unknown): Converted {
  if (raw === null || raw === undefined) return { value: null };
  return typeof raw === "string" ? { value: raw } : UNDECODABLE;
}

/** `wrap`: how the 64 bits are read, with or without a sign. */
function fromHalves(raw: unknown, wrap: (bits: number, int: bigint) => bigint): Converted {
  const [high, low]: unknown[] = Array.isArray(raw) ? raw : [];
  if (typeof high !== "number" || typeof low !== "number") return UNDECODABLE;
  const whole = wrap(64, (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0));
  const exact = whole >= Number.MIN_SAFE_INTEGER && whole <= Number.MAX_SAFE_INTEGER;
  return { value: exact ? Number(whole) : whole };
}

function fromDate(raw: unknown): Converted {
  if (!(raw instanceof Date)) return UNDECODABLE;
  const ms = raw.getTime();
  if (ms === NO_TIME) return { value: null };
  return ms >= 0 ? { value: ms } : { reason: "out_of_range" }; // Sparkplug's DateTime starts in 1970
}

function fromBytes(raw: unknown): Converted {
  if (!(raw instanceof Uint8Array)) return UNDECODABLE;
  return raw.length > LARGEST_BYTES ? { reason: "too_large" } : { value: Uint8Array.from(raw) };
}

function fromNodeId(raw: unknown): Converted {
  if (typeof raw !== "object" || raw === null) return UNDECODABLE;
  // Both classes of the library have a toString that writes ns=…;s=…
  // oxlint-disable-next-line no-base-to-string
  return { value: String(raw) };
}

function member(raw: unknown, name: string): unknown {
  return typeof raw === "object" && raw !== null ? Reflect.get(raw, name) : undefined;
}

function timeOf(date: Date | null | undefined): number | undefined {
  const ms = date?.getTime() ?? NO_TIME;
  return ms > 0 ? ms : undefined;
}
