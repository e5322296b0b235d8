/**
 * Numbers as they stand in registers, by table: a type is a form and two shifts, an order is a mask. `readFast` is for
 * the hot path and gives a double; `readExact` gives what is really there.
 */
import { isBitTable } from "../address.ts";
import { numberBytes, type Tag } from "../tag.ts";
import { BAD_BCD, BAD_MOD10K, type BadValue } from "./bad-value.ts";
import { orderMask } from "./byte-order.ts";
import type { RawTypeName } from "./raw-type.ts";
import { big, float16, float32, float64, long, word } from "./wire-bits.ts";

// How bytes become a number. Plain constants, since the hot path switches on them.
const COIL = 0;
const WORD = 1;
const LONG = 2;
const FLOAT32 = 3;
const FLOAT64 = 4;
const INT64 = 5;
const FLOAT16 = 6;
const BCD = 7;
const SIGN_MAGNITUDE = 8;
const MOD10K = 9;

/** Where and how one number stands. */
export interface RawShape {
  readonly form: number;
  /** Bytes that are read. */
  readonly bytes: 2 | 4 | 8;
  readonly mask: number;
  /** 32 bits are shifted left and then right by these: picks a byte or a bit, and extends the sign. */
  readonly left: number;
  readonly right: number;
  readonly signed: boolean;
  /** Registers of a `mod10k`. */
  readonly registers: number;
}

type Row = Pick<RawShape, "form"> & Partial<RawShape>;

const ROWS: Readonly<Partial<Record<RawTypeName, Row>>> = {
  int8h: { form: WORD, left: 16, right: 24, signed: true },
  int8l: { form: WORD, left: 24, right: 24, signed: true },
  uint8h: { form: WORD, left: 16, right: 24 },
  uint8l: { form: WORD, left: 24, right: 24 },
  int16: { form: WORD, left: 16, right: 16, signed: true },
  uint16: { form: WORD },
  int32: { form: LONG, signed: true },
  uint32: { form: LONG },
  time32: { form: LONG },
  int64: { form: INT64, signed: true },
  uint64: { form: INT64 },
  float16: { form: FLOAT16 },
  float32: { form: FLOAT32 },
  float64: { form: FLOAT64 },
  bcd16: { form: BCD },
  bcd32: { form: BCD },
  bcd64: { form: BCD },
  sign_magnitude16: { form: SIGN_MAGNITUDE },
  sign_magnitude32: { form: SIGN_MAGNITUDE },
  mod10k: { form: MOD10K },
};

const BITFIELD_FORMS = new Map([
  [2, WORD],
  [4, LONG],
  [8, INT64],
]);

/** One object for all tags that are alike: there are few, and the hot path finds them in the cache. */
const shapes = new Map<string, RawShape>();

/** How the numbers of `tag` stand in its registers; `undefined` when it holds no numbers. */
export function rawShapeOf(tag: Tag): RawShape | undefined {
  const bytes = numberBytes(tag.type, tag.length);
  const row = rowOf(tag, bytes);
  if (row === undefined) return undefined;
  const { form, left = 0, right = 0, signed = false } = row;
  const mask = orderMask(tag.byteOrder, bytes);
  const registers = form === MOD10K ? tag.length : bytes / 2;
  const key = [form, bytes, mask, left, right, signed, registers].join();
  const known = shapes.get(key) ?? { form, bytes, mask, left, right, signed, registers };
  shapes.set(key, known);
  return known;
}

function rowOf({ table, type, bit = 0 }: Tag, bytes: number): Row | undefined {
  if (type === "bitfield") return { form: BITFIELD_FORMS.get(bytes) ?? WORD };
  if (type !== "bool") return ROWS[type];
  return isBitTable(table) ? { form: COIL } : { form: WORD, left: 31 - bit, right: 31 };
}

/**
 * The number at byte `base` (bits: at bit `base`) as a double; NaN for digits that are none. Integers beyond 2^53 are
 * not exact: whoever gets one asks `readExact`.
 */
export function readFast(shape: RawShape, data: Uint8Array, base: number): number {
  const { mask } = shape;
  switch (shape.form) {
    case COIL:
      return ((data[base >> 3] ?? 0) >> (base & 7)) & 1;
    case WORD:
      return shifted(word(data, base, mask), shape);
    case LONG:
      return shifted(long(data, base, mask, 0), shape);
    case FLOAT32:
      return float32(long(data, base, mask, 0));
    case FLOAT64:
      return float64(long(data, base, mask, 0), long(data, base, mask, 4));
    case INT64:
      return fastInt64(shape, data, base);
    default:
      return readRare(shape, data, base);
  }
}

function shifted(bits: number, { left, right, signed }: RawShape): number {
  return signed ? (bits << left) >> right : (bits << left) >>> right;
}

function fastInt64({ mask, signed }: RawShape, data: Uint8Array, base: number): number {
  const high = long(data, base, mask, 0);
  return (signed ? high : high >>> 0) * 2 ** 32 + (long(data, base, mask, 4) >>> 0);
}

function readRare(shape: RawShape, data: Uint8Array, base: number): number {
  switch (shape.form) {
    case FLOAT16:
      return float16(word(data, base, shape.mask));
    case BCD:
      return fastBcd(shape, data, base);
    case SIGN_MAGNITUDE:
      return signMagnitude(shape, data, base);
    default:
      return fastMod10k(shape, data, base);
  }
}

function fastBcd({ bytes, mask }: RawShape, data: Uint8Array, base: number): number {
  let value = 0;
  for (let index = 0; index < bytes; index += 1) {
    const byte = data[base + (index ^ mask)] ?? 0;
    if (byte >> 4 > 9 || (byte & 15) > 9) return Number.NaN;
    value = value * 100 + (byte >> 4) * 10 + (byte & 15);
  }
  return value;
}

/** The highest bit is the sign, the others the magnitude; there is no -0. */
function signMagnitude({ bytes, mask }: RawShape, data: Uint8Array, base: number): number {
  const bits = bytes === 2 ? word(data, base, mask) << 16 : long(data, base, mask, 0);
  const size = bytes === 2 ? (bits >>> 16) & 0x7fff : bits & 0x7fff_ffff;
  return bits < 0 && size !== 0 ? -size : size;
}

function fastMod10k(shape: RawShape, data: Uint8Array, base: number): number {
  let value = 0;
  for (let index = 0; index < shape.registers; index += 1) {
    const digits = mod10kDigits(shape, data, base, index);
    if (digits > 9999) return Number.NaN;
    value = value * 10_000 + digits;
  }
  return value;
}

/** Four digits, the highest first; an order that exchanges words sends the lowest first. */
function mod10kDigits(shape: RawShape, data: Uint8Array, base: number, index: number): number {
  const place = (shape.mask & 2) === 0 ? index : shape.registers - 1 - index;
  return word(data, base + 2 * place, shape.mask & 1);
}

/** The number as it is: a bigint when a double cannot hold it. */
export function readExact(
  shape: RawShape,
  data: Uint8Array,
  base: number,
): number | bigint | BadValue {
  const fast = readFast(shape, data, base);
  switch (shape.form) {
    case INT64:
      if (Number.isSafeInteger(fast)) return fast;
      return shape.signed
        ? big(data, base, shape.mask)
        : BigInt.asUintN(64, big(data, base, shape.mask));
    case BCD:
      if (Number.isNaN(fast)) return BAD_BCD;
      return Number.isSafeInteger(fast) ? fast : BigInt(digitsOf(shape, data, base));
    case MOD10K:
      if (Number.isNaN(fast)) return BAD_MOD10K;
      return Number.isSafeInteger(fast) ? fast : BigInt(digitsOf(shape, data, base));
    default:
      return fast;
  }
}

/** The decimal digits as text. */
function digitsOf(shape: RawShape, data: Uint8Array, base: number): string {
  if (shape.form === BCD) {
    return Array.from({ length: shape.bytes }, (_, index) =>
      (data[base + (index ^ shape.mask)] ?? 0).toString(16).padStart(2, "0"),
    ).join("");
  }
  return Array.from({ length: shape.registers }, (_, index) =>
    String(mod10kDigits(shape, data, base, index)).padStart(4, "0"),
  ).join("");
}

/** The bits of the number, unsigned and in natural order; what `invalidRaw` is compared with. */
export function readBits(shape: RawShape, data: Uint8Array, base: number): bigint {
  if (shape.form === COIL) return BigInt(readFast(shape, data, base));
  if (shape.form === MOD10K) return mod10kBits(shape, data, base);
  if (shape.bytes === 8) return BigInt.asUintN(64, big(data, base, shape.mask));
  const bits = shape.bytes === 4 ? long(data, base, shape.mask, 0) : word(data, base, shape.mask);
  return BigInt((shape.form === WORD ? (bits << shape.left) >>> shape.right : bits) >>> 0);
}

function mod10kBits(shape: RawShape, data: Uint8Array, base: number): bigint {
  let bits = 0n;
  for (let index = 0; index < shape.registers; index += 1) {
    bits = (bits << 16n) | BigInt(mod10kDigits(shape, data, base, index));
  }
  return bits;
}

/** How many bits `readBits` gives. */
export function bitWidth({ form, bytes, right, registers }: RawShape): number {
  if (form === COIL) return 1;
  if (form === MOD10K) return 16 * registers;
  return form === WORD && right > 16 ? 32 - right : 8 * bytes;
}

/** Whether the number may be an integer beyond 2^53. */
export function mayBeBig({ form, bytes }: RawShape): boolean {
  return form === INT64 || form === MOD10K || (form === BCD && bytes === 8);
}
