/**
 * The file of a snapshot: pieces, each with its kind, length and checksum, and a last one that says that all are there.
 * It is written beside the old one and takes its place when it is on disk, as a whole or not at all.
 */
import { readFileSync } from "node:fs";
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { isNoFile } from "../caught.ts";

/** What a piece holds. The numbers stand in files: never change one. */
export const PIECES = {
  header: 1,
  /** Columns of a run of rows. */
  rows: 2,
  /** What of these rows has no place in columns. */
  aside: 3,
  names: 4,
  nameStarts: 5,
  properties: 6,
  propertyStarts: 7,
  sessions: 8,
  end: 9,
  /** What some rows were worth after the snapshot was made; in the file of changes only. */
  changed: 10,
} as const;

export interface Piece {
  readonly kind: number;
  readonly parts: readonly Uint8Array[];
}

export interface ReadPiece {
  readonly kind: number;
  readonly bytes: Buffer;
}

/** The file is not what was written. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
}

const MAGIC = "UNSHUB-TREE";
const VERSION = 1;
/** Written as this machine writes numbers; a machine of the other kind reads something else. */
const BYTE_ORDER = new Uint8Array(Uint32Array.of(0x01020304).buffer);
export const PREAMBLE: Uint8Array = Buffer.concat([
  Buffer.from(MAGIC),
  Uint8Array.of(VERSION),
  BYTE_ORDER,
]);

/** Kind, length and checksum of a piece: 32 bits each, little-endian. */
const PIECE_HEAD = 12;

/** Takes each piece from `pieces` when the one before is written; gives the length of the file. */
export async function writeSnapshot(file: string, pieces: Iterable<Piece>): Promise<number> {
  const fresh = `${file}.new`;
  const handle = await open(fresh, "w");
  let length = 0;
  try {
    length = await writePieces(handle, pieces);
    await handle.sync();
  } catch (error) {
    await handle.close();
    await rm(fresh, { force: true });
    throw error;
  }
  await handle.close();
  await rename(fresh, file);
  return length;
}

async function writePieces(handle: FileHandle, pieces: Iterable<Piece>): Promise<number> {
  await handle.writeFile(PREAMBLE);
  let length = PREAMBLE.length;
  for (const piece of pieces) {
    const bytes = framed(piece);
    await handle.writeFile(bytes); // goes on where the last one ended
    length += bytes.length;
  }
  const end = framed({ kind: PIECES.end, parts: [] });
  await handle.writeFile(end);
  return length + end.length;
}

/** The piece with its head, in memory of its own: what it was made of may change while it is written. */
export function framed({ kind, parts }: Piece): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(PIECE_HEAD), ...parts]);
  bytes.writeUInt32LE(kind, 0);
  bytes.writeUInt32LE(bytes.length - PIECE_HEAD, 4);
  bytes.writeUInt32LE(crc32(bytes.subarray(PIECE_HEAD)), 8);
  return bytes;
}

/** All pieces of a file that is whole; `undefined` when there is none. @throws {SnapshotError} */
export function readSnapshot(file: string): readonly ReadPiece[] | undefined {
  const bytes = bytesOfFile(file);
  if (bytes === undefined) return undefined;
  const magic = bytes.subarray(0, MAGIC.length).toString("latin1");
  if (magic !== MAGIC) throw new SnapshotError(`${file} is no snapshot of the tree`);
  if (!bytes.subarray(0, PREAMBLE.length).equals(PREAMBLE)) {
    const version = bytes[MAGIC.length] ?? 0;
    throw new SnapshotError(`${file} was written by another kind of hub (version ${version})`);
  }
  const pieces: ReadPiece[] = [];
  let pos = PREAMBLE.length;
  for (;;) {
    const piece = pieceAt(bytes, pos, file);
    if (piece.kind === PIECES.end) return pieces;
    pieces.push(piece);
    pos += PIECE_HEAD + piece.bytes.length;
  }
}

/** The pieces of a file that may have been cut off at any byte, as far as they are whole; none when it is not there. */
export function readCutPieces(file: string): readonly ReadPiece[] {
  const bytes = bytesOfFile(file) ?? Buffer.alloc(0);
  const pieces: ReadPiece[] = [];
  if (!bytes.subarray(0, PREAMBLE.length).equals(PREAMBLE)) return pieces;
  try {
    for (let pos = PREAMBLE.length; pos < bytes.length;) {
      const piece = pieceAt(bytes, pos, file);
      pieces.push(piece);
      pos += PIECE_HEAD + piece.bytes.length;
    }
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error; // what was being written is the last of it
  }
  return pieces;
}

function pieceAt(bytes: Buffer, pos: number, file: string): ReadPiece {
  if (pos + PIECE_HEAD > bytes.length) throw new SnapshotError(`${file} ends too early`);
  const start = pos + PIECE_HEAD;
  const end = start + bytes.readUInt32LE(pos + 4);
  if (end > bytes.length) throw new SnapshotError(`${file} ends too early`);
  const inside = bytes.subarray(start, end);
  if (crc32(inside) !== bytes.readUInt32LE(pos + 8)) {
    throw new SnapshotError(`${file} is damaged at byte ${pos}`);
  }
  return { kind: bytes.readUInt32LE(pos), bytes: inside };
}

function bytesOfFile(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if (isNoFile(error)) return undefined;
    throw error;
  }
}
