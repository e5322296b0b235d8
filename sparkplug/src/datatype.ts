/**
 * The datatypes of Sparkplug 3.0 and what fits into each.
 * One table gives the code on the wire, the field of the protobuf `oneof` that carries the value, and the range.
 * Arrays, DataSet and Template have their codes here already; their codecs live in files of their own.
 */

/** Which protobuf field of a metric, property or parameter carries the value. */
export type ValueField = "int" | "long" | "float" | "double" | "boolean" | "string" | "bytes";

interface DatatypeRow {
  readonly code: number;
  readonly field: ValueField;
  /** Only for integers: smallest and largest value, both inclusive. */
  readonly range?: readonly [min: bigint, max: bigint];
}

/** A scalar datatype, by the standard's name. */
export type Datatype =
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
  | "Text"
  | "UUID"
  | "Bytes"
  | "File";

const signed = (bits: bigint): readonly [bigint, bigint] => [
  -(1n << (bits - 1n)),
  (1n << (bits - 1n)) - 1n,
];
const unsigned = (bits: bigint): readonly [bigint, bigint] => [0n, (1n << bits) - 1n];

/** In the order of the codes. [tck-id-payloads-metric-datatype-value] */
const ROWS: ReadonlyMap<Datatype, DatatypeRow> = new Map<Datatype, DatatypeRow>([
  ["Int8", { code: 1, field: "int", range: signed(8n) }],
  ["Int16", { code: 2, field: "int", range: signed(16n) }],
  ["Int32", { code: 3, field: "int", range: signed(32n) }],
  ["Int64", { code: 4, field: "long", range: signed(64n) }],
  ["UInt8", { code: 5, field: "int", range: unsigned(8n) }],
  ["UInt16", { code: 6, field: "int", range: unsigned(16n) }],
  ["UInt32", { code: 7, field: "int", range: unsigned(32n) }],
  ["UInt64", { code: 8, field: "long", range: unsigned(64n) }],
  ["Float", { code: 9, field: "float" }],
  ["Double", { code: 10, field: "double" }],
  ["Boolean", { code: 11, field: "boolean" }],
  ["String", { code: 12, field: "string" }],
  ["DateTime", { code: 13, field: "long", range: unsigned(64n) }],
  ["Text", { code: 14, field: "string" }],
  ["UUID", { code: 15, field: "string" }],
  ["Bytes", { code: 17, field: "bytes" }],
  ["File", { code: 18, field: "bytes" }],
]);
const NAMES_BY_CODE = new Map<number, Datatype>([...ROWS].map(([name, row]) => [row.code, name]));

/** All scalar datatypes in the order of their codes, for schemas and lists. */
export const DATATYPES: readonly Datatype[] = [...ROWS.keys()];

/** The code that stands for `datatype` on the wire, 1 to 18. */
export function datatypeCode(datatype: Datatype): number {
  return rowOf(datatype).code;
}

/** The field that carries values of `datatype`. */
export function valueField(datatype: Datatype): ValueField {
  return rowOf(datatype).field;
}

/** The scalar datatype with this code; `undefined` for arrays, DataSet, Template and unknown codes. */
export function datatypeOf(code: number): Datatype | undefined {
  return NAMES_BY_CODE.get(code);
}

/** Smallest and largest value of an integer datatype; `undefined` for all others. */
export function integerRange(datatype: Datatype): readonly [min: bigint, max: bigint] | undefined {
  return rowOf(datatype).range;
}

function rowOf(datatype: Datatype): DatatypeRow {
  const found = ROWS.get(datatype);
  if (found === undefined) throw new TypeError(`no datatype ${datatype}`);
  return found;
}
