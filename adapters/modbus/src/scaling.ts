/** From raw numbers to engineering units and back: value = raw × scale + offset. */

/** How a number is scaled. */
export interface Scaling {
  readonly scale: number;
  readonly offset: number;
}

/** Whether scaling changes nothing. */
function isUnscaled({ scale, offset }: Scaling): boolean {
  return scale === 1 && offset === 0;
}

/** The value of `raw`, exact for integers with whole scale and offset. */
export function scaled(raw: number | bigint, scaling: Scaling): number | bigint {
  if (isUnscaled(scaling)) return raw;
  const { scale, offset } = scaling;
  if (typeof raw === "bigint" && isWhole(scaling)) return raw * BigInt(scale) + BigInt(offset);
  return multiplied(Number(raw), scale) + offset;
}

/**
 * The integer that scales to `value`; `undefined` when there is none, since nothing is rounded silently. Allows for
 * the error of floating point, so that 35.7 is 357 × 0.1.
 */
export function unscaledInteger(value: number | bigint, scaling: Scaling): bigint | undefined {
  if (isWhole(scaling)) {
    if (typeof value === "number" && !Number.isInteger(value)) return undefined;
    const above = BigInt(value) - BigInt(scaling.offset);
    const scale = BigInt(scaling.scale);
    return above % scale === 0n ? above / scale : undefined;
  }
  const exact = unscaledNumber(Number(value), scaling);
  const nearest = Math.round(exact);
  const magnitude = (Math.abs(Number(value)) + Math.abs(scaling.offset)) / Math.abs(scaling.scale);
  const fits = Number.isFinite(nearest) && Math.abs(exact - nearest) <= 1e-9 + magnitude * 1e-15;
  return fits ? BigInt(nearest) : undefined;
}

/** The number that scales to `value`. */
export function unscaledNumber(value: number, { scale, offset }: Scaling): number {
  const divisor = wholeDivisor(scale);
  return divisor === undefined ? (value - offset) / scale : (value - offset) * divisor;
}

/** A scale of 0.1 cannot be exact in binary; dividing by 10 is, so that 3 becomes 0.3 and not 0.30000000000000004. */
function multiplied(raw: number, scale: number): number {
  const divisor = wholeDivisor(scale);
  return divisor === undefined ? raw * scale : raw / divisor;
}

function wholeDivisor(scale: number): number | undefined {
  const divisor = 1 / scale;
  return Number.isInteger(divisor) ? divisor : undefined;
}

function isWhole({ scale, offset }: Scaling): boolean {
  return Number.isInteger(scale) && Number.isInteger(offset);
}
