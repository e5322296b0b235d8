/** What was asked of the other side of a connection and what that granted, as the hub reports it. */
import { listOf, numberOf, textOf, type Json } from "./json-parts.ts";

/** A figure that was asked for, and what came of it. */
export interface Granted {
  readonly asked: number;
  readonly granted: number;
}

/** In the order of the columns. */
export const AGREED = ["publishing", "sampling", "queue", "keepAlive", "lifetime"] as const;
export type Agreed = (typeof AGREED)[number];

const TERMS: Readonly<Record<Agreed, string>> = {
  publishing: "publishing_interval_ms",
  sampling: "sampling_interval_ms",
  queue: "queue_size",
  keepAlive: "keep_alive_ms",
  lifetime: "lifetime_ms",
};

/** Times that are counted in intervals. */
const COUNTS: Readonly<Partial<Record<Agreed, string>>> = {
  keepAlive: "keep_alive_count",
  lifetime: "lifetime_count",
};

/** Of one part of a connection: a group of tags. */
export interface Agreement {
  readonly name: string;
  readonly values: number;
  /** Times in ms. */
  readonly terms: ReadonlyMap<Agreed, Granted>;
  /** The same in intervals, where there are any. */
  readonly counts: ReadonlyMap<Agreed, Granted>;
  /** Why the configuration does not hold, in the hub's words. */
  readonly faults: readonly string[];
}

export function agreementsIn(json: unknown): readonly Agreement[] {
  return listOf(json).flatMap((each): readonly Agreement[] => {
    const name = textOf(each["name"]);
    if (name === null) return [];
    const terms = listOf(each["terms"]);
    const faults = Array.isArray(each["faults"]) ? each["faults"] : [];
    return [
      {
        name,
        values: numberOf(each["values"]) ?? 0,
        terms: named(TERMS, terms),
        counts: named(COUNTS, terms),
        faults: faults.flatMap((fault: unknown) => textOf(fault) ?? []),
      },
    ];
  });
}

function named(
  names: Readonly<Partial<Record<Agreed, string>>>,
  terms: readonly Json[],
): ReadonlyMap<Agreed, Granted> {
  return new Map(
    AGREED.flatMap((key): readonly (readonly [Agreed, Granted])[] => {
      const term = terms.find(({ name }) => name === names[key]);
      const [asked, granted] = [numberOf(term?.["asked"]), numberOf(term?.["granted"])];
      return asked === null || granted === null ? [] : [[key, { asked, granted }]];
    }),
  );
}
