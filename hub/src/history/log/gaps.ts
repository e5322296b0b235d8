/** Spans in which values are missing: of one edge node, or of all while the hub was stopped or could not write. */
import type { DatabaseSync } from "node:sqlite";
import { ByteWriter } from "./bytes.ts";
import { HISTORICAL, KIND_BITS, newColumns, SIDE, type Columns } from "./columns.ts";
import { GAP_CAUSES, type Gap, type GapCause } from "./messages.ts";
import { RowCopy, type Stretch } from "./rows.ts";
import { OTHER_REASON, SIDE_KINDS, writeSide } from "./side-record.ts";

/** The number of no edge node: all of them. */
const ALL_NODES = 0;
/** The number of `last-known` among the qualities of the tree. */
const LAST_KNOWN = 6;
/** A hub of a hostile plant finds many gaps; what is older is forgotten. */
const MOST_GAPS = 200_000;

export interface KnownGap {
  readonly from: number;
  readonly to: number;
  readonly cause: GapCause;
  readonly count: number;
}

export class Gaps {
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: DatabaseSync) {
    this.#statements = prepare(database);
  }

  /** Into the open transaction. `node`: its number, 0 for all. */
  add(node: number, { from, to, cause, count }: Omit<Gap, "node">): void {
    const last = Math.max(from, to);
    const code = GAP_CAUSES.indexOf(cause);
    const { lastInsertRowid } = this.#statements.add.run({ node, first: from, last, code, count });
    this.#statements.forget.run(Number(lastInsertRowid) - MOST_GAPS);
  }

  /** Those of some edge nodes, and of all, that touch a range; oldest first. */
  touching(nodes: Iterable<number>, since: number, until: number): readonly KnownGap[] {
    const found = [...new Set([ALL_NODES, ...nodes])].flatMap((node) =>
      this.#statements.touching.all(node, until, since).map((row) => ({
        from: Number(row["first"]),
        to: Number(row["last"]),
        cause: GAP_CAUSES[Number(row["cause"])] ?? "hub stopped",
        count: Number(row["count"]),
      })),
    );
    return found.toSorted((a, b) => a.from - b.from);
  }
}

const REASONS: Readonly<Record<GapCause, string>> = {
  "hub stopped": "not recorded: the hub was stopped",
  "disk full": "not recorded: the disk was full",
  overload: "not recorded: more came than could be written",
  "messages lost": "messages were lost before they reached the hub",
};

/** A row that says from when on nothing is known. */
export function gapRow({ from, cause }: KnownGap, time: number): Columns {
  const writer = new ByteWriter();
  const empty = new Uint8Array(0);
  const record = { reasonCode: OTHER_REASON, reason: REASONS[cause], kind: SIDE_KINDS.nothing };
  writeSide(writer, { ...record, bytes: empty });
  const row = newColumns(1);
  row.times[0] = time;
  row.received[0] = from;
  row.metas[0] = LAST_KNOWN | SIDE;
  return { ...row, sides: writer.take() };
}

/**
 * Puts gaps between the rows of a metric: before the first row that was received after one. A metric that was not there
 * before it has no gap.
 */
export class GapWeaver {
  readonly #gaps: readonly KnownGap[];
  #next = 0;
  /** Time and reception of the row before. */
  #before: { readonly time: number; readonly received: number } | undefined;
  /** Time of the row before, also of a late one. */
  #last = Number.NEGATIVE_INFINITY;

  /** `before`: the row that held at the begin of the range. */
  constructor(
    gaps: readonly KnownGap[],
    before: { readonly time: number; readonly received: number } | undefined,
  ) {
    this.#gaps = gaps;
    this.#before = before;
  }

  weave(stretch: Stretch): Stretch {
    const { rows, origins } = stretch;
    if (this.#next >= this.#gaps.length || rows.count === 0) {
      this.#passed(rows, rows.count - 1);
      return stretch;
    }
    const copy = new RowCopy(rows.count + this.#gaps.length);
    const woven =
      origins === undefined ? undefined : new Uint8Array(rows.count + this.#gaps.length);
    for (let row = 0; row < rows.count; row += 1) {
      const origin = origins?.[row] ?? 0;
      const mark = this.#markBefore(rows, row);
      if (mark !== undefined) {
        if (woven !== undefined) woven[copy.size] = origin;
        copy.add(mark, 0);
      }
      if (woven !== undefined) woven[copy.size] = origin;
      copy.add(rows, row);
      this.#passed(rows, row);
    }
    return { rows: copy.take(), origins: woven?.subarray(0, copy.size) };
  }

  /** The gap that lasts until after the last row, when it begins before `until`. */
  end(until: number): Columns | undefined {
    const before = this.#before;
    if (before === undefined) return undefined;
    const open = this.#gaps.slice(this.#next);
    const gap = open.find(({ from, to }) => from <= until && before.received <= to);
    return gap && this.#markOf(gap, until + 1);
  }

  #markBefore(rows: Columns, row: number): Columns | undefined {
    const [time = 0, received = 0] = [rows.times[row], rows.received[row]];
    if (this.#isLate(rows, row)) return this.#markBeforeLate(time);
    let mark: Columns | undefined;
    for (;;) {
      const gap = this.#gaps[this.#next];
      if (gap === undefined || received < gap.to) return mark;
      this.#next += 1;
      if (mark === undefined) mark = this.#markOf(gap, time);
    }
  }

  /** Late rows lie where nothing was recorded: what is not known began before them. */
  #markBeforeLate(time: number): Columns | undefined {
    const gap = this.#gaps[this.#next];
    const mark = gap && this.#markOf(gap, time);
    if (mark !== undefined) this.#next += 1;
    return mark;
  }

  /** `time`: of the row that follows. `undefined`: nothing was there that a gap could end, or it begins later. */
  #markOf(gap: KnownGap, time: number): Columns | undefined {
    const before = this.#before;
    if (before === undefined || before.received > gap.to) return undefined;
    const begin = Math.max(gap.from, before.time + 1, this.#last + 1);
    return begin < time ? gapRow(gap, begin) : undefined;
  }

  #passed(rows: Columns, row: number): void {
    if (row < 0) return;
    this.#last = rows.times[row] ?? 0;
    if (isHistorical(rows, row)) return;
    const [time = 0, received = 0] = [rows.times[row], rows.received[row]];
    const gap = this.#isLate(rows, row) ? this.#gaps[this.#next] : undefined;
    this.#before = { time, received: Math.min(received, gap?.from ?? received) };
  }

  /** Whether it came after a gap and tells of the time before it: that ends no gap. */
  #isLate(rows: Columns, row: number): boolean {
    if (isHistorical(rows, row)) return true;
    const gap = this.#gaps[this.#next];
    if (gap === undefined || (rows.received[row] ?? 0) < gap.to) return false;
    return (rows.times[row] ?? 0) <= gap.from;
  }
}

function isHistorical({ metas }: Columns, row: number): boolean {
  return ((metas[row] ?? 0) & HISTORICAL) !== 0;
}

/** Whether a row has a number or truth value. */
export function hasNumber(meta: number): boolean {
  const kind = meta & KIND_BITS;
  return kind === 0 || kind === 0b01_000;
}

function prepare(database: DatabaseSync) {
  return {
    add: database.prepare(
      "INSERT INTO gap (node, first, last, cause, count) VALUES (:node, :first, :last, :code, :count)",
    ),
    forget: database.prepare("DELETE FROM gap WHERE id <= ?"),
    touching: database.prepare(
      "SELECT * FROM gap WHERE node = ? AND first <= ? AND last >= ? ORDER BY first",
    ),
  };
}
