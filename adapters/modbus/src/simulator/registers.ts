/** What a server needs of a device: its registers, however they come to their values. */
import type { Table } from "../address.ts";

/** The memory of one unit. */
export interface Registers {
  /**
   * Copies registers (two bytes each, high byte first) or bits (packed, the first in the lowest bit) to the beginning of
   * `out`; false when not all of them exist.
   */
  read(table: Table, start: number, count: number, out: Uint8Array): boolean;
  /** Writes registers (two bytes each) or bits (a byte each): all of them, or none and the exception to answer. */
  write(table: "co" | "hr", start: number, bytes: Uint8Array): number | undefined;
}

/** Why a request is refused: exceptions of the standard. */
export const ILLEGAL_ADDRESS = 2;
/** A value that the device does not take. */
export const ILLEGAL_VALUE = 3;
