/** Answers in the order of arrival: for those who replay, or carry everything elsewhere. */
import type { Fresh, FreshBatch } from "./fresh.ts";
import type { EntriesAnswer, EntriesQuestion, OffsetAnswer } from "./questions.ts";
import { RowCopy } from "./rows.ts";
import type { SeriesTable } from "./series.ts";

export interface LogTools {
  readonly fresh: Fresh;
  readonly series: SeriesTable;
  /** The offset that the next row will get. */
  readonly head: number;
}

export class ArrivalReader {
  /** What was decoded last: a reader asks for the same batch again and again. */
  #cached: FreshBatch | undefined;

  /** Rows from an offset on. Where a batch is gone or damaged they begin behind it, and `offset` says so. */
  entries(tools: LogTools, { offset, limit }: EntriesQuestion): EntriesAnswer {
    const { fresh, head } = tools;
    const room = Math.min(limit, Math.max(0, head - (fresh.tail ?? head)));
    const copy = new RowCopy(room);
    const series = new Int32Array(room);
    let next = Math.max(offset, fresh.tail ?? head);
    let begin = next;
    while (copy.size < room && next < head) {
      const batch = this.#from(fresh, next);
      if (batch === undefined) break;
      if (batch.first > next && copy.size > 0) break; // a hole: the next page begins behind it
      if (copy.size === 0) begin = Math.max(next, batch.first);
      copyRows(batch, { begin: next, copy, series });
      next = batch.first + batch.rows.count;
    }
    const own = series.slice(0, copy.size);
    const metrics = tools.series.names(new Set(own));
    return { kind: "entries", offset: begin, rows: copy.take(), series: own, metrics, head };
  }

  /** The first row that was received at or after a time. */
  offset({ fresh, head }: LogTools, time: number): OffsetAnswer {
    const number = fresh.batchAt(time);
    if (number === undefined) return { kind: "offset", offset: fresh.tail ?? head };
    const batch = this.#batch(fresh, number);
    if (batch === undefined) return { kind: "offset", offset: fresh.tail ?? head };
    const at = batch.rows.received.findIndex((received) => received >= time);
    return { kind: "offset", offset: batch.first + (at < 0 ? batch.rows.count : at) };
  }

  /** The batch with this offset, or the first readable one behind it. */
  #from(fresh: Fresh, offset: number): FreshBatch | undefined {
    let number = fresh.batchOf(offset);
    while (number !== undefined) {
      const batch = this.#batch(fresh, number);
      if (batch !== undefined) return batch;
      number = fresh.numberAfter(number);
    }
    return undefined;
  }

  #batch(fresh: Fresh, number: number): FreshBatch | undefined {
    if (this.#cached?.batch !== number) this.#cached = fresh.batch(number);
    return this.#cached;
  }
}

function copyRows(
  { first, rows, series: own }: FreshBatch,
  to: { begin: number; copy: RowCopy; series: Int32Array },
): void {
  for (let row = Math.max(0, to.begin - first); row < rows.count; row += 1) {
    if (to.copy.size >= to.series.length) return;
    to.series[to.copy.size] = own[row] ?? 0;
    to.copy.add(rows, row);
  }
}
