/** Brings rows of several sources into one order by time; of two rows of one time the one that arrived later holds. */
import { ByteWriter } from "./bytes.ts";
import { HISTORICAL, KIND_BITS, newColumns, SIDE, type Columns } from "./columns.ts";
import { endOfSide } from "./side-record.ts";

/** Rows of one source. */
export interface Piece {
  readonly rows: Columns;
  /** Which series of those that are read. */
  readonly origin: number;
  /** Whether its rows stand in order of time, each time once. */
  readonly isSorted: boolean;
}

/** Rows in order of time, each time once. */
export interface Stretch {
  readonly rows: Columns;
  /** The origin of each row; `undefined`: all have the first one. */
  readonly origins: Uint8Array | undefined;
}

/** Most rows of a block. */
const MOST_ROWS = 4096;
/** Late rows begin a block of their own when they are so far from what is live. */
const LATE_GAP_MS = 600_000;
/** So do any: a source without a clock says 1970, and what overlaps in time is read together. */
const ANY_GAP_MS = 7 * 86_400_000;

/** Rows from time `from` to time `to`, both included. Pieces stand in the order in which they arrived. */
export function joined(pieces: readonly Piece[], from: number, to: number): Stretch {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1 && only.isSorted && only.origin === 0) {
    const begin = lowerBound(only.rows.times, from);
    return { rows: part(only.rows, begin, upperBound(only.rows.times, to)), origins: undefined };
  }
  return picked(pieces, chosen(pieces, from, to));
}

/** A view of some rows. */
export function part(rows: Columns, from: number, to: number): Columns {
  if (from === 0 && to === rows.count) return rows;
  return {
    count: Math.max(0, to - from),
    times: rows.times.subarray(from, to),
    received: rows.received.subarray(from, to),
    numbers: rows.numbers.subarray(from, to),
    metas: rows.metas.subarray(from, to),
    sides: rows.sides,
  };
}

/** The first row at or after `time`. */
function lowerBound(times: Float64Array, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first row after `time`. */
function upperBound(times: Float64Array, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where the blocks of sorted rows end: of some thousand rows, and where late rows lie far from the live ones. */
export function blockEnds({ count, times, metas }: Columns): readonly number[] {
  const ends: number[] = [];
  let begin = 0;
  for (let at = 1; at < count; at += 1) {
    const isLate = (((metas[at] ?? 0) ^ (metas[at - 1] ?? 0)) & HISTORICAL) !== 0;
    const gapMs = (times[at] ?? 0) - (times[at - 1] ?? 0);
    const isFar = gapMs > (isLate ? LATE_GAP_MS : ANY_GAP_MS);
    if (at - begin < MOST_ROWS && !isFar) continue;
    ends.push(at);
    begin = at;
  }
  if (count > begin) ends.push(count);
  return ends;
}

/** Copies rows one by one, with their records. */
export class RowCopy {
  readonly #rows: Columns;
  readonly #sides = new ByteWriter();
  #size = 0;

  constructor(room: number) {
    this.#rows = newColumns(room);
  }

  get size(): number {
    return this.#size;
  }

  add(from: Columns, row: number): void {
    const to = this.#size;
    const { times, received, numbers, metas } = this.#rows;
    times[to] = from.times[row] ?? 0;
    received[to] = from.received[row] ?? 0;
    metas[to] = from.metas[row] ?? 0;
    numbers[to] = from.numbers[row] ?? 0;
    if (((metas[to] ?? 0) & KIND_BITS) === SIDE) {
      const begin = from.numbers[row] ?? 0;
      numbers[to] = this.#sides.length;
      this.#sides.bytes(from.sides.subarray(begin, endOfSide(from.sides, begin)));
    }
    this.#size += 1;
  }

  take(): Columns {
    return { ...part(this.#rows, 0, this.#size), sides: this.#sides.take() };
  }
}

interface Chosen {
  readonly pieces: Uint32Array;
  readonly rows: Uint32Array;
}

function chosen(pieces: readonly Piece[], from: number, to: number): Chosen {
  const size = pieces.reduce((sum, { rows }) => sum + rows.count, 0);
  const all = { pieces: new Uint32Array(size), rows: new Uint32Array(size) };
  const times = new Float64Array(size);
  let count = 0;
  for (const [at, { rows }] of pieces.entries()) {
    for (let row = 0; row < rows.count; row += 1) {
      const time = rows.times[row] ?? 0;
      if (time < from || time > to) continue;
      all.pieces[count] = at;
      all.rows[count] = row;
      times[count] = time;
      count += 1;
    }
  }
  return withoutDoubles(all, times.subarray(0, count));
}

/** They were gathered in the order of their arrival, so their number says who came later. */
function withoutDoubles(all: Chosen, times: Float64Array): Chosen {
  const order = Uint32Array.from(times, (_, at) => at);
  order.sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
  const kept = { pieces: new Uint32Array(order.length), rows: new Uint32Array(order.length) };
  let count = 0;
  for (const [at, one] of order.entries()) {
    const next = order[at + 1];
    if (next !== undefined && times[next] === times[one]) continue;
    kept.pieces[count] = all.pieces[one] ?? 0;
    kept.rows[count] = all.rows[one] ?? 0;
    count += 1;
  }
  return { pieces: kept.pieces.subarray(0, count), rows: kept.rows.subarray(0, count) };
}

function picked(pieces: readonly Piece[], { pieces: of, rows }: Chosen): Stretch {
  const copy = new RowCopy(rows.length);
  const origins = new Uint8Array(rows.length);
  for (const [at, row] of rows.entries()) {
    const piece = pieces[of[at] ?? 0];
    if (piece === undefined) continue;
    copy.add(piece.rows, row);
    origins[at] = piece.origin;
  }
  return { rows: copy.take(), origins };
}
