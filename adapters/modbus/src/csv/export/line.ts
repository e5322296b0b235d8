/** Scaling as other programs have it: through two points, or a factor and an offset. */
import type { Tag } from "../../tag.ts";
import { linearOf, unscaledNumber } from "../../types/linear.ts";

/** The line through (rawLow, scaledLow) and (rawHigh, scaledHigh). */
export interface PointLine {
  readonly rawLow: number;
  readonly rawHigh: number;
  readonly scaledLow: number;
  readonly scaledHigh: number;
}

/** Where a line has no ends of its own. */
const RAW_HIGH = 1000;

/** `undefined`: nothing is scaled. Ends are those of `euRange` where there is one. */
export function pointLine(tag: Tag): PointLine | undefined {
  const factor = factorLine(tag);
  const { rawRange, euRange } = tag;
  if (factor === undefined) return undefined;
  if (euRange === undefined) {
    const scaledHigh = tidy(RAW_HIGH * factor.scale + factor.offset);
    return { rawLow: 0, rawHigh: RAW_HIGH, scaledLow: factor.offset, scaledHigh };
  }
  const linear = linearOf(tag);
  const [rawLow, rawHigh] = rawRange ?? euRange.map((end) => tidy(unscaledNumber(end, linear)));
  const [scaledLow, scaledHigh] = euRange;
  return { rawLow: rawLow ?? 0, rawHigh: rawHigh ?? 0, scaledLow, scaledHigh };
}

/** value = raw × scale + offset; `undefined`: nothing is scaled. */
export function factorLine(
  tag: Tag,
): { readonly scale: number; readonly offset: number } | undefined {
  const { num, add, den } = linearOf(tag);
  const [scale, offset] = [tidy(num / den), tidy(add / den)];
  return scale === 1 && offset === 0 ? undefined : { scale, offset };
}

/** Without the crumbs of floating point. */
function tidy(value: number): number {
  return Number(value.toPrecision(15));
}
