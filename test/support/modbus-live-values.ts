/**
 * Values that say whose they are and when they were read: a `uint32` at an even address below 256 holds its unit, its
 * table, its address and a stamp. A value that came to the wrong tag, or at the wrong time, is seen by itself.
 */

/** What a value says of itself. */
export interface LiveValue {
  /** 0 to 15. */
  readonly unit: number;
  readonly table: "hr" | "ir";
  /** Even, 0 to 254. */
  readonly address: number;
  /** When it was read, 0 to 1 048 575, in units of whoever made it. */
  readonly stamp: number;
}

const STAMPS = 1 << 20;

/** The value as a number. */
export function liveNumber({ unit, table, address, stamp }: LiveValue): number {
  const cell = (unit << 8) | (table === "ir" ? 128 : 0) | (address >> 1);
  return cell * STAMPS + (stamp % STAMPS);
}

/** The register at any address: the upper or the lower half of the value that it is part of. */
export function liveWord(value: LiveValue): number {
  const number = liveNumber({ ...value, address: value.address & 0xfe });
  return value.address % 2 === 0 ? Math.floor(number / 65_536) : number % 65_536;
}

export function liveValueOf(number: number): LiveValue {
  const cell = Math.floor(number / STAMPS);
  const table = (cell & 128) === 0 ? "hr" : "ir";
  return { unit: cell >> 8, table, address: (cell & 127) << 1, stamp: number % STAMPS };
}

/** `"2 hr:10"`. */
export function placeOf({ unit, table, address }: LiveValue): string {
  return `${unit} ${table}:${address}`;
}

/** The PDU of an answer to a read of registers; each is what `word` says. */
export function wordsPdu(
  pdu: Uint8Array,
  word: (table: "hr" | "ir", address: number) => number,
): Uint8Array {
  const functionCode = pdu[0] ?? 0;
  const table = functionCode === 4 ? "ir" : "hr";
  const start = ((pdu[1] ?? 0) << 8) | (pdu[2] ?? 0);
  const count = ((pdu[3] ?? 0) << 8) | (pdu[4] ?? 0);
  const reply = new Uint8Array(2 + 2 * count);
  reply.set([functionCode, 2 * count]);
  for (let index = 0; index < count; index += 1) {
    const value = word(table, start + index);
    reply[2 + 2 * index] = value >> 8;
    reply[3 + 2 * index] = value & 0xff;
  }
  return reply;
}
