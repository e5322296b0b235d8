/** Words and bytes of a reply in natural order: how a mask (byte-order.ts) is applied. All are on the hot path. */

/** Bytes of one value in natural order, the highest first. Decoding is synchronous, so that one is enough. */
const natural = new DataView(new ArrayBuffer(8));

/** One register, 0 to 65 535; `mask` 0 or 1. */
export function word(data: Uint8Array, base: number, mask: number): number {
  return ((data[base + mask] ?? 0) << 8) | (data[base + (1 ^ mask)] ?? 0);
}

/** Natural bytes `first` to `first + 3` as a signed number of 32 bits. */
export function long(data: Uint8Array, base: number, mask: number, first: number): number {
  return (
    ((data[base + (first ^ mask)] ?? 0) << 24) |
    ((data[base + ((first + 1) ^ mask)] ?? 0) << 16) |
    ((data[base + ((first + 2) ^ mask)] ?? 0) << 8) |
    (data[base + ((first + 3) ^ mask)] ?? 0)
  );
}

/** Eight bytes as a signed integer. */
export function big(data: Uint8Array, base: number, mask: number): bigint {
  natural.setInt32(0, long(data, base, mask, 0));
  natural.setInt32(4, long(data, base, mask, 4));
  return natural.getBigInt64(0);
}

/** IEEE 754 with 32 bits. */
export function float32(bits: number): number {
  natural.setInt32(0, bits);
  return natural.getFloat32(0);
}

/** IEEE 754 with 64 bits. */
export function float64(high: number, low: number): number {
  natural.setInt32(0, high);
  natural.setInt32(4, low);
  return natural.getFloat64(0);
}

/** IEEE 754 with 16 bits. */
export function float16(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** `bits` (unsigned, natural order) as `bytes` bytes on the wire. */
export function wireBytes(bits: bigint, bytes: number, mask: number): Uint8Array {
  natural.setBigUint64(0, bits << BigInt(64 - 8 * bytes));
  return Uint8Array.from({ length: bytes }, (_, index) => natural.getUint8(index ^ mask));
}

/** The bits of `value` as IEEE 754 with 64 or 32 bits. */
export function floatBits(value: number, bytes: 4 | 8): bigint {
  if (bytes === 8) {
    natural.setFloat64(0, value);
    return natural.getBigUint64(0);
  }
  natural.setFloat32(0, value);
  return BigInt(natural.getUint32(0));
}

/** The bits of the number of 16 bits nearest to `value` (ties to even); `undefined` when it is too large. */
export function float16Bits(value: number): bigint | undefined {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (!(size < 65_520)) return undefined;
  const exponent = size < 2 ** -14 ? -14 : Math.floor(Math.log2(size));
  // Steps of this exponent; rounding up to 2048 is the next exponent and comes out right in the sum.
  const steps = roundToEven(size / 2 ** (exponent - 10));
  const bits = size < 2 ** -14 ? steps : (exponent + 15) * 1024 + (steps - 1024);
  return BigInt(sign | bits);
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
