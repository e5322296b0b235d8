/**
 * From which value on somebody should be warned: limits of a tag, announced by births. They change neither value nor
 * quality; who shows or watches the value decides what follows.
 */
import type { PropertyToSend } from "@unshub/sparkplug";
import { z } from "zod";
import type { ConfigProblem } from "./config.ts";

/** From the lowest up. */
export const LIMIT_KEYS = ["lowLowLimit", "lowLimit", "highLimit", "highHighLimit"] as const;

/** Each one may be left out; after scaling. The keys of a tag, and of the properties in its birth. */
export type ValueLimits = { readonly [Key in (typeof LIMIT_KEYS)[number]]?: number | undefined };

/** The keys as they stand in the schema of a tag. */
export const LIMIT_SCHEMA = {
  lowLowLimit: z.number().optional().describe("below it an alarm (LL), as births announce"),
  lowLimit: z.number().optional().describe("below it a warning (L), as births announce"),
  highLimit: z.number().optional().describe("above it a warning (H), as births announce"),
  highHighLimit: z.number().optional().describe("above it an alarm (HH), as births announce"),
};

/** Those of a tag; `undefined` when it has none. */
export function limitsOf(tag: ValueLimits): ValueLimits | undefined {
  const given = LIMIT_KEYS.filter((key) => tag[key] !== undefined);
  if (given.length === 0) return undefined;
  return Object.fromEntries(given.map((key) => [key, tag[key]]));
}

/** Limits that are not in their order. */
export function limitProblems(tag: ValueLimits): readonly ConfigProblem[] {
  const given = LIMIT_KEYS.flatMap((key) => {
    const value = tag[key];
    return value === undefined ? [] : [{ key, value }];
  });
  return given.flatMap(({ key, value }, index) => {
    const above = given[index + 1];
    if (above === undefined || value <= above.value) return [];
    return [{ path: [key], message: `${value} is above ${above.key}, which is ${above.value}` }];
  });
}

/** What a birth says of them. */
export function limitProperties(limits: ValueLimits): readonly PropertyToSend[] {
  return LIMIT_KEYS.flatMap((key) => {
    const value = limits[key];
    return value === undefined ? [] : [{ key, datatype: "Double" as const, value }];
  });
}
