/** Range and limits of a metric as its birth gives them, and whether a value keeps within. */
import type { ValueBounds, WireValue } from "@unshub/hub/feed";

export const LIMITS = ["highHigh", "high", "low", "lowLow"] as const;
export type Limit = (typeof LIMITS)[number];

/** The worst of them first: what a value is beyond. */
const WORST_FIRST = ["highHigh", "lowLow", "high", "low"] as const;

/** What a value is beyond; `null`: it keeps within, or is no number. */
export function beyond(value: WireValue, bounds: ValueBounds): Limit | "range" | null {
  const number = numberOf(value);
  if (number === null) return null;
  const limit = WORST_FIRST.find((one) => isBeyond(number, one, bounds[one]));
  if (limit !== undefined) return limit;
  const { rangeLow = -Infinity, rangeHigh = Infinity } = bounds;
  return number < rangeLow || number > rangeHigh ? "range" : null;
}

function isBeyond(value: number, limit: Limit, at: number | undefined): boolean {
  if (at === undefined) return false;
  return limit === "high" || limit === "highHigh" ? value > at : value < at;
}

function numberOf(value: WireValue): number | null {
  if (typeof value === "number") return value;
  if (typeof value !== "object" || value === null) return null;
  if ("i64" in value) return Number(value.i64);
  if (!("f" in value) || value.f === "NaN") return null;
  return value.f === "Infinity" ? Infinity : -Infinity;
}
