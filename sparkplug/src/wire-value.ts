/**
 * From what stands on the wire to a value, seen through the datatype that the metric, or its birth, gave it.
 * Scalars are in `wire-scalar.ts`; here are the values that hold others.
 */
import { readArray } from "./array.ts";
import {
  basicDatatypeOf,
  datatypeOf,
  datatypeRow,
  isArrayDatatype,
  type Datatype,
  type DatatypeRow,
} from "./datatype.ts";
import { dataSetValue } from "./dataset.ts";
import { SparkplugError } from "./errors.ts";
import type { MetricValue, Template, TemplateMember, TemplateParameter } from "./metric.ts";
import type { Metric, WireParameter, WireTemplate, WireValue } from "./payload.ts";
import { propertiesToSend } from "./property-value.ts";
import type { TemplateTypes } from "./template.ts";
import { misfit, within } from "./wire-misfit.ts";
import { basicThrough, integerThrough, wrongField } from "./wire-scalar.ts";

/**
 * The value of a metric, seen through `datatype` (its own, or that of its birth). `types`: what the births of the edge
 * node said of templates; needed for templates in data, whose members come without datatype.
 * @throws {SparkplugError} VALUE_MISFIT when field and datatype do not go together, with the byte at which the metric
 * begins and the path of what does not fit.
 */
export function metricValue(
  metric: Metric,
  datatype: Datatype,
  types?: TemplateTypes,
): MetricValue {
  if (metric.isNull || metric.value === undefined) return null;
  return valueAt(metric.value, datatype, { offset: metric.offset, types });
}

/** As `metricValue`, for a value that stands alone. `offset`: where its metric begins. */
export function valueAt(
  value: WireValue,
  datatype: Datatype,
  { offset, types }: { readonly offset: number; readonly types: TemplateTypes | undefined },
): MetricValue {
  try {
    return valueThrough(value, datatypeRow(datatype), types);
  } catch (error) {
    throw placed(error, offset);
  }
}

function placed(error: unknown, offset: number): unknown {
  if (!(error instanceof SparkplugError) || error.place.offset !== undefined) return error;
  const { code, message, place } = error;
  const where = place.path === undefined ? "" : ` (${place.path})`;
  return new SparkplugError(code, message + where, { cause: error, place: { ...place, offset } });
}

function valueThrough(
  value: WireValue,
  row: DatatypeRow,
  types: TemplateTypes | undefined,
): MetricValue {
  const { field } = value;
  if (field === "int" || field === "long") {
    if (row.range === undefined) throw wrongField(field, row);
    return integerThrough(field, value.raw, row);
  }
  if (row.field !== field) throw wrongField(field, row);
  if (field === "bytes") {
    return isArrayDatatype(row.name) ? readArray(row.name, value.raw) : value.raw;
  }
  if (field === "dataset") return dataSetValue(value.raw);
  if (field === "template") return templateValue(value.raw, types);
  if (typeof value.raw === "object") throw wrongField(field, row);
  return value.raw;
}

function templateValue(wire: WireTemplate, types: TemplateTypes | undefined): Template {
  const { version, templateRef, isDefinition } = wire;
  if (isDefinition === undefined) throw misfit("is_definition is left out", "template");
  const metrics = wire.metrics.map((metric, index) => {
    try {
      return memberOf(metric, templateRef, types);
    } catch (error) {
      throw within(`template.metrics[${index}]`, error);
    }
  });
  const parameters = wire.parameters.map((parameter, index) => {
    try {
      return parameterOf(parameter, templateRef, types);
    } catch (error) {
      throw within(`template.parameters[${index}]`, error);
    }
  });
  return {
    isDefinition,
    ...(templateRef !== undefined && { templateRef }),
    ...(version !== undefined && { version }),
    metrics,
    parameters,
  };
}

function memberOf(
  metric: Metric,
  templateRef: string | undefined,
  types: TemplateTypes | undefined,
): TemplateMember {
  const born = types?.member(templateRef, metric);
  const datatype = metric.datatype === undefined ? born?.datatype : datatypeOf(metric.datatype);
  const name = metric.name ?? born?.name;
  if (datatype === undefined) {
    const who = name === undefined ? `alias ${metric.alias}` : `"${name}"`;
    throw misfit(`no birth told the datatype of member ${who}`);
  }
  const isSet = !metric.isNull && metric.value !== undefined;
  const value = isSet ? valueThrough(metric.value, datatypeRow(datatype), types) : null;
  return { ...(name !== undefined && { name }), datatype, value, ...optionalParts(metric) };
}

/** What of a member is only there when it was sent. */
function optionalParts(metric: Metric): Partial<TemplateMember> {
  const { alias, timestamp, metadata, properties, isHistorical, isTransient } = metric;
  return {
    ...(alias !== undefined && { alias }),
    ...(timestamp !== undefined && { timestamp }),
    ...(isHistorical && { isHistorical }),
    ...(isTransient && { isTransient }),
    ...(metadata !== undefined && { metadata }),
    ...(properties.size > 0 && { properties: propertiesToSend(properties) }),
  };
}

function parameterOf(
  { name, type, value }: WireParameter,
  templateRef: string | undefined,
  types: TemplateTypes | undefined,
): TemplateParameter {
  if (name === undefined) throw misfit("a parameter without a name");
  const datatype = type === undefined ? types?.parameter(templateRef, name) : basicDatatypeOf(type);
  if (datatype === undefined) throw misfit(`no birth told the datatype of parameter "${name}"`);
  return { name, datatype, value: basicThrough(value, datatype) };
}
