/** What Sparkplug's datatypes are in OPC UA. Each metric has one type for life, as its birth says. */
import { isArrayDatatype, type Datatype } from "@unshub/sparkplug";

/** Built-in types of OPC UA, by the names that the library has for them. */
export type BuiltInName =
  | "Boolean"
  | "SByte"
  | "Byte"
  | "Int16"
  | "UInt16"
  | "Int32"
  | "UInt32"
  | "Int64"
  | "UInt64"
  | "Float"
  | "Double"
  | "String"
  | "DateTime"
  | "Guid"
  | "ByteString";

const SCALARS = {
  Int8: "SByte",
  Int16: "Int16",
  Int32: "Int32",
  Int64: "Int64",
  UInt8: "Byte",
  UInt16: "UInt16",
  UInt32: "UInt32",
  UInt64: "UInt64",
  Float: "Float",
  Double: "Double",
  Boolean: "Boolean",
  String: "String",
  DateTime: "DateTime",
  Text: "String",
  UUID: "Guid",
  Bytes: "ByteString",
  File: "ByteString",
  /** Tables and structures go as JSON: every SCADA can read a text. */
  DataSet: "String",
  Template: "String",
} as const satisfies Partial<Record<Datatype, BuiltInName>>;

const BY_NAME = new Map<string, BuiltInName>(Object.entries(SCALARS));

/** The type of one element, and whether there are many. */
export interface UaType {
  readonly name: BuiltInName;
  readonly isArray: boolean;
}

export function uaTypeOf(datatype: Datatype): UaType {
  const isArray = isArrayDatatype(datatype);
  const one = isArray ? datatype.slice(0, -"Array".length) : datatype;
  return { name: BY_NAME.get(one) ?? "String", isArray };
}

const NOT_NUMBERS: ReadonlySet<BuiltInName> = new Set<BuiltInName>([
  "Boolean",
  "String",
  "DateTime",
  "Guid",
  "ByteString",
]);

/** Whether a value of the metric is one number: those may have a unit, a range and a deadband. */
export function isNumber(datatype: Datatype | undefined): boolean {
  if (datatype === undefined) return false;
  const { name, isArray } = uaTypeOf(datatype);
  return !isArray && !NOT_NUMBERS.has(name);
}

/** Whether a client may write it: what `command` can carry out. */
export function isWritableType(datatype: Datatype | undefined): boolean {
  if (datatype === undefined || datatype === "DataSet" || datatype === "Template") return false;
  const { name, isArray } = uaTypeOf(datatype);
  return !isArray && name !== "ByteString";
}
