/** One metric into a message, and the metrics inside of it. Every value is checked against its datatype. */
import { arrayBytes } from "./array.ts";
import {
  basicDatatypeOf,
  datatypeRow,
  isArrayDatatype,
  type BasicDatatype,
  type DatatypeRow,
} from "./datatype.ts";
import { writeDataSet } from "./dataset.ts";
import { writeMetaData } from "./metadata.ts";
import { isArrayValue, isDataSet } from "./metric.ts";
import type { MetricValue, Template, TemplateMember, TemplateParameter } from "./metric.ts";
import { writeProperties } from "./properties.ts";
import { writeBasic } from "./wire-basic.ts";
import { shapeFault } from "./wire-fit.ts";
import { misfit, within } from "./wire-misfit.ts";
import type { WireWriter } from "./wire-writer.ts";

/** @throws {SparkplugError} VALUE_MISFIT with the path inside the metric. */
export function writeMetric(
  writer: WireWriter,
  metric: TemplateMember,
  tellDatatype: boolean,
): void {
  const { name, alias, timestamp, value, properties } = metric;
  const row = datatypeRow(metric.datatype);
  writer.optionalText(0x0a, name);
  writer.optionalUint64(0x10, alias);
  writer.optionalUint64(0x18, timestamp);
  if (tellDatatype) writer.uint32(0x20, row.code);
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
    if (isArrayDatatype(row.name)) writer.bytes(0x82, arrayBytes(row.name, value));
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
 * Each with its name, and with its type in births.
 * [tck-id-payloads-template-parameter-name-type] [tck-id-payloads-template-parameter-type-req]
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
