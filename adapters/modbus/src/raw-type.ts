/** The types a value can have inside a device, one row each. Adding a type begins here. */
import type { Datatype } from "@unshub/sparkplug";

/** All types, by the names used in the configuration. */
export const RAW_TYPE_NAMES = [
  "bool",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "float32",
  "float64",
  "string",
] as const;

/** The name of a type. */
export type RawTypeName = (typeof RAW_TYPE_NAMES)[number];

interface RawType {
  readonly kind: "bool" | "integer" | "float" | "string";
  /** 16-bit words; 0 when the address says how many. A bool in a register reads that one register. */
  readonly registers: number;
  /** What becomes of it in Sparkplug when it is not scaled. */
  readonly datatype: Datatype;
}

const RAW_TYPES: Readonly<Record<RawTypeName, RawType>> = {
  bool: { kind: "bool", registers: 1, datatype: "Boolean" },
  int16: { kind: "integer", registers: 1, datatype: "Int16" },
  uint16: { kind: "integer", registers: 1, datatype: "UInt16" },
  int32: { kind: "integer", registers: 2, datatype: "Int32" },
  uint32: { kind: "integer", registers: 2, datatype: "UInt32" },
  int64: { kind: "integer", registers: 4, datatype: "Int64" },
  uint64: { kind: "integer", registers: 4, datatype: "UInt64" },
  float32: { kind: "float", registers: 2, datatype: "Float" },
  float64: { kind: "float", registers: 4, datatype: "Double" },
  string: { kind: "string", registers: 0, datatype: "String" },
};

/** What we know of the type `name`. */
export function rawType(name: RawTypeName): RawType {
  return RAW_TYPES[name];
}

/** Whether values of this type are numbers that can be scaled and have a range. */
export function isNumeric(name: RawTypeName): boolean {
  const { kind } = rawType(name);
  return kind === "integer" || kind === "float";
}
