/**
 * The registers of the PLC of this bench. They come in stretches of 51: two hold the time of the answer, the others the
 * number of the reading plus their address. So whoever sees a value knows when it was read, whether readings are missing,
 * and whether it is the value of this register at all.
 */

/** Registers of one stretch, and the tags in it. */
export const STRETCH_REGISTERS = 51;
export const STRETCH_TAGS = 50;
/** Registers of the time at the beginning of a stretch. */
export const TIME_REGISTERS = 2;
/** From here on registers keep what is written to them. */
export const FIRST_WRITABLE = 60_000;

/** Microseconds of the clock that all processes of a machine share, in the 32 bits of two registers. */
export function clockMicroseconds(): number {
  return Number((process.hrtime.bigint() / 1000n) & 0xffff_ffffn);
}

/** From one such time to a later one. */
export function microsecondsBetween(earlier: number, later: number): number {
  return (later - earlier) >>> 0;
}

/** What register `address` says in reading number `reading`. */
export function wordOf(address: number, reading: number, clock: number): number {
  const place = address % STRETCH_REGISTERS;
  if (place === 0) return clock >>> 16;
  if (place === 1) return clock & 0xffff;
  return (reading + address) & 0xffff;
}
