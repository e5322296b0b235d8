/** What a birth announces of the values of a metric: which make sense, and from which on somebody should be warned. */
import { propertyValue, SparkplugError, type Properties, type Property } from "@unshub/sparkplug";
import type { ValueBounds } from "./protocol.ts";

type Bound = keyof ValueBounds;

/** Names in use in the field, in small letters, without what only separates words. */
const RANGE: ReadonlyMap<string, Bound> = new Map([
  ["englow", "rangeLow"],
  ["eulow", "rangeLow"],
  ["rangelow", "rangeLow"],
  ["rangemin", "rangeLow"],
  ["minimum", "rangeLow"],
  ["min", "rangeLow"],
  ["enghigh", "rangeHigh"],
  ["euhigh", "rangeHigh"],
  ["rangehigh", "rangeHigh"],
  ["rangemax", "rangeHigh"],
  ["maximum", "rangeHigh"],
  ["max", "rangeHigh"],
]);
const LIMITS: ReadonlyMap<string, Bound> = new Map([
  ["hh", "highHigh"],
  ["hihi", "highHigh"],
  ["highhigh", "highHigh"],
  ["h", "high"],
  ["hi", "high"],
  ["l", "low"],
  ["lo", "low"],
  ["ll", "lowLow"],
  ["lolo", "lowLow"],
  ["lowlow", "lowLow"],
]);
/** `HighLimit`, as OPC UA says, and `alarmHigh` are limits; `High` alone may as well be the end of a range. */
const NAMED_LIMITS: ReadonlyMap<string, Bound> = new Map([
  ...LIMITS,
  ["high", "high"],
  ["low", "low"],
]);

/** Only what was announced, and is a number. */
export function boundsOf(properties: Properties): ValueBounds {
  const bounds: Partial<Record<Bound, number>> = {};
  for (const [key, property] of properties) {
    const bound = boundNamed(key);
    const value = bound === undefined ? undefined : numberOf(property);
    if (bound !== undefined && value !== undefined) bounds[bound] ??= value;
  }
  return bounds;
}

function boundNamed(key: string): Bound | undefined {
  const name = key.toLowerCase().replaceAll(/[^a-z]/g, "");
  const limit = name.replaceAll(/limit|alarm/g, "");
  return RANGE.get(name) ?? (limit === name ? LIMITS : NAMED_LIMITS).get(limit);
}

function numberOf(property: Property): number | undefined {
  const value = valueOf(property);
  const number = typeof value === "bigint" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/** An edge node may give a property another kind of value than it says; then it gives none. */
function valueOf(property: Property): ReturnType<typeof propertyValue> {
  try {
    return propertyValue(property);
  } catch (error) {
    if (error instanceof SparkplugError) return undefined;
    throw error;
  }
}
