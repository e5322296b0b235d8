/**
 * Whether what a payload says of its values holds: each value fits its datatype where that is told, tables have as many
 * cells as columns, templates say what they are. Without this a misfit shows when its value is read (`metricValue`),
 * which suits who takes each metric on its own: one bad table need not hide a whole birth.
 */
import { readArray } from "./array.ts";
import { dataSetValue } from "./dataset.ts";
import { basicRow, isArrayDatatype, metricRow, propertyRow, type DatatypeRow } from "./datatype.ts";
import { SparkplugError } from "./errors.ts";
import type { Metric, Payload, Properties, Property, WireParameter } from "./payload.ts";
import type { WireTemplate, WireValue } from "./payload.ts";
import { misfit, within } from "./wire-misfit.ts";
import { offsetOf } from "./wire-offset.ts";
import { throughRow, wrongField } from "./wire-scalar.ts";

/**
 * @param bytes those from which `payload` was decoded. `prefix`: the path to them.
 * @throws {SparkplugError} VALUE_MISFIT, PAYLOAD_TOO_LARGE with the byte and the path of the first misfit.
 */
export function checkPayload({ metrics }: Payload, bytes: Uint8Array, prefix: string): void {
  let index = 0;
  try {
    for (const metric of metrics) {
      checkMetric(metric);
      index += 1;
    }
  } catch (error) {
    throw placed(within(`metrics[${index}]`, error), bytes, prefix);
  }
}

function placed(error: unknown, bytes: Uint8Array, prefix: string): unknown {
  if (!(error instanceof SparkplugError)) return error;
  const inner = error.place.path ?? "";
  const offset = offsetOf(bytes, inner);
  const path = prefix === "" ? inner : `${prefix}.${inner}`;
  const message = `${error.message} (byte ${offset}, ${path})`;
  return new SparkplugError(error.code, message, { cause: error, place: { offset, path } });
}

/** [tck-id-payloads-metric-datatype-value-type] [tck-id-payloads-metric-datatype-value] */
function checkMetric({ datatype: code, properties, isNull, value }: Metric): void {
  if (properties.size > 0) checkProperties(properties);
  if (value?.field === "extension") return;
  const row = code === undefined ? undefined : metricRow(code);
  if (code !== undefined && row === undefined) throw misfit(`${code} is no datatype of a metric`);
  if (value === undefined || isNull) return;
  if (row !== undefined) checkField(value, row);
  if (value.field === "dataset") dataSetValue(value.raw);
  else if (value.field === "template") checkTemplate(value.raw);
}

function checkField(value: WireValue, row: DatatypeRow): void {
  if (value.field === "int" || value.field === "long") throughRow(value, row);
  else if (value.field !== row.field) throw wrongField(value.field, row);
  else if (value.field === "bytes" && isArrayDatatype(row.name)) readArray(row.name, value.raw);
}

/**
 * [tck-id-payloads-template-is-definition] [tck-id-payloads-template-definition-ref]
 * [tck-id-payloads-template-instance-ref]
 */
function checkTemplate({ isDefinition, templateRef, metrics, parameters }: WireTemplate): void {
  if (isDefinition === undefined) throw misfit("is_definition is left out", "template");
  if (isDefinition === (templateRef !== undefined)) {
    throw misfit("a definition has no template_ref, an instance needs one", "template");
  }
  checkEach("template.metrics", metrics, checkMetric);
  checkEach("template.parameters", parameters, checkParameter);
}

function checkEach<Part>(path: string, parts: readonly Part[], check: (part: Part) => void): void {
  let index = 0;
  try {
    for (const part of parts) {
      check(part);
      index += 1;
    }
  } catch (error) {
    throw within(`${path}[${index}]`, error);
  }
}

/**
 * [tck-id-payloads-template-parameter-name-required] [tck-id-payloads-template-parameter-value-type]
 * [tck-id-payloads-template-parameter-type-value] [tck-id-payloads-template-parameter-value]
 */
function checkParameter({ name, type, value }: WireParameter): void {
  if (name === undefined) throw misfit("a parameter without a name");
  if (type === undefined || value?.field === "extension") return;
  const row = basicRow(type);
  if (row === undefined) throw misfit(`${type} is no datatype of a parameter`);
  if (value !== undefined) throughRow(value, row);
}

function checkProperties(properties: Properties): void {
  for (const [key, property] of properties) {
    try {
      checkProperty(property);
    } catch (error) {
      throw within(`properties[${JSON.stringify(key)}]`, error);
    }
  }
}

/** [tck-id-payloads-metric-propertyvalue-type-type] [tck-id-payloads-metric-propertyvalue-type-value] */
function checkProperty({ type, isNull, value }: Property): void {
  if (value?.field === "propertyset") checkProperties(value.raw);
  if (value?.field === "propertysets") value.raw.forEach(checkProperties);
  if (type === undefined || value?.field === "extension") return;
  const row = propertyRow(type);
  if (row === undefined) throw misfit(`${type} is no datatype of a property`);
  if (value !== undefined && !isNull) checkPropertyValue(value, row);
}

function checkPropertyValue(value: WireValue, row: DatatypeRow): void {
  const isSet = row.field === "propertyset" || row.field === "propertysets";
  if (!isSet) throughRow(value, row);
  else if (value.field !== row.field) throw wrongField(value.field, row);
}
