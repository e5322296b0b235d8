/** From the value of a command to the bits of a number: the transform chain backwards, with every check. */
import { integerRange, type MetricValue } from "@unshub/sparkplug";
import { numberBytes, type Tag } from "../tag.ts";
import { linearOf, nearestUnscaled, unscaledInteger, unscaledNumber } from "./linear.ts";
import { datatypeOfType, rawType, type RawTypeName } from "./raw-type.ts";
import { float16Bits, floatBits } from "./wire-bits.ts";
import { refused, shown, type Refusal } from "./refusal.ts";

/** The bits of one number (unsigned, natural order) that `value` becomes. Of arrays: of one element. */
export function encodeNumber(tag: Tag, value: MetricValue): bigint | Refusal {
  const number = numberOf(tag, value);
  if (typeof number === "object") return number;
  if (typeof number === "number" && !Number.isFinite(number)) {
    return refused("not_finite", `${number} is not finite`);
  }
  const outside = outsideRange(tag, number);
  if (outside !== undefined) return outside;
  return rawType(tag.type).kind === "float"
    ? encodeFloat(tag, Number(number))
    : encodeInteger(tag, number);
}

/** The number before scaling is undone: of an enum, the one whose text it is. */
function numberOf(tag: Tag, value: MetricValue): number | bigint | Refusal {
  if (tag.enum !== undefined && typeof value === "string") return numberOfText(tag.enum, value);
  if (tag.datatype === "Boolean" && typeof value === "boolean") return Number(value);
  if (typeof value === "number" || typeof value === "bigint") return value;
  return refused("bad_type", `${shown(value)} is not a number`);
}

function numberOfText(texts: ReadonlyMap<number, string>, text: string): number | Refusal {
  for (const [number, name] of texts) if (name === text) return number;
  const known = [...texts.values()].join(", ");
  return refused("not_in_enum", `${JSON.stringify(text)} is none of ${known}`);
}

function outsideRange(tag: Tag, value: number | bigint): Refusal | undefined {
  if (tag.enum !== undefined && !tag.enum.has(Number(value))) {
    return refused("not_in_enum", `${value} has no text`);
  }
  for (const [key, range] of [
    ["writeRange", tag.writeRange],
    ["validRange", tag.validRange],
    ["euRange", tag.clamp === true ? tag.euRange?.toSorted(ascending) : undefined],
  ] as const) {
    const [min = -Infinity, max = Infinity] = range ?? [];
    if (value < min || value > max) {
      return refused("out_of_range", `${value} is outside ${key} ${min} to ${max}`);
    }
  }
  return undefined;
}

function ascending(a: number, b: number): number {
  return a - b;
}

function encodeInteger(tag: Tag, value: number | bigint): bigint | Refusal {
  const scaling = tag.type === "time32" ? { scale: 1000, offset: 0 } : tag;
  const raw =
    tag.round === true ? nearestUnscaled(value, scaling) : unscaledInteger(value, scaling);
  if (raw === undefined) {
    return refused("not_integer", `${value} is no whole number of steps${stepOf(tag)}`);
  }
  const [min, max] = integerLimits(tag);
  if (raw < min || raw > max) {
    const because = `${value} does not fit ${tag.type}: ${min} to ${max} before scaling`;
    return refused("out_of_range", because);
  }
  const bits = bitsOfInteger(tag, raw);
  const isSentinel = tag.invalidRaw?.some((sentinel) => sameBits(tag, BigInt(sentinel), bits));
  return isSentinel === true
    ? refused("out_of_range", `${value} is the number by which the device says that it has none`)
    : bits;
}

function stepOf({ rawRange, euRange, scale }: Tag): string {
  return rawRange === undefined || euRange === undefined ? `; scale is ${scale}` : "";
}

function sameBits(tag: Tag, sentinel: bigint, bits: bigint): boolean {
  const wanted = sentinel < 0n ? BigInt.asUintN(8 * integerBytes(tag), sentinel) : sentinel;
  return wanted === bits;
}

function integerBytes(tag: Tag): number {
  return tag.type.startsWith("int8") || tag.type.startsWith("uint8")
    ? 1
    : numberBytes(tag.type, tag.length);
}

type Bounds = readonly [min: bigint, max: bigint];

/** Types that hold less than their bits could. */
const LIMITS_OF: ReadonlyMap<RawTypeName, Bounds> = new Map<RawTypeName, Bounds>([
  ["bcd16", [0n, 9999n]],
  ["bcd32", [0n, 99_999_999n]],
  ["bcd64", [0n, 9_999_999_999_999_999n]],
  ["sign_magnitude16", [-0x7fffn, 0x7fffn]],
  ["sign_magnitude32", [-0x7fff_ffffn, 0x7fff_ffffn]],
  ["time32", [0n, 0xffff_ffffn]],
]);

/** Smallest and largest raw value, both inclusive. */
export function integerLimits({ type, length }: Tag): Bounds {
  if (type === "mod10k") return [0n, 10_000n ** BigInt(length) - 1n];
  return LIMITS_OF.get(type) ?? integerRange(datatypeOfType(type, length)) ?? [0n, 0n];
}

function bitsOfInteger(tag: Tag, raw: bigint): bigint {
  if (tag.type.startsWith("bcd")) return BigInt(`0x${raw}`);
  if (tag.type === "mod10k") return mod10kBits(raw, tag.length);
  const bits = BigInt(8 * integerBytes(tag));
  const isMagnitude = tag.type.startsWith("sign_magnitude") && raw < 0n;
  return isMagnitude ? (1n << (bits - 1n)) | -raw : BigInt.asUintN(Number(bits), raw);
}

function mod10kBits(raw: bigint, registers: number): bigint {
  let bits = 0n;
  let rest = raw;
  for (let index = 0; index < registers; index += 1) {
    bits |= (rest % 10_000n) << BigInt(16 * index);
    rest /= 10_000n;
  }
  return bits;
}

function encodeFloat(tag: Tag, value: number): bigint | Refusal {
  const raw = unscaledNumber(value, linearOf(tag));
  const bits = bitsOfFloat(tag, raw);
  return bits ?? refused("out_of_range", `${value} does not fit ${tag.type}`);
}

function bitsOfFloat(tag: Tag, raw: number): bigint | undefined {
  if (tag.type === "float16") return float16Bits(raw);
  if (tag.type === "float64") return Number.isFinite(raw) ? floatBits(raw, 8) : undefined;
  return Number.isFinite(Math.fround(raw)) ? floatBits(raw, 4) : undefined;
}
