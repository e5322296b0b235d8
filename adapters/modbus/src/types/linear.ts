/**
 * From raw numbers to engineering units and back: value = (raw × num + add) / den. Scale 0.1 is num 1 and den 10, so
 * that 3 becomes 0.3 and not 0.30000000000000004; a line through two points keeps its corners exact.
 */
import { isWholeScaling, type TagScaling } from "../tag.ts";

/** A straight line as three numbers; whole ones wherever the decimal notation of scale and offset allows. */
export interface Linear {
  readonly num: number;
  readonly add: number;
  readonly den: number;
}

/** Whether scaling changes nothing. */
export function isIdentity({ num, add, den }: Linear): boolean {
  return num === 1 && add === 0 && den === 1;
}

/** The line that a tag asks for. */
export function linearOf(scaling: TagScaling): Linear {
  const { scale, offset, rawRange, euRange } = scaling;
  if (rawRange !== undefined && euRange !== undefined) return throughPoints(rawRange, euRange);
  if (isWholeScaling(scaling)) return { num: scale, add: offset, den: 1 };
  return decimal(scale, offset) ?? reciprocal(scale, offset) ?? { num: scale, add: offset, den: 1 };
}

/**
 * The integer that becomes `value`; `undefined` when there is none, since nothing is rounded silently. Allows for
 * the error of floating point, so that 35.7 is 357 × 0.1.
 */
export function unscaledInteger(value: number | bigint, scaling: TagScaling): bigint | undefined {
  if (isWholeScaling(scaling)) {
    if (typeof value === "number" && !Number.isInteger(value)) return undefined;
    const above = BigInt(value) - BigInt(scaling.offset);
    const scale = BigInt(scaling.scale);
    return above % scale === 0n ? above / scale : undefined;
  }
  const linear = linearOf(scaling);
  const exact = unscaledNumber(Number(value), linear);
  const nearest = Math.round(exact);
  const magnitude =
    (Math.abs(Number(value)) * Math.abs(linear.den) + Math.abs(linear.add)) / Math.abs(linear.num);
  const tolerance = 1e-9 + magnitude * 1e-15;
  // A double that large stands for several integers: which one is meant cannot be told.
  const fits = tolerance < 0.25 && Math.abs(exact - nearest) <= tolerance;
  return fits ? BigInt(nearest) : undefined;
}

/** The integer nearest to what would become `value`; `undefined` when there is none. */
export function nearestUnscaled(value: number | bigint, scaling: TagScaling): bigint | undefined {
  const exact = unscaledInteger(value, scaling);
  if (exact !== undefined) return exact;
  const nearest = Math.round(unscaledNumber(Number(value), linearOf(scaling)));
  return Number.isSafeInteger(nearest) ? BigInt(nearest) : undefined;
}

/** The number that becomes `value`. */
export function unscaledNumber(value: number, { num, add, den }: Linear): number {
  return (value * den - add) / num;
}

function throughPoints(
  [a, b]: readonly [number, number],
  [c, d]: readonly [number, number],
): Linear {
  return { num: d - c, add: c * (b - a) - a * (d - c), den: b - a };
}

/** A power of ten that makes both whole; found for everything that a person writes. */
function decimal(scale: number, offset: number): Linear | undefined {
  for (let den = 1; den <= 1e12; den *= 10) {
    const num = Math.round(scale * den);
    const add = Math.round(offset * den);
    const isExact = num !== 0 && num / den === scale && add / den === offset;
    if (isExact && Number.isSafeInteger(num) && Number.isSafeInteger(add)) return { num, add, den };
  }
  return undefined;
}

/** A scale such as one third. */
function reciprocal(scale: number, offset: number): Linear | undefined {
  const den = 1 / scale;
  const add = offset * den;
  return Number.isInteger(den) && Number.isInteger(add) ? { num: 1, add, den } : undefined;
}
