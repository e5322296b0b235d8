/** What a rule, and the birth, say of the values that a metric takes. */
import type { MetricValue } from "@unshub/sparkplug";
import type { MetricInfo } from "../../tree/index.ts";
import type { Governing } from "./rules.ts";

/** How far a decimal number may lie beside its step, in steps: `0.3` is three times `0.1`. */
const STEP_SLACK = 1e-9;

/** Why the device would not take the value, or must not, as far as its birth and the rule tell; `undefined`: it may. */
export function valueFault(
  info: MetricInfo,
  rule: Governing,
  value: MetricValue,
  now: MetricValue,
): string | undefined {
  const { values, maxChange, step } = rule;
  if (values !== undefined && !values.some((one) => isSame(one, value))) {
    return `${shown(value)} is none of ${values.map(shown).join(", ")}`;
  }
  if (typeof value !== "number" && typeof value !== "bigint") return undefined;
  const beyond = rangeFault(bounds(info, rule), value, info.unit);
  if (beyond !== undefined) return beyond;
  if (step !== undefined && !isOnStep(Number(value) - (rule.min ?? 0), step)) {
    return `${value} is no step of ${step} from ${rule.min ?? 0}`;
  }
  return maxChange === undefined ? undefined : changeFault(maxChange, Number(value), now);
}

/** The narrower of what the birth announces and what the rule says. */
export function bounds(
  { low, high }: Pick<MetricInfo, "low" | "high">,
  { min, max }: Pick<Governing, "min" | "max">,
): { readonly low: number | undefined; readonly high: number | undefined } {
  return {
    low: low === undefined || min === undefined ? (low ?? min) : Math.max(low, min),
    high: high === undefined || max === undefined ? (high ?? max) : Math.min(high, max),
  };
}

function rangeFault(
  { low, high }: ReturnType<typeof bounds>,
  value: number | bigint,
  unit = "",
): string | undefined {
  const isInside = (low === undefined || value >= low) && (high === undefined || value <= high);
  if (isInside) return undefined;
  return `${value} is outside ${low ?? "…"} to ${high ?? "…"} ${unit}`.trimEnd();
}

function isOnStep(distance: number, step: number): boolean {
  const steps = distance / step;
  return Math.abs(steps - Math.round(steps)) <= STEP_SLACK * Math.max(1, Math.abs(steps));
}

function changeFault(most: number, value: number, now: MetricValue): string | undefined {
  if (typeof now !== "number" && typeof now !== "bigint") {
    return `it may change by ${most} at most, and its present value is not known`;
  }
  const change = Math.abs(value - Number(now));
  return change <= most * (1 + STEP_SLACK)
    ? undefined
    : `from ${shown(now)} to ${value} is more than the ${most} by which it may change at once`;
}

function isSame(wanted: number | boolean | string, value: MetricValue): boolean {
  if (typeof value !== "bigint") return wanted === value;
  return Number.isInteger(wanted) && BigInt(wanted) === value;
}

/** For sentences. */
export function shown(value: MetricValue): string {
  if (typeof value === "string") return `"${value}"`;
  return typeof value === "object" && value !== null ? "a structure" : String(value);
}
