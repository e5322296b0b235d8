/** A tag: one metric and where its value lives, with everything decided that the configuration leaves open. */
import { integerRange, type Datatype } from "@unshub/sparkplug";
import { isBitTable, type Table } from "./address.ts";
import type { ByteOrder } from "./byte-order.ts";
import { rawType, type RawTypeName } from "./raw-type.ts";

/** `w` is written and never read. */
export type Access = "r" | "rw" | "w";
/** Smallest and largest value, both inclusive, after scaling. */
export type Range = readonly [min: number, max: number];

/** One metric of a device. */
export interface Tag {
  /** The metric's name, e.g. `"Hydraulics/Pressure"`. */
  readonly name: string;
  readonly table: Table;
  /** Zero-based, as in the PDU. */
  readonly start: number;
  /** How many registers, or bits in `co` and `di`. */
  readonly length: number;
  /** Bit of the register, 0 is the lowest; only for bools in `hr` and `ir`. */
  readonly bit?: number;
  readonly type: RawTypeName;
  readonly byteOrder: ByteOrder;
  /** value = raw × scale + offset. */
  readonly scale: number;
  readonly offset: number;
  readonly datatype: Datatype;
  readonly access: Access;
  /** Access allows it and the device is not read-only. */
  readonly writable: boolean;
  readonly validRange?: Range;
  readonly writeRange?: Range;
  readonly unit?: string;
  readonly description?: string;
}

/** How many registers or bits a value takes; `count` is the length in the address of a string. */
export function lengthOf(table: Table, type: RawTypeName, count: number | undefined): number {
  return isBitTable(table) ? 1 : (count ?? rawType(type).registers);
}

/** The size of a number in bytes. */
export function numberBytes(type: RawTypeName): 2 | 4 | 8 {
  const { registers } = rawType(type);
  if (registers === 4) return 8;
  return registers === 2 ? 4 : 2;
}

/** Double when scaled by anything but whole numbers, else what the type itself becomes. */
export function datatypeOfTag(type: RawTypeName, scale: number, offset: number): Datatype {
  const whole = Number.isInteger(scale) && Number.isInteger(offset);
  return whole ? rawType(type).datatype : "Double";
}

/** Smallest and largest raw value; `undefined` for what is no integer. */
export function rawRange(type: RawTypeName): readonly [min: bigint, max: bigint] | undefined {
  return integerRange(rawType(type).datatype);
}
