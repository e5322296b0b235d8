/** Whether a value can be sent as a datatype. protobuf itself would let 300 pass as UInt8 and 1.5 as Int32. */
import { datatypeOf, datatypeRow, isArrayDatatype } from "./datatype.ts";
import type { ArrayDatatype, DatatypeName, DatatypeRow } from "./datatype.ts";
import { isArrayValue, isDataSet, isTemplate, type MetricValue } from "./metric.ts";

/** Whether a scalar fits, without saying why not; the fast way for every value that is sent. */
export function fitsScalar(row: DatatypeRow, value: MetricValue): boolean {
  const { field } = row;
  if (typeof value === "number") return fitsNumber(row, value);
  if (typeof value === "bigint") return inRange(row, value);
  if (typeof value === "boolean") return field === "boolean";
  if (typeof value === "string") return field === "string" && value.isWellFormed();
  return field === "bytes" && value instanceof Uint8Array && !isArrayDatatype(row.name);
}

function fitsNumber(row: DatatypeRow, value: number): boolean {
  const { field } = row;
  if (field === "double") return true;
  if (field === "float") return fitsFloat(value);
  if (field === "int") return value >= row.min && value <= row.max && Number.isInteger(value);
  return field === "long" && Number.isInteger(value) && inRange(row, value);
}

function inRange({ range }: DatatypeRow, value: number | bigint): boolean {
  return range !== undefined && value >= range[0] && value <= range[1];
}

/** 1e300 would become Infinity without a word. */
function fitsFloat(value: number): boolean {
  return Number.isFinite(Math.fround(value)) || !Number.isFinite(value);
}

/**
 * Why `value` cannot be sent as `datatype`, as a sentence; `undefined` when it can. Of DataSets and Templates only
 * whether it is one; what is inside is checked as it is written.
 */
export function shapeFault(datatype: DatatypeName, value: MetricValue): string | undefined {
  if (value === null) return undefined;
  const row = datatypeRow(datatype);
  if (datatypeOf(row.code) === undefined) return `${datatype} is no datatype of a metric`;
  if (isArrayDatatype(datatype)) return arrayFault(datatype, value);
  if (datatype === "DataSet") return isDataSet(value) ? undefined : misses(row, value);
  if (datatype === "Template") return isTemplate(value) ? undefined : misses(row, value);
  return fitsScalar(row, value) ? undefined : misses(row, value);
}

function arrayFault(datatype: ArrayDatatype, value: MetricValue): string | undefined {
  if (!isArrayValue(value)) return `${datatype} takes a list, not ${shown(value)}`;
  const element = datatypeRow(ELEMENT_TYPES[datatype]);
  for (let index = 0; index < value.length; index += 1) {
    const fault = elementFault(element, value[index]);
    if (fault !== undefined) return `${datatype}[${index}]: ${fault}`;
  }
  return undefined;
}

/** A text with a zero byte would fall apart into two. */
function elementFault(
  row: DatatypeRow,
  value: number | bigint | boolean | string | undefined,
): string | undefined {
  if (value === undefined || !fitsScalar(row, value)) return misses(row, value ?? null);
  const isText = typeof value === "string";
  return isText && value.includes("\0") ? "a text with a zero byte" : undefined;
}

const ELEMENT_TYPES: Readonly<Record<ArrayDatatype, DatatypeName>> = {
  Int8Array: "Int8",
  Int16Array: "Int16",
  Int32Array: "Int32",
  Int64Array: "Int64",
  UInt8Array: "UInt8",
  UInt16Array: "UInt16",
  UInt32Array: "UInt32",
  UInt64Array: "UInt64",
  FloatArray: "Float",
  DoubleArray: "Double",
  BooleanArray: "Boolean",
  StringArray: "String",
  DateTimeArray: "DateTime",
};

/** What a field takes, in words. */
const WANTED: Readonly<Record<DatatypeRow["field"], string>> = {
  int: "a whole number",
  long: "a whole number",
  float: "a number of 32 bits",
  double: "a number",
  boolean: "a truth value",
  string: "a text of whole characters",
  bytes: "bytes",
  dataset: "a DataSet",
  template: "a Template",
  propertyset: "a PropertySet",
  propertysets: "a PropertySetList",
};

function misses(row: DatatypeRow, value: MetricValue): string {
  const { name, range } = row;
  const whole = typeof value === "bigint" || Number.isInteger(value);
  if (range !== undefined && whole) {
    return `${shown(value)} is outside ${name} (${range[0]} to ${range[1]})`;
  }
  return `${name} takes ${WANTED[row.field]}, not ${shown(value)}`;
}

function shown(value: MetricValue): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (isArrayValue(value)) return `a list of ${value.length}`;
  if (isDataSet(value)) return "a DataSet";
  if (isTemplate(value)) return "a Template";
  return String(value);
}
