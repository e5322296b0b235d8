/** The types a value can have inside a device, one row each. Adding a type begins here. */
import type { Datatype } from "@unshub/sparkplug";

/** All types, by the names used in the configuration. */
export const RAW_TYPE_NAMES = [
  "bool",
  "int8h",
  "int8l",
  "uint8h",
  "uint8l",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "float16",
  "float32",
  "float64",
  "bcd16",
  "bcd32",
  "bcd64",
  "sign_magnitude16",
  "sign_magnitude32",
  "mod10k",
  "bitfield",
  "time32",
  "dt_iec870",
  "date_fields",
  "string",
  "bytes",
  "struct",
] as const;

/** The name of a type. */
export type RawTypeName = (typeof RAW_TYPE_NAMES)[number];

/**
 * What is done with a type: integers and floats are scaled and have a range, a `moment` becomes a DateTime, the
 * others are taken as they are.
 */
type RawKind = "bool" | "integer" | "float" | "moment" | "string" | "bytes" | "struct";

/** One type. */
export interface RawType {
  readonly kind: RawKind;
  /** 16-bit words that are read; 0 when the address or the fields of the tag say how many. */
  readonly registers: 0 | 1 | 2 | 4;
  /** What becomes of it in Sparkplug when it is not scaled. */
  readonly datatype: Datatype;
  /** Lengths that the address may ask for, where the type has no length of its own. */
  readonly lengths?: readonly number[];
}

const RAW_TYPES: Readonly<Record<RawTypeName, RawType>> = {
  bool: { kind: "bool", registers: 1, datatype: "Boolean" },
  int8h: { kind: "integer", registers: 1, datatype: "Int8" },
  int8l: { kind: "integer", registers: 1, datatype: "Int8" },
  uint8h: { kind: "integer", registers: 1, datatype: "UInt8" },
  uint8l: { kind: "integer", registers: 1, datatype: "UInt8" },
  int16: { kind: "integer", registers: 1, datatype: "Int16" },
  uint16: { kind: "integer", registers: 1, datatype: "UInt16" },
  int32: { kind: "integer", registers: 2, datatype: "Int32" },
  uint32: { kind: "integer", registers: 2, datatype: "UInt32" },
  int64: { kind: "integer", registers: 4, datatype: "Int64" },
  uint64: { kind: "integer", registers: 4, datatype: "UInt64" },
  float16: { kind: "float", registers: 1, datatype: "Float" },
  float32: { kind: "float", registers: 2, datatype: "Float" },
  float64: { kind: "float", registers: 4, datatype: "Double" },
  bcd16: { kind: "integer", registers: 1, datatype: "UInt16" },
  bcd32: { kind: "integer", registers: 2, datatype: "UInt32" },
  bcd64: { kind: "integer", registers: 4, datatype: "UInt64" },
  sign_magnitude16: { kind: "integer", registers: 1, datatype: "Int16" },
  sign_magnitude32: { kind: "integer", registers: 2, datatype: "Int32" },
  mod10k: { kind: "integer", registers: 0, datatype: "UInt64", lengths: [2, 3, 4] },
  bitfield: { kind: "integer", registers: 0, datatype: "UInt64", lengths: [1, 2, 4] },
  time32: { kind: "moment", registers: 2, datatype: "DateTime" },
  dt_iec870: { kind: "moment", registers: 4, datatype: "DateTime" },
  date_fields: { kind: "moment", registers: 0, datatype: "DateTime" },
  string: { kind: "string", registers: 0, datatype: "String" },
  bytes: { kind: "bytes", registers: 0, datatype: "Bytes" },
  struct: { kind: "struct", registers: 0, datatype: "Template" },
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

/** Whether `length` registers of this type are several values side by side: an array. */
export function isArrayLength(name: RawTypeName, length: number): boolean {
  const { registers } = rawType(name);
  return isNumeric(name) && registers > 0 && length > registers;
}

/** What becomes of a number of `length` registers: a bit field of one register is a UInt16. */
export function datatypeOfType(name: RawTypeName, length: number): Datatype {
  if (name === "bitfield" && length === 1) return "UInt16";
  if ((name === "bitfield" || name === "mod10k") && length === 2) return "UInt32";
  return rawType(name).datatype;
}
