/** Floating-point numbers and times from their bytes, for the loops that run for every metric. */

/** In which floating-point numbers are put together from their bytes; half as long as with a DataView. */
const FLOATS: Float32Array = new Float32Array(1);
const FLOAT_BITS: Uint32Array = new Uint32Array(FLOATS.buffer);
const DOUBLES: Float64Array = new Float64Array([1]);
const DOUBLE_BITS: Uint32Array = new Uint32Array(DOUBLES.buffer);
/** Which half of a double comes first on this machine. */
const LOW: number = DOUBLE_BITS[0] === 0 ? 0 : 1;
const HIGH: number = 1 - LOW;

/** The float in the four bytes at `at`, little-endian. */
export function floatAt(bytes: Uint8Array, at: number): number {
  FLOAT_BITS[0] = word(bytes, at);
  return FLOATS[0] ?? 0;
}

/** The double in the eight bytes at `at`, little-endian. */
export function doubleAt(bytes: Uint8Array, at: number): number {
  DOUBLE_BITS[LOW] = word(bytes, at);
  DOUBLE_BITS[HIGH] = word(bytes, at + 4);
  return DOUBLES[0] ?? 0;
}

/** Bytes of a field with a time of six bytes, key and all. */
export const RECENT_TIME_FIELD = 7;

/** The milliseconds in the varint at `at` when it has six bytes, as every time from 2004 to 2109 has; else −1. */
export function recentTime(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const second = bytes[at + 1] ?? 0;
  const third = bytes[at + 2] ?? 0;
  const fourth = bytes[at + 3] ?? 0;
  const fifth = bytes[at + 4] ?? 0;
  const sixth = bytes[at + 5] ?? 0x80;
  if ((first & second & third & fourth & fifth) < 0x80 || sixth > 0x7f) return -1;
  const low = (first & 0x7f) | ((second & 0x7f) << 7) | ((third & 0x7f) << 14);
  const high = (fifth & 0x7f) | (sixth << 7);
  return high * 0x1000_0000 + (low | ((fourth & 0x7f) << 21));
}

/** Four bytes, little-endian. */
function word(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  return low | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}
