/** Rows for tests of the log, written as a few fields each. */
import { newColumns, NUMBER, type Columns } from "../../hub/src/history/log/columns.ts";
import type { Batch, LogSettings, MetricName } from "../../hub/src/history/log/messages.ts";

/** The number of `good` among the qualities of the tree. */
export const GOOD = 2;

export interface TestRow {
  readonly slot?: number;
  readonly time: number;
  readonly received?: number;
  readonly value: number;
  /** Quality, kind and flags; left out: a good number. */
  readonly meta?: number;
}

export function columnsOf(rows: readonly TestRow[]): Columns {
  const columns = newColumns(rows.length);
  for (const [at, { time, received = time, value, meta = GOOD | NUMBER }] of rows.entries()) {
    columns.times[at] = time;
    columns.received[at] = received;
    columns.numbers[at] = value;
    columns.metas[at] = meta;
  }
  return columns;
}

export function metricOf(name: string): MetricName {
  return { groupId: "g", edgeNodeId: "e", deviceId: "d", name };
}

/** A batch of rows; slot 1 is metric `m1`, and so on, defined when it is asked for. */
export function batchOf(
  rows: readonly TestRow[],
  more: Partial<Batch> & { readonly define?: readonly number[]; readonly rule?: string } = {},
): Batch {
  const { define = [], rule = "", ...rest } = more;
  return {
    number: 1,
    rows: columnsOf(rows),
    slots: Int32Array.from(rows, ({ slot = 1 }) => slot),
    definitions: define.map((slot) => ({
      slot,
      metric: metricOf(`m${slot}`),
      datatypeCode: 10,
      rule,
    })),
    renamings: [],
    gaps: [],
    tallies: [],
    ...rest,
  };
}

export function settingsOf(file: string, more: Partial<LogSettings> = {}): LogSettings {
  return {
    file,
    durability: "process",
    keeping: [{ rule: "", keepMs: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY }],
    maxBytes: Number.POSITIVE_INFINITY,
    replay: { keepMs: 3_600_000, maxBytes: 1024 ** 3 },
    minFreeBytes: 0,
    rollRows: 1000,
    ...more,
  };
}
