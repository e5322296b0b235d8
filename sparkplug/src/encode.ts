/**
 * From values to bytes. Presence matters in proto2: `seq` 0, `false` and `""` are written out.
 * Every value is checked against its datatype first; protobuf itself would let 300 pass as UInt8.
 */
import protobuf from "protobufjs/minimal.js";
import { datatypeCode, integerRange, valueField, type Datatype } from "./datatype.ts";
import { SparkplugError } from "./errors.ts";
import type { MetricValue } from "./metric.ts";

type Writer = protobuf.Writer;

/** A property to send with a metric; `null` sends `is_null`. */
export interface PropertyToSend {
  readonly key: string;
  readonly datatype: Datatype;
  readonly value: MetricValue;
}

/** A metric to send. */
export interface MetricToSend {
  /** Always in births; left out of data when there is an alias. [tck-id-payloads-alias-data-cmd-requirement] */
  readonly name?: string | undefined;
  readonly alias?: number | bigint | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly timestamp?: number | undefined;
  readonly datatype: Datatype;
  /** Whether the datatype stands in the message: always in births. [tck-id-payloads-metric-datatype-req] */
  readonly tellDatatype: boolean;
  readonly value: MetricValue;
  readonly isHistorical?: boolean;
  readonly properties?: readonly PropertyToSend[];
}

/** A message to send. */
export interface PayloadToSend {
  /** Milliseconds since 1970 UTC. */
  readonly timestamp?: number | undefined;
  /** 0 to 255; left out of NDEATH and commands. [tck-id-payloads-ndeath-seq] [tck-id-payloads-ncmd-seq] */
  readonly seq?: number | undefined;
  readonly metrics: readonly MetricToSend[];
}

/** @throws {SparkplugError} VALUE_MISFIT with the path of the metric when a value does not fit its datatype. */
export function encodePayload(payload: PayloadToSend): Uint8Array {
  const writer = new protobuf.Writer(); // not create(), which makes Node Buffers
  if (payload.timestamp !== undefined) writeUint64(writer, 1, payload.timestamp);
  payload.metrics.forEach((metric, index) => {
    writer.uint32(tag(2, 2)).fork();
    writeMetric(writer, metric, `metrics[${index}]`);
    writer.ldelim();
  });
  if (payload.seq !== undefined) writeUint64(writer, 3, payload.seq);
  return writer.finish();
}

function writeMetric(writer: Writer, metric: MetricToSend, path: string): void {
  if (metric.name !== undefined) writer.uint32(tag(1, 2)).string(metric.name);
  if (metric.alias !== undefined) writeUint64(writer, 2, metric.alias);
  if (metric.timestamp !== undefined) writeUint64(writer, 3, metric.timestamp);
  if (metric.tellDatatype) writer.uint32(tag(4, 0)).uint32(datatypeCode(metric.datatype));
  if (metric.isHistorical === true) writer.uint32(tag(5, 0)).bool(true);
  if (metric.value === null) writer.uint32(tag(7, 0)).bool(true);
  if (metric.properties !== undefined && metric.properties.length > 0) {
    writeProperties(writer, metric.properties, path);
  }
  if (metric.value !== null) {
    writeValue(writer, METRIC_VALUE_FIELDS, {
      ...metric,
      path: `${path} "${metric.name ?? metric.alias}"`,
    });
  }
}

function writeProperties(
  writer: Writer,
  properties: readonly PropertyToSend[],
  path: string,
): void {
  writer.uint32(tag(9, 2)).fork();
  for (const { key } of properties) writer.uint32(tag(1, 2)).string(key);
  for (const { key, datatype, value } of properties) {
    writer.uint32(tag(2, 2)).fork().uint32(tag(1, 0)).uint32(datatypeCode(datatype));
    if (value === null) writer.uint32(tag(2, 0)).bool(true);
    else
      writeValue(writer, PROPERTY_VALUE_FIELDS, {
        datatype,
        value,
        path: `${path}.properties.${key}`,
      });
    writer.ldelim();
  }
  writer.ldelim();
}

/** The number of each value field, in a metric and in a property. */
const METRIC_VALUE_FIELDS = {
  int: 10,
  long: 11,
  float: 12,
  double: 13,
  boolean: 14,
  string: 15,
  bytes: 16,
};
const PROPERTY_VALUE_FIELDS = {
  ...METRIC_VALUE_FIELDS,
  int: 3,
  long: 4,
  float: 5,
  double: 6,
  boolean: 7,
  string: 8,
};

interface ValueToWrite {
  readonly datatype: Datatype;
  readonly value: MetricValue;
  readonly path: string;
}

function writeValue(writer: Writer, numbers: typeof METRIC_VALUE_FIELDS, what: ValueToWrite): void {
  const { datatype, value } = what;
  const field = valueField(datatype);
  const misfit = valueFault(datatype, value);
  if (misfit !== undefined) {
    throw new SparkplugError("VALUE_MISFIT", `${what.path}: ${misfit}`, {
      place: { path: what.path },
    });
  }
  const number = numbers[field];
  if (typeof value === "string") writer.uint32(tag(number, 2)).string(value);
  else if (typeof value === "boolean") writer.uint32(tag(number, 0)).bool(value);
  else if (value instanceof Uint8Array) writer.uint32(tag(number, 2)).bytes(value);
  else if (field === "float") writer.uint32(tag(number, 5)).float(Number(value));
  else if (field === "double") writer.uint32(tag(number, 1)).double(Number(value));
  else if (field === "int") writer.uint32(tag(number, 0)).uint32(Number(value) >>> 0);
  else writeUint64(writer, number, value ?? 0);
}

/** Why `value` cannot be sent as `datatype`, as a sentence; `undefined` when it can. `null` always can. */
export function valueFault(datatype: Datatype, value: MetricValue): string | undefined {
  if (value === null) return undefined;
  const range = integerRange(datatype);
  if (range !== undefined) return integerFault(datatype, value, range);
  const wanted = EXPECTED_TYPES[valueField(datatype)];
  const found = value instanceof Uint8Array ? "bytes" : typeof value;
  return found === wanted ? undefined : `${datatype} takes a ${wanted}, not ${shown(value)}`;
}

const EXPECTED_TYPES = {
  int: "number",
  long: "number",
  float: "number",
  double: "number",
  boolean: "boolean",
  string: "string",
  bytes: "bytes",
} as const;

function integerFault(
  datatype: Datatype,
  value: Exclude<MetricValue, null>,
  [min, max]: readonly [bigint, bigint],
): string | undefined {
  const whole = typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
  if (!whole) return `${datatype} takes a whole number, not ${shown(value)}`;
  if (value < min || value > max)
    return `${shown(value)} is outside ${datatype} (${min} to ${max})`;
  return undefined;
}

function shown(value: Exclude<MetricValue, null>): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** 64 bits, two's complement when negative. protobufjs takes the two halves; a `number` would lose digits. */
function writeUint64(writer: Writer, field: number, value: number | bigint): void {
  writer.uint32(tag(field, 0));
  if (typeof value === "number" && value >= 0) {
    writer.uint64(value);
    return;
  }
  const bits = BigInt.asUintN(64, BigInt(value));
  writer.uint64({ low: Number(bits & 0xffff_ffffn), high: Number(bits >> 32n), unsigned: true });
}

function tag(field: number, wire: number): number {
  return (field << 3) | wire;
}
