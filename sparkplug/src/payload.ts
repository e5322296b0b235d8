/** A Sparkplug payload as it stands on the wire: what was sent and what was left out. */
import {
  datatypeOf,
  integerRange,
  valueField,
  type Datatype,
  type ValueField,
} from "./datatype.ts";
import { SparkplugError } from "./errors.ts";
import type { MetricValue } from "./metric.ts";

/** The field of the protobuf `oneof` that was set. DataSet, Template and extensions are kept as their bytes. */
export type WireField = ValueField | "dataset" | "template" | "extension";

/** A value as read from the wire, not yet seen through a datatype: integers are unsigned, as protobuf sends them. */
export interface WireValue {
  readonly field: WireField;
  readonly raw: number | bigint | boolean | string | Uint8Array;
}

/** One entry of a PropertySet. Nested sets are passed over in this version: they have no `value`. */
export interface Property {
  /** Code of its datatype, `undefined` when it was left out. */
  readonly type: number | undefined;
  readonly isNull: boolean;
  readonly value: WireValue | undefined;
}

/** One metric as it stands in a message. */
export interface Metric {
  readonly name: string | undefined;
  readonly alias: number | bigint | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly timestamp: number | undefined;
  /** Code of its datatype; required in births, usually left out of data. */
  readonly datatype: number | undefined;
  /** A past value: record it, never let it overwrite the live one. */
  readonly isHistorical: boolean;
  readonly isTransient: boolean;
  readonly isNull: boolean;
  readonly properties: ReadonlyMap<string, Property>;
  readonly value: WireValue | undefined;
}

/** One message. */
export interface Payload {
  /** Milliseconds since 1970 UTC. */
  readonly timestamp: number | undefined;
  readonly seq: number | undefined;
  readonly metrics: readonly Metric[];
  readonly uuid: string | undefined;
  readonly body: Uint8Array | undefined;
}

/**
 * The value of a metric, seen through `datatype` (its own, or that of its birth).
 * Tolerates what the field does: 8- and 16-bit integers in one or four bytes, UInt32 in either integer field.
 * @throws {SparkplugError} VALUE_MISFIT when field and datatype do not go together.
 */
export function metricValue(metric: Metric, datatype: Datatype): MetricValue {
  if (metric.isNull || metric.value === undefined) return null;
  return valueThrough(metric.value, datatype);
}

/** As `metricValue`, for a property. `undefined` when it is null, nested or of no scalar type. */
export function propertyValue(property: Property | undefined): MetricValue | undefined {
  if (property === undefined || property.isNull || property.value === undefined) return undefined;
  const datatype = datatypeOf(property.type ?? 0);
  return datatype === undefined ? undefined : valueThrough(property.value, datatype);
}

function valueThrough(value: WireValue, datatype: Datatype): MetricValue {
  const range = integerRange(datatype);
  if (range !== undefined && datatype !== "DateTime") return integerThrough(value, datatype, range);
  if (value.field !== valueField(datatype)) {
    throw misfit(`${datatype} came as ${value.field}_value`);
  }
  return value.raw;
}

function integerThrough(
  value: WireValue,
  datatype: Datatype,
  [min, max]: readonly [bigint, bigint],
): number | bigint {
  const { raw, field } = value;
  if (
    (field !== "int" && field !== "long") ||
    (typeof raw !== "number" && typeof raw !== "bigint")
  ) {
    throw misfit(`${datatype} came as ${field}_value`);
  }
  if (min === 0n) {
    if (raw > max) throw misfit(`${raw} is beyond ${datatype}`);
    return raw;
  }
  return signedThrough(raw, max);
}

/** Two's complement of as many bits as the datatype has: −1 as Int8 comes as 0xFF, 0xFFFFFFFF or ten bytes. */
function signedThrough(raw: number | bigint, max: bigint): number | bigint {
  if (max <= 0x7fff_ffffn) {
    const bits = 32 - Math.clz32(Number(max)) + 1;
    const low = typeof raw === "bigint" ? Number(BigInt.asIntN(32, raw)) : raw | 0;
    return (low << (32 - bits)) >> (32 - bits);
  }
  if (typeof raw === "number") return raw; // below 2^53, so the sign bit is clear
  return exactInteger(BigInt.asIntN(64, raw));
}

/** A `number` where that is exact, the `bigint` itself beyond. */
export function exactInteger(value: bigint): number | bigint {
  const small =
    value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
  return small ? Number(value) : value;
}

function misfit(message: string): SparkplugError {
  return new SparkplugError("VALUE_MISFIT", message);
}
