/**
 * The datatypes of Sparkplug 3.0, 1 to 34, and where each may stand.
 * One table gives the code on the wire, the field of the protobuf `oneof` that carries the value, and the range of
 * integers. What values look like is in `metric.ts`, how they are read and written in `wire-value.ts`.
 */
import { SparkplugError } from "./errors.ts";

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

/** Which protobuf field of a metric, property, cell or parameter carries the value. */
type ValueField =
  | "int"
  | "long"
  | "float"
  | "double"
  | "boolean"
  | "string"
  | "bytes"
  | "dataset"
  | "template"
  | "propertyset"
  | "propertysets";

/** One line of the table. */
export interface DatatypeRow<Name extends DatatypeName = DatatypeName> {
  readonly name: Name;
  readonly code: number;
  readonly field: ValueField;
  /** Only for integers: smallest and largest value, both inclusive. */
  readonly range: readonly [min: bigint, max: bigint] | undefined;
  /** Only for integers of up to 32 bits: their width and the range as numbers; else 0. */
  readonly bits: number;
  readonly min: number;
  readonly max: number;
}

const row = <Name extends DatatypeName>(
  name: Name,
  code: number,
  field: ValueField,
): DatatypeRow<Name> => ({ name, code, field, range: undefined, bits: 0, min: 0, max: 0 });

const signed = (bits: bigint): readonly [bigint, bigint] => [
  -(1n << (bits - 1n)),
  (1n << (bits - 1n)) - 1n,
];
const unsigned = (bits: bigint): readonly [bigint, bigint] => [0n, (1n << bits) - 1n];

const short = <Name extends DatatypeName>(
  name: Name,
  code: number,
  bits: number,
  rangeOf: typeof signed,
): DatatypeRow<Name> => {
  const range = rangeOf(BigInt(bits));
  return { name, code, field: "int", range, bits, min: Number(range[0]), max: Number(range[1]) };
};

const long = <Name extends DatatypeName>(
  name: Name,
  code: number,
  rangeOf: typeof signed,
): DatatypeRow<Name> => ({ ...row(name, code, "long"), range: rangeOf(64n) });

const BASIC_ROWS: readonly DatatypeRow<BasicDatatype>[] = [
  short("Int8", 1, 8, signed),
  short("Int16", 2, 16, signed),
  short("Int32", 3, 32, signed),
  long("Int64", 4, signed),
  short("UInt8", 5, 8, unsigned),
  short("UInt16", 6, 16, unsigned),
  short("UInt32", 7, 32, unsigned),
  long("UInt64", 8, unsigned),
  row("Float", 9, "float"),
  row("Double", 10, "double"),
  row("Boolean", 11, "boolean"),
  row("String", 12, "string"),
  long("DateTime", 13, unsigned),
  row("Text", 14, "string"),
];
const SCALAR_ROWS: readonly DatatypeRow<ScalarDatatype>[] = [
  ...BASIC_ROWS,
  row("UUID", 15, "string"),
  row("Bytes", 17, "bytes"),
  row("File", 18, "bytes"),
];
const ARRAY_ROWS: readonly DatatypeRow<ArrayDatatype>[] = [
  row("Int8Array", 22, "bytes"),
  row("Int16Array", 23, "bytes"),
  row("Int32Array", 24, "bytes"),
  row("Int64Array", 25, "bytes"),
  row("UInt8Array", 26, "bytes"),
  row("UInt16Array", 27, "bytes"),
  row("UInt32Array", 28, "bytes"),
  row("UInt64Array", 29, "bytes"),
  row("FloatArray", 30, "bytes"),
  row("DoubleArray", 31, "bytes"),
  row("BooleanArray", 32, "bytes"),
  row("StringArray", 33, "bytes"),
  row("DateTimeArray", 34, "bytes"),
];
const METRIC_ROWS: readonly DatatypeRow<Datatype>[] = [
  ...SCALAR_ROWS,
  row("DataSet", 16, "dataset"),
  row("Template", 19, "template"),
  ...ARRAY_ROWS,
].toSorted((a, b) => a.code - b.code);
const PROPERTY_ROWS: readonly DatatypeRow<PropertyDatatype>[] = [
  ...BASIC_ROWS,
  row("PropertySet", 20, "propertyset"),
  row("PropertySetList", 21, "propertysets"),
];

const ROWS: ReadonlyMap<DatatypeName, DatatypeRow> = new Map(
  [...METRIC_ROWS, ...PROPERTY_ROWS].map((each): [DatatypeName, DatatypeRow] => [each.name, each]),
);

/** By code; holes where no such datatype may stand. */
function byCode<Name extends DatatypeName>(
  rows: readonly DatatypeRow<Name>[],
): readonly (Name | undefined)[] {
  const names = Array.from<Name | undefined>({ length: 35 });
  for (const { code, name } of rows) names[code] = name;
  return names;
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
  return METRIC_CODES[code];
}

/** The property datatype with this code. [tck-id-payloads-metric-propertyvalue-type-value] */
export function propertyDatatypeOf(code: number): PropertyDatatype | undefined {
  return PROPERTY_CODES[code];
}

/** The datatype of a DataSet column or template parameter with this code. [tck-id-payloads-dataset-types-value] */
export function basicDatatypeOf(code: number): BasicDatatype | undefined {
  return BASIC_CODES[code];
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
