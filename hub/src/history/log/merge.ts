/**
 * Joins parts: where many metrics share the fresh rows, each has only few in a block; eight such parts become one with
 * blocks eight times as long, and so on, until blocks hold a thousand rows or more.
 */
import type { Part, PartMaker, Parts } from "./parts.ts";
import { joined, type Piece } from "./rows.ts";
import { stepEnd, type Job, type Transactions } from "./transactions.ts";

/** So many are joined at once. */
const PARTS_AT_ONCE = 8;
/** Blocks with so many rows are left alone. */
const ENOUGH_ROWS = 1024;
const SERIES_AT_ONCE = 256;

export interface MergeTools {
  readonly transactions: Transactions;
  readonly parts: Parts;
}

/** The parts that should be joined next; `undefined`: none. All are neighbours, of one rule and level. */
export function mergeable(parts: readonly Part[]): readonly Part[] | undefined {
  for (const rule of new Set(parts.map((part) => part.rule))) {
    const run: Part[] = [];
    for (const part of parts) {
      if (part.rule !== rule) continue;
      if (run[0] !== undefined && run[0].level !== part.level) run.length = 0;
      if (part.blocks === 0 || part.rows / part.blocks >= ENOUGH_ROWS) {
        run.length = 0;
        continue;
      }
      run.push(part);
      if (run.length === PARTS_AT_ONCE) return run;
    }
  }
  return undefined;
}

/** Makes one part of several and hides those. */
export function* merge(tools: MergeTools, merged: readonly Part[]): Job {
  const { parts, transactions } = tools;
  const [first] = merged;
  if (first === undefined) return;
  const maker = transactions.run(() => parts.begin(first.rule, first.level + 1, first.firstBatch));
  for (let from = 0; Number.isFinite(from);) {
    const { ids, next } = seriesFrom(parts, merged, from);
    from = next;
    for (let at = 0; at < ids.length;) {
      transactions.run(() => {
        const isOver = stepEnd();
        for (; at < ids.length && !isOver(); at += 1)
          joinSeries(parts, merged, maker, ids[at] ?? 0);
      });
      yield;
    }
  }
  const keptFrom = Math.min(...merged.map((part) => part.keptFrom));
  const keptTo = Math.max(...merged.map((part) => part.keptTo));
  transactions.run(() => {
    parts.show(maker, { keptFrom, keptTo });
    for (const { id } of merged) parts.hide(id);
  });
  parts.refresh();
}

/** Some series that stand in the parts, and where to go on; infinite: there are no more. */
function seriesFrom(parts: Parts, merged: readonly Part[], from: number) {
  const found = new Set<number>();
  let last = Number.POSITIVE_INFINITY;
  for (const { id } of merged) {
    const ids = parts.seriesFrom(id, from, SERIES_AT_ONCE);
    for (const one of ids) found.add(one);
    if (ids.length === SERIES_AT_ONCE) last = Math.min(last, ids.at(-1) ?? last);
  }
  const ids = [...found].filter((id) => id <= last).toSorted((a, b) => a - b);
  return { ids, next: last + 1 };
}

// oxlint-disable-next-line max-params -- called for each series
function joinSeries(parts: Parts, merged: readonly Part[], maker: PartMaker, series: number): void {
  const pieces: Piece[] = [];
  for (const { id: part } of merged) {
    for (const { id } of parts.places(part, series, -Infinity, Infinity)) {
      const rows = parts.block(id);
      if (rows !== undefined) pieces.push({ rows, origin: 0, isSorted: true });
    }
  }
  if (pieces.length > 0) maker.add(series, joined(pieces, -Infinity, Infinity).rows);
}
