/**
 * The table of datatypes: the code on the wire, the field of the protobuf `oneof` that carries the value, and the range
 * of integers.
 */
import type {
  ArrayDatatype,
  BasicDatatype,
  Datatype,
  DatatypeName,
  PropertyDatatype,
  ScalarDatatype,
} from "./datatype.ts";

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

export const BASIC_ROWS: readonly DatatypeRow<BasicDatatype>[] = [
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
export const SCALAR_ROWS: readonly DatatypeRow<ScalarDatatype>[] = [
  ...BASIC_ROWS,
  row("UUID", 15, "string"),
  row("Bytes", 17, "bytes"),
  row("File", 18, "bytes"),
];
export const ARRAY_ROWS: readonly DatatypeRow<ArrayDatatype>[] = [
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
export const METRIC_ROWS: readonly DatatypeRow<Datatype>[] = [
  ...SCALAR_ROWS,
  row("DataSet", 16, "dataset"),
  row("Template", 19, "template"),
  ...ARRAY_ROWS,
].toSorted((a, b) => a.code - b.code);
export const PROPERTY_ROWS: readonly DatatypeRow<PropertyDatatype>[] = [
  ...BASIC_ROWS,
  row("PropertySet", 20, "propertyset"),
  row("PropertySetList", 21, "propertysets"),
];

export const ROWS: ReadonlyMap<DatatypeName, DatatypeRow> = new Map(
  [...METRIC_ROWS, ...PROPERTY_ROWS].map((each): [DatatypeName, DatatypeRow] => [each.name, each]),
);
