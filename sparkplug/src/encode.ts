/**
 * From values to bytes, in one pass and one buffer. Presence matters in proto2: `seq` 0, `false` and `""` are written
 * out. Every value is checked against its datatype; what does not fit is never sent.
 */
import { arrayBytes } from "./array.ts";
import {
  basicDatatypeOf,
  datatypeRow,
  isArrayDatatype,
  type BasicDatatype,
  type Datatype,
  type DatatypeRow,
} from "./datatype.ts";
import { writeDataSet } from "./dataset.ts";
import { SparkplugError } from "./errors.ts";
import { writeMetaData } from "./metadata.ts";
import { isArrayValue, isDataSet, isTemplate } from "./metric.ts";
import type {
  MetaData,
  MetricValue,
  PropertyToSend,
  Template,
  TemplateMember,
  TemplateParameter,
} from "./metric.ts";
import { writeProperties } from "./properties.ts";
import { shapeFault } from "./wire-fit.ts";
import { misfit, within } from "./wire-scalar.ts";
import { utf8, WireWriter, writeBasic } from "./wire-writer.ts";

export type { PropertyToSend } from "./metric.ts";

/** A metric to send. */
export interface MetricToSend {
  /** Always in births; left out of data when there is an alias. [tck-id-payloads-alias-data-cmd-requirement] */
  readonly name?: string | undefined;
  readonly alias?: number | bigint | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly timestamp?: number | undefined;
  readonly datatype: Datatype;
  /**
   * Whether the datatype stands in the message, its own and those of template members: always in births.
   * [tck-id-payloads-metric-datatype-req]
   */
  readonly tellDatatype: boolean;
  readonly value: MetricValue;
  readonly isHistorical?: boolean;
  readonly isTransient?: boolean;
  readonly metadata?: MetaData | undefined;
  readonly properties?: readonly PropertyToSend[];
}

/** A message to send. */
export interface PayloadToSend {
  /** Milliseconds since 1970 UTC. */
  readonly timestamp?: number | undefined;
  /** 0 to 255; left out of NDEATH and commands. [tck-id-payloads-ndeath-seq] [tck-id-payloads-ncmd-seq] */
  readonly seq?: number | undefined;
  readonly metrics: readonly MetricToSend[];
  /** For private encodings. */
  readonly uuid?: string | undefined;
  readonly body?: Uint8Array | undefined;
}

/** Used for every message: encoding calls nobody who could encode meanwhile. */
const WRITER = new WireWriter();

/**
 * The bytes of a message: a new array that is the caller's.
 * @example
 * encodePayload({ timestamp: Date.now(), seq: 0, metrics: [{ name: "n", datatype: "Int32", tellDatatype: true, value: 5 }] });
 * @throws {SparkplugError} VALUE_MISFIT with the path of the metric when a value does not fit its datatype.
 */
export function encodePayload(payload: PayloadToSend): Uint8Array {
  const writer = WRITER;
  writer.open();
  try {
    writer.optionalUint64(0x08, payload.timestamp);
    writeMetrics(writer, payload.metrics);
    writer.optionalUint64(0x18, payload.seq);
    writer.optionalText(0x22, payload.uuid);
    if (payload.body !== undefined) writer.bytes(0x2a, payload.body);
    return writer.take();
  } catch (error) {
    throw ours(error);
  }
}

function writeMetrics(writer: WireWriter, metrics: readonly MetricToSend[]): void {
  let index = 0;
  try {
    for (const metric of metrics) {
      const begin = writer.begin(0x12);
      writeMetric(writer, metric, metric.tellDatatype);
      writer.finish(begin);
      index += 1;
    }
  } catch (error) {
    throw told(error, metrics[index], index);
  }
}

/** The error with the place and the name of the metric it is about. */
function told(error: unknown, metric: MetricToSend | undefined, index: number): SparkplugError {
  const cause = ours(error);
  const inner = cause.place.path;
  const path = `metrics[${index}]${inner === undefined ? "" : `.${inner}`}`;
  const label: unknown = metric?.name ?? metric?.alias;
  const name = typeof label === "string" || typeof label === "number" ? ` "${label}"` : "";
  const message = `${path}${name}: ${cause.message}`;
  return new SparkplugError(cause.code, message, { cause, place: { path } });
}

/** Callers without types may hand in anything; what we trip over then is a misfit like any other. */
function ours(cause: unknown): SparkplugError {
  if (cause instanceof SparkplugError) return cause;
  const because = cause instanceof Error ? cause.message : "it cannot be read";
  return new SparkplugError("VALUE_MISFIT", `not what its type says: ${because}`, { cause });
}

function writeMetric(
  writer: WireWriter,
  metric: Omit<MetricToSend, "tellDatatype">,
  tellDatatype: boolean,
): void {
  const { name, alias, timestamp, value, properties } = metric;
  const row = datatypeRow(metric.datatype);
  writer.optionalText(0x0a, name);
  writer.optionalUint64(0x10, alias);
  writer.optionalUint64(0x18, timestamp);
  if (tellDatatype) writer.uint32(0x20, row.code); // [tck-id-payloads-metric-datatype-value-type]
  if (metric.isHistorical === true) writer.bool(0x28, true);
  if (metric.isTransient === true) writer.bool(0x30, true);
  if (value === null) writer.bool(0x38, true);
  if (metric.metadata !== undefined) {
    const begin = writer.begin(0x42);
    writeMetaData(writer, metric.metadata);
    writer.finish(begin);
  }
  if (properties !== undefined && properties.length > 0) {
    const begin = writer.begin(0x4a);
    writeProperties(writer, properties);
    writer.finish(begin);
  }
  if (value !== null) writeValue(writer, row, { value, tellDatatype });
}

/** Callers without types may ask for anything. */
function parameterRow(datatype: BasicDatatype): DatatypeRow {
  const row = datatypeRow(datatype);
  if (basicDatatypeOf(row.code) === undefined) {
    throw misfit(`${datatype} is no type of a parameter`);
  }
  return row;
}

interface ValueToWrite {
  readonly value: Exclude<MetricValue, null>;
  readonly tellDatatype: boolean;
}

function writeValue(
  writer: WireWriter,
  row: DatatypeRow,
  { value, tellDatatype }: ValueToWrite,
): void {
  if (typeof value !== "object" || value instanceof Uint8Array) {
    writeBasic(writer, 10, row, value);
    return;
  }
  const fault = shapeFault(row.name, value);
  if (fault !== undefined) throw misfit(fault);
  if (isArrayValue(value)) {
    if (isArrayDatatype(row.name)) writer.bytes(0x82, arrayBytes(row.name, value, utf8));
  } else if (isDataSet(value)) {
    const begin = writer.begin(0x8a);
    writeDataSet(writer, value);
    writer.finish(begin);
  } else {
    const begin = writer.begin(0x92);
    writeTemplate(writer, value, tellDatatype);
    writer.finish(begin);
  }
}

/** [tck-id-payloads-template-is-definition] [tck-id-payloads-template-definition-ref] */
function writeTemplate(writer: WireWriter, template: Template, tellDatatype: boolean): void {
  const { isDefinition, templateRef, version } = template;
  if (isDefinition === (templateRef !== undefined)) {
    throw misfit("a definition has no template_ref, an instance needs one", "template");
  }
  writer.enter();
  writer.optionalText(0x0a, version);
  writeMembers(writer, template.metrics, tellDatatype);
  writeParameters(writer, template.parameters, tellDatatype);
  writer.optionalText(0x22, templateRef);
  writer.bool(0x28, isDefinition);
  writer.leave();
}

function writeMembers(
  writer: WireWriter,
  members: readonly TemplateMember[],
  tellDatatype: boolean,
): void {
  let index = 0;
  try {
    for (const member of members) {
      const begin = writer.begin(0x12);
      writeMetric(writer, member, tellDatatype);
      writer.finish(begin);
      index += 1;
    }
  } catch (error) {
    throw within(`template.metrics[${index}]`, error);
  }
}

/**
 * [tck-id-payloads-template-parameter-name-type] [tck-id-payloads-template-parameter-value-type]
 * [tck-id-payloads-template-parameter-type-value] [tck-id-payloads-template-parameter-type-req]
 * [tck-id-payloads-template-parameter-value]
 */
function writeParameters(
  writer: WireWriter,
  parameters: readonly TemplateParameter[],
  tellDatatype: boolean,
): void {
  let index = 0;
  try {
    for (const { name, datatype, value } of parameters) {
      const begin = writer.begin(0x1a);
      writer.text(0x0a, name);
      const row = parameterRow(datatype);
      if (tellDatatype) writer.uint32(0x10, row.code);
      writeBasic(writer, 3, row, value);
      writer.finish(begin);
      index += 1;
    }
  } catch (error) {
    throw within(`template.parameters[${index}]`, error);
  }
}

/**
 * Why `value` cannot be sent as `datatype`, as a sentence; `undefined` when it can. `null` always can.
 */
export function valueFault(datatype: Datatype, value: MetricValue): string | undefined {
  try {
    const fault = shapeFault(datatype, value);
    if (fault !== undefined || !(isDataSet(value) || isTemplate(value))) return fault;
    encodePayload({ metrics: [{ datatype, value, tellDatatype: true }] });
    return undefined;
  } catch (error) {
    return ours(error).message;
  }
}
