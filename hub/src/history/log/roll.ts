/** Makes blocks of fresh rows: sorted by series, one part for each rule, in steps between which new rows are written. */
import type { DatabaseSync } from "node:sqlite";
import type { Fresh, FreshBatch } from "./fresh.ts";
import type { PartMaker, Parts } from "./parts.ts";
import { RowCopy } from "./rows.ts";
import type { SeriesTable } from "./series.ts";
import { sorted } from "./sorted.ts";
import { stepEnd, type Job, type Transactions } from "./transactions.ts";

export interface RollTools {
  readonly database: DatabaseSync;
  readonly transactions: Transactions;
  readonly fresh: Fresh;
  readonly parts: Parts;
  readonly series: SeriesTable;
}

/** All fresh rows that are there when it begins. A fault leaves them as they are. */
export function* roll(tools: RollTools): Job {
  const batches = [...tools.fresh.batches];
  const [oldest] = batches;
  const newest = batches.at(-1);
  if (oldest === undefined || newest === undefined) return;
  const gathered = new Gathered(batches);
  yield;
  const made: PartMaker[] = [];
  for (const [rule, ids] of byRule(gathered.series, tools.series)) {
    const maker = yield* makePart(tools, gathered, { rule, ids, firstBatch: oldest.batch });
    made.push(maker);
  }
  const { parts, transactions, database, fresh } = tools;
  const kept = { keptFrom: oldest.kept, keptTo: newest.kept };
  transactions.run(() => {
    for (const maker of made) parts.show(maker, kept);
    database.prepare("UPDATE meta SET rolled = ?").run(newest.batch);
  });
  parts.refresh();
  fresh.drop(newest.batch);
}

interface Making {
  readonly rule: string;
  /** Series, in the order of their numbers. */
  readonly ids: readonly number[];
  readonly firstBatch: number;
}

function* makePart(
  { parts, transactions }: RollTools,
  gathered: Gathered,
  { rule, ids, firstBatch }: Making,
): Job<PartMaker> {
  const maker = transactions.run(() => parts.begin(rule, 0, firstBatch));
  for (let at = 0; at < ids.length;) {
    transactions.run(() => {
      const isOver = stepEnd();
      for (; at < ids.length && !isOver(); at += 1) {
        const id = ids[at] ?? 0;
        maker.add(id, sorted(gathered.rowsOf(id)));
      }
    });
    yield;
  }
  return maker;
}

function byRule(ids: readonly number[], series: SeriesTable): ReadonlyMap<string, number[]> {
  const rules = new Map<string, number[]>();
  for (const id of ids) {
    const rule = series.ruleOf(id);
    const same = rules.get(rule);
    if (same === undefined) rules.set(rule, [id]);
    else same.push(id);
  }
  return rules;
}

/** Rows of many batches, found by series: one counting sort. */
class Gathered {
  /** Those with rows, in the order of their numbers. */
  readonly series: readonly number[];
  readonly #batches: readonly FreshBatch[];
  /** For each series where its rows begin in `#order`; the next one's begin is its end. */
  readonly #begins: Int32Array;
  /** Numbers of rows over all batches, by series, within a series as they arrived. */
  readonly #order: Uint32Array;

  constructor(batches: readonly FreshBatch[]) {
    this.#batches = batches;
    this.#begins = beginsOf(batches);
    this.#order = orderOf(batches, this.#begins);
    const found: number[] = [];
    for (let id = 0; id + 1 < this.#begins.length; id += 1) {
      if (this.#begins[id] !== this.#begins[id + 1]) found.push(id);
    }
    this.series = found;
  }

  rowsOf(series: number) {
    const [begin = 0, end = 0] = this.#begins.subarray(series, series + 2);
    const copy = new RowCopy(end - begin);
    let at = 0;
    let offset = 0;
    for (const row of this.#order.subarray(begin, end)) {
      let batch = this.#batches[at];
      while (batch !== undefined && row - offset >= batch.rows.count) {
        offset += batch.rows.count;
        at += 1;
        batch = this.#batches[at];
      }
      if (batch !== undefined) copy.add(batch.rows, row - offset);
    }
    return copy.take();
  }
}

function beginsOf(batches: readonly FreshBatch[]): Int32Array {
  let most = 0;
  for (const { series } of batches) for (const id of series) if (id > most) most = id;
  const begins = new Int32Array(most + 2);
  for (const { series } of batches) {
    for (const id of series) begins[id + 1] = (begins[id + 1] ?? 0) + 1;
  }
  for (let id = 1; id < begins.length; id += 1) {
    begins[id] = (begins[id] ?? 0) + (begins[id - 1] ?? 0);
  }
  return begins;
}

function orderOf(batches: readonly FreshBatch[], begins: Int32Array): Uint32Array {
  const next = begins.slice();
  const order = new Uint32Array(begins.at(-1) ?? 0);
  let row = 0;
  for (const { series } of batches) {
    for (const id of series) {
      const place = next[id] ?? 0;
      order[place] = row;
      next[id] = place + 1;
      row += 1;
    }
  }
  return order;
}
