/** Pages of a session's queue: read in the writer thread, handed over as frames, made into records on the main thread. */
import type { DatabaseSync } from "node:sqlite";
import { packFrames, unpackFrames } from "./frames.ts";
import { isIntact, readMessage } from "./stored-message.ts";
import { blobOf } from "./stored-state.ts";
import type { QueuedRecord } from "./store.ts";

const QUERY = `SELECT q.row, q.qos, q.retain, q.identifiers, m.message
  FROM queue AS q LEFT JOIN message AS m ON m.row = q.row
  WHERE q.session = ? AND q.row > ? ORDER BY q.row`;

/** A page ends after this many bytes even if its limit is not reached. */
const PAGE_BYTES = 1024 * 1024;
const QOS_BITS = 0b11;
const RETAIN = 0b100;
/** Flags, and the length of the identifiers as text. */
const HEAD_BYTES = 5;

export interface PageRequest {
  readonly session: number;
  readonly afterRow: number;
  readonly limit: number;
}

export interface QueuePage {
  readonly records: ArrayBuffer;
  /** Rows whose message is missing or does not match its checksum; they are not among the records. */
  readonly damaged: readonly number[];
}

export function readPage(
  database: DatabaseSync,
  { session, afterRow, limit }: PageRequest,
): QueuePage {
  const records: Buffer[] = [];
  const damaged: number[] = [];
  let bytes = 0;
  for (const row of database.prepare(QUERY).iterate(session, afterRow)) {
    const message = blobOf(row["message"]);
    if (isIntact(message)) {
      records.push(pack(row, message));
      bytes += message.length;
    } else damaged.push(Number(row["row"]));
    if (records.length >= limit || bytes >= PAGE_BYTES) break;
  }
  return { records: packFrames(records), damaged };
}

function pack(row: Record<string, unknown>, message: Buffer): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  const identifiers = typeof row["identifiers"] === "string" ? row["identifiers"] : "";
  head[0] = Number(row["qos"]) | (row["retain"] === 1 ? RETAIN : 0);
  head.writeUInt32LE(identifiers.length, 1);
  return Buffer.concat([head, Buffer.from(identifiers, "latin1"), message]);
}

export function recordsOf(page: ArrayBuffer): readonly QueuedRecord[] {
  return unpackFrames(page).map((frame) => {
    const flags = frame[0] ?? 0;
    const end = HEAD_BYTES + frame.readUInt32LE(1);
    const identifiers = frame.toString("latin1", HEAD_BYTES, end);
    return {
      message: readMessage(frame.subarray(end)),
      qos: (flags & QOS_BITS) === 2 ? 2 : 1,
      retain: (flags & RETAIN) !== 0,
      identifiers: identifiers === "" ? [] : identifiers.split(",").map(Number),
    };
  });
}
