/**
 * Rows in the order of their arrival. On disk they are one record a batch; those that are not in blocks yet are kept in
 * memory too, as they came, so that asking for the last minutes reads no disk.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { packed, unpacked } from "./block.ts";
import { BrokenBytes, ByteReader, ByteWriter } from "./bytes.ts";
import { newColumns, type Columns } from "./columns.ts";
import { blobOf } from "./database.ts";
import { part, RowCopy, type Piece } from "./rows.ts";

/** One batch as it arrived. */
export interface FreshBatch {
  readonly batch: number;
  /** Offset of its first row. */
  readonly first: number;
  readonly rows: Columns;
  /** The series of each row. */
  readonly series: Int32Array;
  /** Time of the records when it was written; see `kept-time.ts`. */
  readonly kept: number;
}

const writer = new ByteWriter();

/** A batch as it stands on disk. */
function encodeFresh(rows: Columns, series: Int32Array): Uint8Array {
  writer.clear();
  writer.varint(rows.count);
  writer.bytes(new Uint8Array(series.buffer, series.byteOffset, series.byteLength));
  writer.floats(rows.times);
  writer.floats(rows.received);
  writer.floats(rows.numbers);
  writer.bytes(rows.metas);
  writer.bytes(rows.sides);
  return packed(writer.take());
}

/** @throws {BrokenBytes} */
function decodeFresh(bytes: Uint8Array): Pick<FreshBatch, "rows" | "series"> {
  const body = unpacked(bytes);
  const reader = new ByteReader(body);
  const count = reader.varint();
  const series = new Int32Array(reader.bytes(count * 4).slice().buffer);
  const rows = newColumns(count);
  rows.times.set(reader.floats(count));
  rows.received.set(reader.floats(count));
  rows.numbers.set(reader.floats(count));
  rows.metas.set(reader.bytes(count));
  return { rows: { ...rows, sides: body.slice(reader.at) }, series };
}

export class Fresh {
  /** In memory, oldest first. */
  readonly #batches: FreshBatch[] = [];
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #place: StatementSync;
  readonly #oldest: StatementSync;
  readonly #after: StatementSync;
  readonly #received: StatementSync;
  #rows = 0;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare("INSERT INTO fresh VALUES (?, ?, ?, ?, ?, ?, ?)");
    this.#select = database.prepare("SELECT * FROM fresh WHERE batch = ?");
    this.#oldest = database.prepare("SELECT first FROM fresh ORDER BY batch LIMIT 1");
    this.#after = database.prepare(
      "SELECT batch FROM fresh WHERE batch > ? ORDER BY batch LIMIT 1",
    );
    this.#received = database.prepare(
      "SELECT batch FROM fresh WHERE received <= ? ORDER BY batch DESC LIMIT 1",
    );
    this.#place = database.prepare(
      "SELECT batch FROM fresh WHERE first <= ? ORDER BY first DESC LIMIT 1",
    );
  }

  /** Rows that are not in blocks. */
  get rows(): number {
    return this.#rows;
  }

  get batches(): readonly FreshBatch[] {
    return this.#batches;
  }

  /** Offset of the first row that is still there in the order of arrival. */
  get tail(): number | undefined {
    const first = this.#oldest.get()?.["first"];
    return first === undefined ? undefined : Number(first);
  }

  /** The next batch on disk. */
  numberAfter(batch: number): number | undefined {
    return numberOf(this.#after.get(batch));
  }

  /** The last batch whose first row was received at or before a time. */
  batchAt(time: number): number | undefined {
    return numberOf(this.#received.get(time));
  }

  /** Takes what is not in blocks yet into memory, at the start. Says how many batches are damaged. */
  load(rolled: number): number {
    let damaged = 0;
    for (let next = this.numberAfter(rolled); next !== undefined; next = this.numberAfter(next)) {
      const batch = this.batch(next);
      if (batch === undefined) damaged += 1;
      else this.add(batch);
    }
    return damaged;
  }

  /** Into the open transaction. */
  write({ batch, first, rows, series, kept }: FreshBatch): void {
    const data = encodeFresh(rows, series);
    const received = rows.received[0] ?? 0;
    this.#insert.run(batch, first, rows.count, received, kept, data.length, data);
  }

  /** It is on disk. */
  add(batch: FreshBatch): void {
    this.#batches.push(batch);
    this.#rows += batch.rows.count;
  }

  /** The rows up to this batch stand in blocks. */
  drop(upTo: number): void {
    const count = this.#batches.findIndex(({ batch }) => batch > upTo);
    const gone = this.#batches.splice(0, count < 0 ? this.#batches.length : count);
    for (const { rows } of gone) this.#rows -= rows.count;
  }

  /** A batch from memory or disk; `undefined` when it is not there any more, or damaged. */
  batch(number: number): FreshBatch | undefined {
    const first = this.#batches[0]?.batch;
    const known = first === undefined ? undefined : this.#batches[number - first];
    if (known?.batch === number) return known;
    const row = this.#select.get(number);
    const decoded = row === undefined ? undefined : whole(blobOf(row["data"]));
    if (row === undefined || decoded === undefined) return undefined;
    return { batch: number, first: Number(row["first"]), kept: Number(row["kept"]), ...decoded };
  }

  /** The batch in which the row with this offset stands. */
  batchOf(offset: number): number | undefined {
    return numberOf(this.#place.get(offset));
  }

  /** For every series the row that held at a time, found in one pass. */
  heldAt(time: number): (series: number) => Piece | undefined {
    const held = new Map<
      number,
      { readonly rows: Columns; readonly row: number; readonly time: number }
    >();
    for (const { series, rows } of this.#batches) {
      for (let row = 0; row < rows.count; row += 1) {
        const at = rows.times[row] ?? 0;
        if (at > time) continue;
        const id = series[row] ?? 0;
        const before = held.get(id);
        if (before === undefined || before.time <= at) held.set(id, { rows, row, time: at });
      }
    }
    return (series) => {
      const found = held.get(series);
      return (
        found && { rows: part(found.rows, found.row, found.row + 1), origin: 0, isSorted: true }
      );
    };
  }

  /** The rows of one series, in the order in which they arrived. */
  pieces(series: number, origin: number): readonly Piece[] {
    const pieces: Piece[] = [];
    for (const batch of this.#batches) {
      const rows = rowsOf(batch, series);
      if (rows !== undefined) pieces.push({ rows, origin, isSorted: false });
    }
    return pieces;
  }
}

function numberOf(row: Readonly<Record<string, unknown>> | undefined): number | undefined {
  return row === undefined ? undefined : Number(row["batch"]);
}

/** `undefined`: the disk has changed it. */
function whole(bytes: Uint8Array): ReturnType<typeof decodeFresh> | undefined {
  try {
    return decodeFresh(bytes);
  } catch (error) {
    if (error instanceof BrokenBytes) return undefined;
    throw error;
  }
}

function rowsOf({ series, rows }: FreshBatch, wanted: number): Columns | undefined {
  let at = series.indexOf(wanted);
  if (at < 0) return undefined;
  const found: number[] = [];
  for (; at >= 0; at = series.indexOf(wanted, at + 1)) found.push(at);
  const copy = new RowCopy(found.length);
  for (const row of found) copy.add(rows, row);
  return copy.take();
}
