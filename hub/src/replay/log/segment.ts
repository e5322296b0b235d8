/** One file of a log: read in pieces from a place on, checked to its end, made smaller. */
import { open, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { recordAt, sizeAt, type ReadMessage } from "./record.ts";

export interface Segment {
  readonly number: number;
  readonly file: string;
  /** Of its first message; microseconds since 1970 UTC. */
  readonly firstTs: number;
  /** Bytes that are written. */
  bytes: number;
  /** How often it was made smaller: places in it hold only as long as this. */
  version: number;
}

const NAME = /^(?<number>\d{10})-(?<firstTs>\d{17})\.log$/;

export function newSegment(folder: string, number: number, firstTs: number): Segment {
  const name = `${String(number).padStart(10, "0")}-${String(firstTs).padStart(17, "0")}.log`;
  return { number, file: join(folder, name), firstTs, bytes: 0, version: 0 };
}

/** The segment that a file of this name is; `undefined`: none. */
export async function segmentNamed(folder: string, name: string): Promise<Segment | undefined> {
  const { number, firstTs } = NAME.exec(name)?.groups ?? {};
  if (number === undefined || firstTs === undefined) return undefined;
  const file = join(folder, name);
  const { size } = await stat(file);
  return { number: Number(number), file, firstTs: Number(firstTs), bytes: size, version: 0 };
}

export interface Piece {
  readonly messages: readonly ReadMessage[];
  /** Where to go on in this segment. */
  readonly next: number;
  /** What follows is damaged. */
  readonly isDamaged: boolean;
}

const PIECE_BYTES = 64 * 1024;

/** The messages from byte `at` on, some 64 KiB of them, at least one if there is one. */
export async function readPiece(segment: Segment, at: number): Promise<Piece> {
  const until = segment.bytes;
  if (at >= until) return { messages: [], next: at, isDamaged: false };
  await using file = await open(segment.file, "r");
  let length = Math.min(PIECE_BYTES, until - at);
  for (;;) {
    const bytes = Buffer.allocUnsafe(length);
    const { bytesRead } = await file.read(bytes, 0, length, at);
    const piece = messagesIn(bytes.subarray(0, bytesRead), at);
    const wanted = sizeAt(bytes.subarray(0, bytesRead), 0);
    const isCut = piece.messages.length === 0 && !piece.isDamaged;
    if (!isCut || typeof wanted !== "number")
      return { ...piece, isDamaged: isCut || piece.isDamaged };
    if (wanted > until - at || bytesRead < length) return { ...piece, isDamaged: true };
    length = wanted; // one message that is longer than a piece
  }
}

function messagesIn(bytes: Buffer, offset: number): Piece {
  const messages: ReadMessage[] = [];
  let at = 0;
  for (;;) {
    const size = sizeAt(bytes, at);
    if (size === undefined || (size !== "damaged" && at + size > bytes.length))
      return { messages, next: offset + at, isDamaged: false };
    const message = size === "damaged" ? size : recordAt(bytes, at, size);
    if (message === "damaged") return { messages, next: offset + at, isDamaged: true };
    messages.push(message);
    at = message.end;
  }
}

/** Every message of a segment, a piece at a time; ends where it is damaged. */
export async function* messagesOf(
  segment: Segment,
): AsyncGenerator<readonly ReadMessage[], number> {
  let at = 0;
  for (;;) {
    const piece = await readPiece(segment, at);
    if (piece.messages.length > 0) yield piece.messages;
    at = piece.next;
    if (piece.isDamaged || piece.messages.length === 0) return at;
  }
}

/** In place of what it was, at once or not at all. */
export async function replaceSegment(segment: Segment, records: readonly Buffer[]): Promise<void> {
  const bytes = Buffer.concat(records);
  const part = `${segment.file}.new`;
  await writeFile(part, bytes);
  await rename(part, segment.file);
  segment.bytes = bytes.length;
  segment.version += 1;
}

export async function removeSegment({ file }: Segment): Promise<void> {
  await rm(file, { force: true });
}
