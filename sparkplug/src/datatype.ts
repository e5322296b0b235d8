/**
 * The datatypes of Sparkplug 3.0, 1 to 34, and where each may stand. Codes, fields and ranges are in
 * `datatype-table.ts`, what values look like in `metric.ts`, how they are read and written in `wire-value.ts`.
 */
import {
  ARRAY_ROWS,
  BASIC_ROWS,
  METRIC_ROWS,
  PROPERTY_ROWS,
  ROWS,
  SCALAR_ROWS,
  type DatatypeRow,
} from "./datatype-table.ts";
import { SparkplugError } from "./errors.ts";

export type { DatatypeRow } from "./datatype-table.ts";

/** Datatypes that a DataSet column and a template parameter may have. [tck-id-payloads-dataset-types-value] */
export type BasicDatatype =
  | "Int8"
  | "Int16"
  | "Int32"
  | "Int64"
  | "UInt8"
  | "UInt16"
  | "UInt32"
  | "UInt64"
  | "Float"
  | "Double"
  | "Boolean"
  | "String"
  | "DateTime"
  | "Text";

/** Datatypes whose value is one number, truth value, text or run of bytes. */
export type ScalarDatatype = BasicDatatype | "UUID" | "Bytes" | "File";

/** Datatypes 22 to 34: many values of one kind, packed into bytes. */
export type ArrayDatatype =
  | "Int8Array"
  | "Int16Array"
  | "Int32Array"
  | "Int64Array"
  | "UInt8Array"
  | "UInt16Array"
  | "UInt32Array"
  | "UInt64Array"
  | "FloatArray"
  | "DoubleArray"
  | "BooleanArray"
  | "StringArray"
  | "DateTimeArray";

/** What a metric may be, by the standard's name: 1 to 19 and 22 to 34. [tck-id-payloads-metric-datatype-value] */
export type Datatype = ScalarDatatype | ArrayDatatype | "DataSet" | "Template";

/** What a property may be: 1 to 14, 20 and 21. [tck-id-payloads-metric-propertyvalue-type-value] */
export type PropertyDatatype = BasicDatatype | "PropertySet" | "PropertySetList";

/** Every name of the standard's table, 1 to 34. */
export type DatatypeName = Datatype | PropertyDatatype;

/** By code; holes where no such datatype may stand. */
function byCode<Name extends DatatypeName>(
  rows: readonly DatatypeRow<Name>[],
): readonly (DatatypeRow<Name> | undefined)[] {
  const found = Array.from<DatatypeRow<Name> | undefined>({ length: 35 });
  for (const row of rows) found[row.code] = row;
  return found;
}
const METRIC_CODES = byCode(METRIC_ROWS);
const PROPERTY_CODES = byCode(PROPERTY_ROWS);
const BASIC_CODES = byCode(BASIC_ROWS);
const ARRAYS: ReadonlySet<string> = new Set(ARRAY_ROWS.map(({ name }) => name));

/** All datatypes of metrics in the order of their codes, for schemas and lists. */
export const DATATYPES: readonly Datatype[] = METRIC_ROWS.map(({ name }) => name);
/** Those with a single value, in the order of their codes. */
export const SCALAR_DATATYPES: readonly ScalarDatatype[] = SCALAR_ROWS.map(({ name }) => name);
/** Those of DataSet columns and template parameters. */
export const BASIC_DATATYPES: readonly BasicDatatype[] = BASIC_ROWS.map(({ name }) => name);

/** The code that stands for `datatype` on the wire, 1 to 34. */
export function datatypeCode(datatype: DatatypeName): number {
  return datatypeRow(datatype).code;
}

/** The metric datatype with this code; `undefined` for 0, 20, 21 and codes that the standard does not have. */
export function datatypeOf(code: number): Datatype | undefined {
  return METRIC_CODES[code]?.name;
}

/** The property datatype with this code. [tck-id-payloads-metric-propertyvalue-type-value] */
export function propertyDatatypeOf(code: number): PropertyDatatype | undefined {
  return PROPERTY_CODES[code]?.name;
}

/** The datatype of a DataSet column or template parameter with this code. [tck-id-payloads-dataset-types-value] */
export function basicDatatypeOf(code: number): BasicDatatype | undefined {
  return BASIC_CODES[code]?.name;
}

/** Whether values of `datatype` are lists. */
export function isArrayDatatype(datatype: DatatypeName): datatype is ArrayDatatype {
  return ARRAYS.has(datatype);
}

/** Smallest and largest value of an integer datatype; `undefined` for all others. */
export function integerRange(
  datatype: DatatypeName,
): readonly [min: bigint, max: bigint] | undefined {
  return datatypeRow(datatype).range;
}

/** The line of the table. @throws {SparkplugError} VALUE_MISFIT when the standard has no such name. */
export function datatypeRow(datatype: DatatypeName): DatatypeRow {
  const found = ROWS.get(datatype);
  if (found === undefined) throw new SparkplugError("VALUE_MISFIT", `no datatype "${datatype}"`);
  return found;
}

/** As `datatypeOf`, `propertyDatatypeOf` and `basicDatatypeOf`, for who needs the whole line. */
export function metricRow(code: number): DatatypeRow<Datatype> | undefined {
  return METRIC_CODES[code];
}

export function propertyRow(code: number): DatatypeRow<PropertyDatatype> | undefined {
  return PROPERTY_CODES[code];
}

export function basicRow(code: number): DatatypeRow<BasicDatatype> | undefined {
  return BASIC_CODES[code];
}
