/** What does not fit into a column of numbers: texts, bytes, large integers, whole structures, and reasons. */
import { ByteReader, ByteWriter } from "./bytes.ts";

/** How the bytes of a record are read. Append only: they stand on disk. */
export const SIDE_KINDS = {
  nothing: 0,
  number: 1,
  truth: 2,
  /** Eight bytes, with a sign. */
  integer: 3,
  /** Eight bytes, without. */
  unsigned: 4,
  text: 5,
  bytes: 6,
  /** A Sparkplug payload with one metric. */
  payload: 7,
} as const;

/** The reason is a text of its own. */
export const OTHER_REASON = 255;

export interface SideRecord {
  /** Its number among the reasons of the tree; 0: none. */
  readonly reasonCode: number;
  /** With `OTHER_REASON`. */
  readonly reason: string | undefined;
  readonly kind: number;
  readonly bytes: Uint8Array;
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

export function writeSide(into: ByteWriter, { reasonCode, reason, kind, bytes }: SideRecord): void {
  into.byte(reasonCode);
  if (reasonCode === OTHER_REASON) {
    const text = ENCODER.encode(reason ?? "");
    into.varint(text.length);
    into.bytes(text);
  }
  into.byte(kind);
  into.varint(bytes.length);
  into.bytes(bytes);
}

/** @throws {BrokenBytes} */
export function readSide(sides: Uint8Array, at: number): SideRecord {
  const reader = new ByteReader(sides, at);
  const reasonCode = reader.byte();
  const reason =
    reasonCode === OTHER_REASON ? DECODER.decode(reader.bytes(reader.varint())) : undefined;
  const kind = reader.byte();
  return { reasonCode, reason, kind, bytes: reader.bytes(reader.varint()) };
}

/** Where the record that begins at `at` ends. @throws {BrokenBytes} */
export function endOfSide(sides: Uint8Array, at: number): number {
  const reader = new ByteReader(sides, at);
  if (reader.byte() === OTHER_REASON) reader.bytes(reader.varint());
  reader.byte();
  reader.bytes(reader.varint());
  return reader.at;
}
