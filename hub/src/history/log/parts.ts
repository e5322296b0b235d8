/** Parts: blocks that were made together, each part of the metrics of one rule. They are made unseen, and shown as a whole. */
import type { DatabaseSync } from "node:sqlite";
import { decodeBlock, encodeBlock } from "./block.ts";
import { BrokenBytes } from "./bytes.ts";
import type { Columns } from "./columns.ts";
import { blobOf } from "./database.ts";
import { blockEnds } from "./rows.ts";

export interface Part {
  readonly id: number;
  readonly rule: string;
  /** How often its rows were joined from smaller parts. */
  readonly level: number;
  /** The first batch in it: parts are in the order of their arrival by it. */
  readonly firstBatch: number;
  /** Times of its rows. */
  readonly first: number;
  readonly last: number;
  readonly rows: number;
  readonly blocks: number;
  readonly bytes: number;
  /** Time of the records; see `kept-time.ts`. */
  readonly keptFrom: number;
  readonly keptTo: number;
}

/** Where a block stands and what it spans. */
export interface BlockPlace {
  readonly id: number;
  readonly first: number;
  readonly last: number;
}

/** What a row of a table costs beside its bytes, about. */
const ROW_COST = 40;

export class Parts {
  readonly #statements: ReturnType<typeof prepare>;
  #all: readonly Part[];

  constructor(database: DatabaseSync) {
    this.#statements = prepare(database);
    database.exec(
      "DELETE FROM block WHERE part IN (SELECT id FROM part WHERE visible = 0); DELETE FROM part WHERE visible = 0",
    );
    this.#all = this.#read();
  }

  /** In the order in which their rows arrived. */
  get all(): readonly Part[] {
    return this.#all;
  }

  /** Of all parts. */
  get bytes(): number {
    return this.#all.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** A part that nobody sees until it is shown. Into the open transaction. */
  begin(rule: string, level: number, firstBatch: number): PartMaker {
    const id = Number(this.#statements.add.run(rule, level, firstBatch).lastInsertRowid);
    return new PartMaker(id, this.#statements);
  }

  /** Shows a part in the place of others. Into the open transaction; `refresh` when it is committed. */
  show(made: PartMaker, kept: Pick<Part, "keptFrom" | "keptTo">): void {
    const { first, last, rows, blocks, bytes, id } = made;
    this.#statements.show.run({ first, last, rows, blocks, bytes, id, ...kept });
  }

  /** Into the open transaction; `refresh` when it is committed. */
  hide(id: number): void {
    this.#statements.hide.run(id);
  }

  /** Deletes some blocks of parts that are hidden; says whether there are more. Into the open transaction. */
  sweep(most: number): boolean {
    const id = this.#statements.hidden.get()?.["id"];
    if (id === undefined || id === null) return false;
    const { changes } = this.#statements.deleteBlocks.run(Number(id), most);
    if (Number(changes) < most) this.#statements.deletePart.run(Number(id));
    return true;
  }

  refresh(): void {
    this.#all = this.#read();
  }

  /** The blocks of a series in a part that have rows between two times. */
  places(part: number, series: number, since: number, until: number): readonly BlockPlace[] {
    return this.#statements.places.all(part, series, until, since).map((row) => ({
      id: Number(row["id"]),
      first: Number(row["first"]),
      last: Number(row["last"]),
    }));
  }

  /** The last block of a series in a part that begins at or before a time. */
  lastPlace(part: number, series: number, until: number): BlockPlace | undefined {
    const row = this.#statements.lastPlace.get(part, series, until);
    if (row === undefined) return undefined;
    return { id: Number(row["id"]), first: Number(row["first"]), last: Number(row["last"]) };
  }

  /** `undefined` when it is damaged. */
  block(id: number): Columns | undefined {
    const row = this.#statements.data.get(id);
    return row === undefined ? undefined : decoded(blobOf(row["data"]));
  }

  /** The blocks of a part from a series on, in the order of series and time. */
  *blocks(part: number, from: number): Generator<{ series: number; rows: Columns | undefined }> {
    for (const row of this.#statements.ofPart.iterate(part, from)) {
      yield { series: Number(row["series"]), rows: decoded(blobOf(row["data"])) };
    }
  }

  /** The series of the next blocks of a part, at most `limit`; fewer: there are no more. */
  seriesFrom(part: number, from: number, limit: number): readonly number[] {
    return this.#statements.seriesOf.all(part, from, limit).map((row) => Number(row["series"]));
  }

  #read(): readonly Part[] {
    return this.#statements.all.all().map((row) => ({
      id: Number(row["id"]),
      rule: String(row["rule"]),
      level: Number(row["level"]),
      firstBatch: Number(row["first_batch"]),
      first: Number(row["first"]),
      last: Number(row["last"]),
      rows: Number(row["rows"]),
      blocks: Number(row["blocks"]),
      bytes: Number(row["bytes"]),
      keptFrom: Number(row["kept_from"]),
      keptTo: Number(row["kept_to"]),
    }));
  }
}

/** Writes the blocks of one new part. */
export class PartMaker {
  readonly id: number;
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;
  rows = 0;
  blocks = 0;
  bytes = 0;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(id: number, statements: ReturnType<typeof prepare>) {
    this.id = id;
    this.#statements = statements;
  }

  /** `rows`: in order of time, each time once. Series come in the order of their numbers. Into the open transaction. */
  add(series: number, rows: Columns): void {
    let begin = 0;
    for (const end of blockEnds(rows)) {
      const [first, last] = [rows.times[begin] ?? 0, rows.times[end - 1] ?? 0];
      const data = encodeBlock(rows, begin, end);
      this.#statements.addBlock.run(this.id, series, first, last, end - begin, data);
      this.first = Math.min(this.first, first);
      this.last = Math.max(this.last, last);
      this.rows += end - begin;
      this.blocks += 1;
      this.bytes += data.length + ROW_COST;
      begin = end;
    }
  }
}

function decoded(data: Uint8Array): Columns | undefined {
  try {
    return decodeBlock(data);
  } catch (error) {
    if (error instanceof BrokenBytes) return undefined;
    throw error;
  }
}

function prepare(database: DatabaseSync) {
  return {
    all: database.prepare("SELECT * FROM part WHERE visible = 1 ORDER BY first_batch, id"),
    add: database.prepare(
      "INSERT INTO part (rule, level, first_batch, first, last, rows, blocks, bytes, kept_from, kept_to, visible) VALUES (?, ?, ?, 0, 0, 0, 0, 0, 0, 0, 0)",
    ),
    show: database.prepare(
      "UPDATE part SET first = :first, last = :last, rows = :rows, blocks = :blocks, bytes = :bytes, kept_from = :keptFrom, kept_to = :keptTo, visible = 1 WHERE id = :id",
    ),
    hide: database.prepare("UPDATE part SET visible = 2 WHERE id = ?"),
    hidden: database.prepare("SELECT id FROM part WHERE visible = 2 LIMIT 1"),
    deleteBlocks: database.prepare(
      "DELETE FROM block WHERE id IN (SELECT id FROM block WHERE part = ? LIMIT ?)",
    ),
    deletePart: database.prepare("DELETE FROM part WHERE id = ?"),
    addBlock: database.prepare(
      "INSERT INTO block (part, series, first, last, count, data) VALUES (?, ?, ?, ?, ?, ?)",
    ),
    places: database.prepare(
      "SELECT id, first, last FROM block WHERE part = ? AND series = ? AND first <= ? AND last >= ? ORDER BY first",
    ),
    lastPlace: database.prepare(
      "SELECT id, first, last FROM block WHERE part = ? AND series = ? AND first <= ? ORDER BY first DESC LIMIT 1",
    ),
    data: database.prepare("SELECT data FROM block WHERE id = ?"),
    ofPart: database.prepare(
      "SELECT series, data FROM block WHERE part = ? AND series >= ? ORDER BY series, first",
    ),
    seriesOf: database.prepare(
      "SELECT DISTINCT series FROM block WHERE part = ? AND series >= ? ORDER BY series LIMIT ?",
    ),
  };
}
