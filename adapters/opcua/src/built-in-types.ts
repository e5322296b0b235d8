/** The built-in types of OPC UA that become one metric, and as what. Arrays and structures are made of these. */
import type { Datatype } from "@unshub/sparkplug";

/** A type's name in the standard, OPC 10000-6 table 1. */
export type BuiltInTypeName =
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
  | "ByteString"
  | "XmlElement"
  | "NodeId"
  | "ExpandedNodeId"
  | "StatusCode"
  | "QualifiedName"
  | "LocalizedText";

/** A built-in type and the datatype of the metric it becomes. */
export interface BuiltInType {
  /** 1 to 21; also the numeric node id of the type, and the library's `DataType`. */
  readonly id: number;
  readonly name: BuiltInTypeName;
  readonly datatype: Datatype;
}

const ROWS: readonly BuiltInType[] = [
  { id: 1, name: "Boolean", datatype: "Boolean" },
  { id: 2, name: "SByte", datatype: "Int8" },
  { id: 3, name: "Byte", datatype: "UInt8" },
  { id: 4, name: "Int16", datatype: "Int16" },
  { id: 5, name: "UInt16", datatype: "UInt16" },
  { id: 6, name: "Int32", datatype: "Int32" },
  { id: 7, name: "UInt32", datatype: "UInt32" },
  { id: 8, name: "Int64", datatype: "Int64" },
  { id: 9, name: "UInt64", datatype: "UInt64" },
  { id: 10, name: "Float", datatype: "Float" },
  { id: 11, name: "Double", datatype: "Double" },
  { id: 12, name: "String", datatype: "String" },
  { id: 13, name: "DateTime", datatype: "DateTime" },
  { id: 14, name: "Guid", datatype: "UUID" },
  { id: 15, name: "ByteString", datatype: "Bytes" },
  { id: 16, name: "XmlElement", datatype: "String" },
  { id: 17, name: "NodeId", datatype: "String" },
  { id: 18, name: "ExpandedNodeId", datatype: "String" },
  { id: 19, name: "StatusCode", datatype: "UInt32" },
  { id: 20, name: "QualifiedName", datatype: "String" },
  { id: 21, name: "LocalizedText", datatype: "String" },
];
const BY_ID = new Map(ROWS.map((type) => [type.id, type]));

/** The type with this number; `undefined` for structures and all else that is no single value. */
export function builtInType(id: number): BuiltInType | undefined {
  return BY_ID.get(id);
}

const BY_NAME = new Map<string, BuiltInType>(ROWS.map((type) => [type.name, type]));

/** The type with this name in the standard. */
export function builtInTypeNamed(name: string): BuiltInType | undefined {
  return BY_NAME.get(name);
}
