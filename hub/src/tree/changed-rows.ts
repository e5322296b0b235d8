/** What some metrics are worth as pieces of a file, and back: for what changed after the last snapshot. */
import { deserialize, serialize } from "node:v8";
import { bytesOf, type Column } from "./columns.ts";
import { PIECES, SnapshotError, type Piece, type ReadPiece } from "./snapshot-file.ts";
import type { UnsTree } from "./tree.ts";
import { HEAVY, weightOf } from "./value-weight.ts";
import type { Aside } from "./values.ts";

type ValueAside = readonly [id: number, value: Aside];

/** The `seq` that is expected next of the edge node of a row; `undefined`: it must be born before it is believed. */
export type ExpectedSeqs = ReadonlyMap<number, number | undefined>;

/** What has no place in columns. */
type Beside = readonly [aside: readonly ValueAside[], seqs: ExpectedSeqs];

const COUNT_BYTES = 4;
const ROWS_IN_PIECE = 4096;
const NO_SEQS: ExpectedSeqs = new Map();

/** What is written down together. */
interface ChangedRows {
  readonly ids: Int32Array;
  /** Whether a row is still what the snapshot says of it; asked for each piece. */
  readonly fits: (id: number) => boolean;
  /** How far the messages are that brought the values. */
  readonly seqs: ExpectedSeqs;
}

/**
 * Values, times and qualities of rows, each piece as they are when it is asked for; `seqs` are in the last one. Each is made in
 * about a millisecond.
 */
export function* changedPieces(tree: UnsTree, { ids, fits, seqs }: ChangedRows): Generator<Piece> {
  let from = 0;
  do {
    const to = endOfPiece(tree, ids, from);
    const part = ids.subarray(from, to).filter(fits);
    yield changedRows(tree, part, to < ids.length ? NO_SEQS : seqs);
    from = to;
  } while (from < ids.length);
}

function endOfPiece({ values }: UnsTree, ids: Int32Array, from: number): number {
  const most = Math.min(ids.length, from + ROWS_IN_PIECE);
  let weight = 0;
  for (let at = from; at < most; at += 1) {
    weight += weightOf(values.aside(ids[at] ?? 0)?.value ?? null);
    if (weight >= HEAVY) return at + 1;
  }
  return most;
}

function changedRows({ values }: UnsTree, ids: Int32Array, seqs: ExpectedSeqs): Piece {
  const columns = values.columns().map((column) => gathered(column, ids));
  const aside: ValueAside[] = [];
  for (const id of ids) {
    const value = values.aside(id);
    if (value !== undefined) aside.push([id, value]);
  }
  const count = new Uint8Array(Uint32Array.of(ids.length).buffer);
  const beside: Beside = [aside, seqs];
  return {
    kind: PIECES.changed,
    parts: [count, bytesOf(ids, 0, ids.length), ...columns, serialize(beside)],
  };
}

/** `size`: rows of the snapshot. @throws {SnapshotError} when a row is none of its. */
export function restoreChanged(
  { values }: UnsTree,
  { bytes }: ReadPiece,
  size: number,
): ExpectedSeqs {
  const count = bytes.readUInt32LE(0);
  const ids = new Int32Array(count);
  let pos = take(ids, bytes, COUNT_BYTES);
  if (ids.some((id) => id < 0 || id >= size)) throw new SnapshotError("a change of no row");
  for (const column of values.columns()) {
    const part = column.slice(0, count);
    pos = take(part, bytes, pos);
    for (let at = 0; at < count; at += 1) column[ids[at] ?? 0] = part[at] ?? 0;
  }
  const [aside, seqs]: Beside = deserialize(bytes.subarray(pos)); // its checksum says that we wrote it
  for (const id of ids) values.dropAside(id); // a text may have become null
  for (const [id, value] of aside) values.setAside(id, value);
  return seqs;
}

function gathered(column: Column, ids: Int32Array): Uint8Array {
  const part = column.slice(0, ids.length);
  for (let at = 0; at < ids.length; at += 1) part[at] = column[ids[at] ?? 0] ?? 0;
  return bytesOf(part, 0, ids.length);
}

/** Fills `column` from `pos` on; answers where it ends. */
function take(column: Column, bytes: Buffer, pos: number): number {
  const target = bytesOf(column, 0, column.length);
  const end = pos + target.length;
  if (end > bytes.length) throw new SnapshotError("changes end too early");
  target.set(bytes.subarray(pos, end));
  return end;
}
