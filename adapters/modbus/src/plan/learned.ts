/**
 * What was learned of a device by asking: addresses that it refuses, places that no request may cross, how much it
 * answers at once. Values of it never change; learning makes new ones. Kept on disk as JSON (`hole-store.ts`).
 */
import { z } from "zod";
import type { Table } from "../address.ts";
import type { Span } from "./limits.ts";

/** What was learned of one table. */
export interface LearnedTable {
  /** Gaps and tags that are refused; no block touches them. */
  readonly holes: readonly Span[];
  /** Addresses at which a block must begin anew: both sides can be read, but not at once. */
  readonly cuts: readonly number[];
  /** The longest request that is answered, when it is shorter than configured. */
  readonly maxBlock?: number | undefined;
}

/** What was learned of a device. */
export type LearnedHoles = Readonly<Partial<Record<Table, LearnedTable | undefined>>>;

/** Nothing yet. */
export const NOTHING_LEARNED: LearnedHoles = {};

const EMPTY: LearnedTable = { holes: [], cuts: [] };

const address = z.int().min(0).max(65_535);
const tableSchema = z.object({
  holes: z.array(z.tuple([address, address])),
  cuts: z.array(address),
  maxBlock: z.int().min(1).max(2000).optional(),
});
/** What a file may hold. */
export const learnedSchema = z.object({
  co: tableSchema.optional(),
  di: tableSchema.optional(),
  ir: tableSchema.optional(),
  hr: tableSchema.optional(),
});

/** What is known of `table`. */
export function learnedOf(learned: LearnedHoles, table: Table): LearnedTable {
  return learned[table] ?? EMPTY;
}

/** With one more hole; holes that touch become one. */
export function withHole(learned: LearnedHoles, table: Table, hole: Span): LearnedHoles {
  const known = learnedOf(learned, table);
  const holes = joined([...known.holes, hole]);
  return { ...learned, [table]: { ...known, holes } };
}

/** Without what is known of the addresses in `span`. */
export function withoutHole(learned: LearnedHoles, table: Table, span: Span): LearnedHoles {
  const known = learnedOf(learned, table);
  const holes = known.holes.flatMap((hole) => outside(hole, span));
  return { ...learned, [table]: { ...known, holes } };
}

/** With more places that no block may cross. */
export function withCuts(
  learned: LearnedHoles,
  table: Table,
  cuts: readonly number[],
): LearnedHoles {
  const known = learnedOf(learned, table);
  const all = new Set([...known.cuts, ...cuts]);
  return { ...learned, [table]: { ...known, cuts: [...all].toSorted((a, b) => a - b) } };
}

/** With a shorter longest request. */
export function withMaxBlock(learned: LearnedHoles, table: Table, maxBlock: number): LearnedHoles {
  return { ...learned, [table]: { ...learnedOf(learned, table), maxBlock } };
}

/** What several know of one device. */
export function learnedTogether(parts: readonly LearnedHoles[]): LearnedHoles {
  return parts.reduce<LearnedHoles>((all, part) => {
    let known = all;
    for (const table of TABLES) {
      const more = part[table];
      if (more === undefined) continue;
      for (const hole of more.holes) known = withHole(known, table, hole);
      known = withCuts(known, table, more.cuts);
      const most = Math.min(more.maxBlock ?? Infinity, known[table]?.maxBlock ?? Infinity);
      if (most < Infinity) known = withMaxBlock(known, table, most);
    }
    return known;
  }, NOTHING_LEARNED);
}

const TABLES = ["co", "di", "hr", "ir"] as const;

function joined(spans: readonly Span[]): readonly Span[] {
  const found: Span[] = [];
  for (const span of spans.toSorted((a, b) => a[0] - b[0])) {
    const last = found.at(-1);
    if (last === undefined || span[0] > last[1] + 1) found.push(span);
    else found[found.length - 1] = [last[0], Math.max(last[1], span[1])];
  }
  return found;
}

function outside(hole: Span, [first, last]: Span): readonly Span[] {
  if (hole[1] < first || hole[0] > last) return [hole];
  const rest: Span[] = [];
  if (hole[0] < first) rest.push([hole[0], first - 1]);
  if (hole[1] > last) rest.push([last + 1, hole[1]]);
  return rest;
}
