/**
 * Rows of the history in columns: two times, a value, what it is worth. Numbers and truth values stand in a column; all
 * else, and whatever needs a reason, in records beside it (`side-record.ts`).
 */

/** Rows in the order in which they are meant to be read. */
export interface Columns {
  readonly count: number;
  /** Milliseconds since 1970 UTC by the clock of the source. */
  readonly times: Float64Array;
  /** Milliseconds since 1970 UTC at which the hub received it. */
  readonly received: Float64Array;
  /** The value; of rows with a record, where it begins in `sides`. */
  readonly numbers: Float64Array;
  /** Quality, kind and flags of a row; see below. */
  readonly metas: Uint8Array;
  readonly sides: Uint8Array;
}

/** The first three bits are the quality, by its number in the tree. */
export const QUALITY_BITS = 0b111;
/** The next two say where the value is. */
export const KIND_BITS = 0b11_000;
export const NUMBER = 0b00_000;
export const TRUTH = 0b01_000;
/** There is no value. */
export const NOTHING = 0b10_000;
export const SIDE = 0b11_000;
/** It came later, flagged as a value of the past. */
export const HISTORICAL = 0b100_000;
/** A birth said again what was known, at a time of its own: it ends a gap. */
export const RESTATED = 0b1_000_000;
/** Somebody wrote it into the history. */
export const CORRECTED = 0b10_000_000;

/** Bytes that one row takes in columns, without records. */
const ROW_BYTES = 3 * 8 + 1;

/** Columns for `count` rows in one buffer, so that they can be handed to another thread. */
export function newColumns(count: number, sides: Uint8Array = NO_SIDES): Columns {
  const buffer = new ArrayBuffer(count * ROW_BYTES);
  return {
    count,
    times: new Float64Array(buffer, 0, count),
    received: new Float64Array(buffer, count * 8, count),
    numbers: new Float64Array(buffer, count * 16, count),
    metas: new Uint8Array(buffer, count * 24, count),
    sides,
  };
}

export const NO_SIDES = new Uint8Array(0);
