/** Columns: one typed array for one fact about many rows, made larger as rows come. */

export type Column =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint16Array
  | Uint8Array
  | Uint32Array;

/** Rows for which a column has room at first. */
export const FIRST_ROOM = 1024;

/** From so many on a column grows by a quarter, not by half: what is not used yet would be many bytes. */
const MANY = 262_144;

/** How much room a column gets that has `room` and must hold `size`. */
export function roomFor(size: number, room: number): number {
  return Math.max(size, room + (room < MANY ? room >> 1 : room >> 2));
}

/** Copies a column into a bigger one. */
export function grown<Kind extends Column>(bigger: Kind, column: Kind): Kind {
  bigger.set(column);
  return bigger;
}

/** The bytes of a column from row `from` up to, not including, `to`; a view, valid until somebody writes. */
export function bytesOf(column: Column, from: number, to: number): Uint8Array {
  const part = column.subarray(from, to);
  return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
}
