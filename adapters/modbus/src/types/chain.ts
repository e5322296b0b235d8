/**
 * From the raw number to the value, in this order and no other: sentinel, scaling, clamp, enum, validRange, output.
 * Exact for integers of any size. Nothing is wrapped or clipped silently.
 */
import { integerRange, type Datatype } from "@unshub/sparkplug";
import { elementOf, isWholeScaling, type Tag } from "../tag.ts";
import { NOT_FINITE, NOT_IN_ENUM, OUT_OF_RANGE, type BadValue } from "./bad-value.ts";
import { rawType } from "./raw-type.ts";
import { isIdentity, linearOf, type Linear } from "./linear.ts";

/** The largest double that a Float can hold. */
const FLOAT_MAX = 3.402_823_567_797_336_2e38;

/** Smallest and largest value, both inclusive. */
type Bounds = readonly [min: number | bigint, max: number | bigint];

/** What happens to the raw number of a tag, decided once. */
export interface Chain {
  readonly linear: Linear;
  readonly isIdentity: boolean;
  /** Scale and offset as integers, where both are and the raw number is one. */
  readonly whole: { readonly scale: bigint; readonly offset: bigint } | undefined;
  readonly clamp: readonly [min: number, max: number] | undefined;
  readonly enum: ReadonlyMap<number, string> | undefined;
  readonly valid: Bounds;
  readonly output: Bounds;
  /** Only whole numbers fit what is published. */
  readonly isInteger: boolean;
  readonly round: boolean;
  readonly allowNan: boolean;
}

/** The chain of `tag`. */
export function chainOf(tag: Tag): Chain {
  const datatype = tag.enum === undefined ? elementOf(tag.datatype) : "Double";
  const output = outputBounds(datatype);
  const linear = linearOf(timed(tag));
  return {
    linear,
    isIdentity: isIdentity(linear),
    whole:
      rawType(tag.type).kind !== "float" && isWholeScaling(tag)
        ? { scale: BigInt(linear.num), offset: BigInt(linear.add) }
        : undefined,
    clamp: tag.clamp === true && tag.euRange !== undefined ? sorted(tag.euRange) : undefined,
    enum: tag.enum,
    valid: tag.validRange ?? [-Infinity, Infinity],
    output,
    isInteger: datatype !== "Float" && datatype !== "Double",
    round: tag.round === true,
    allowNan: tag.allowNan === true && (datatype === "Float" || datatype === "Double"),
  };
}

/**
 * What a value between these is, after scaling, needs no second look: it is good as it is. Of tags with clamp, enum
 * or output that must be whole nothing is.
 */
export function plainBounds(chain: Chain): readonly [min: number, max: number] {
  if (!isPlain(chain)) return [Infinity, -Infinity];
  const [min, max] = chain.isInteger ? safe(chain.output) : chain.output;
  const least = Math.max(Number(min), Number(chain.valid[0]));
  return [least, Math.min(Number(max), Number(chain.valid[1]))];
}

/** Whether doubles give the exact value of every raw number of at most 32 bits, and nothing but a range is left. */
function isPlain({ clamp, enum: texts, isInteger, whole, linear }: Chain): boolean {
  if (clamp !== undefined || texts !== undefined) return false;
  const largest = Math.abs(linear.num) * 2 ** 32 + Math.abs(linear.add);
  if (whole !== undefined && largest > Number.MAX_SAFE_INTEGER) return false;
  return !isInteger || whole !== undefined;
}

/** The value of `raw`; booleans are 0 and 1. */
export function valueOf(chain: Chain, raw: number | bigint): number | bigint | string | BadValue {
  const scaled = scaledBy(chain, raw);
  if (typeof scaled === "number" && !Number.isFinite(scaled)) {
    return chain.allowNan ? scaled : NOT_FINITE;
  }
  const value = clamped(scaled, chain.clamp);
  const { valid } = chain;
  if (value < valid[0] || value > valid[1]) return OUT_OF_RANGE;
  if (chain.enum !== undefined) return chain.enum.get(Number(value)) ?? NOT_IN_ENUM;
  return fitted(chain, value);
}

function fitted(chain: Chain, value: number | bigint): number | bigint | BadValue {
  const { output, isInteger, round } = chain;
  const whole = isInteger && round && typeof value === "number" ? Math.round(value) + 0 : value;
  if (isInteger && typeof whole === "number" && !Number.isInteger(whole)) return OUT_OF_RANGE;
  if (whole < output[0] || whole > output[1]) return OUT_OF_RANGE;
  return plain(whole);
}

function scaledBy(
  { linear, isIdentity: isUnscaled, whole }: Chain,
  raw: number | bigint,
): number | bigint {
  if (isUnscaled) return raw;
  const { num, add, den } = linear;
  const fast = (Number(raw) * num + add) / den;
  if (whole === undefined) return fast;
  const isExact =
    typeof raw === "number" && Number.isSafeInteger(raw * num) && Number.isSafeInteger(fast);
  return isExact ? fast : BigInt(raw) * whole.scale + whole.offset;
}

function clamped(
  value: number | bigint,
  clamp: readonly [min: number, max: number] | undefined,
): number | bigint {
  if (clamp === undefined) return value;
  if (value < clamp[0]) return clamp[0];
  return value > clamp[1] ? clamp[1] : value;
}

/** 64-bit integers are `number` while that is exact. */
function plain(value: number | bigint): number | bigint {
  const number = Number(value);
  return typeof value === "bigint" && Number.isSafeInteger(number) ? number : value;
}

/** Seconds become the milliseconds of a DateTime. */
function timed(tag: Tag): Tag {
  return tag.type === "time32"
    ? { ...tag, scale: tag.scale * 1000, offset: tag.offset * 1000 }
    : tag;
}

function outputBounds(datatype: Datatype): Bounds {
  if (datatype === "Boolean") return [0, 1];
  if (datatype === "Float") return [-FLOAT_MAX, FLOAT_MAX];
  if (datatype === "Double") return [-Number.MAX_VALUE, Number.MAX_VALUE];
  return integerRange(datatype) ?? [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
}

function safe([min, max]: Bounds): Bounds {
  return [
    min < Number.MIN_SAFE_INTEGER ? Number.MIN_SAFE_INTEGER : min,
    max > Number.MAX_SAFE_INTEGER ? Number.MAX_SAFE_INTEGER : max,
  ];
}

function sorted([a, b]: readonly [number, number]): readonly [min: number, max: number] {
  return a < b ? [a, b] : [b, a];
}

/** Whether the bits are one of the numbers by which the device says that it has no value. */
export function isSentinel(
  invalidRaw: readonly (number | bigint)[],
  bits: bigint,
  width: number,
): boolean {
  return invalidRaw.some((sentinel) => {
    const wanted = BigInt(sentinel);
    return (wanted < 0n ? BigInt.asUintN(width, wanted) : wanted) === bits;
  });
}
