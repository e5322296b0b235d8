/** Reads the audit trail from its end, a page at a time: it may be long, and nobody waits for all of it. */
import { open, type FileHandle } from "node:fs/promises";

/** As it stands in the file; what a line says besides is shown as it is. */
export interface ShownAuditLine {
  readonly number: number;
  readonly [key: string]: unknown;
}

export interface AuditQuestion {
  readonly limit: number;
  /** Only lines before this one. */
  readonly before?: number | undefined;
  /** Only lines of this time: not before, and before. Milliseconds since 1970 UTC. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly fits: (line: ShownAuditLine) => boolean;
}

export interface AuditPage {
  /** The oldest first. */
  readonly lines: readonly ShownAuditLine[];
  /** Where the page before begins: ask again with it as `before`; `undefined`: that was all. */
  readonly next: number | undefined;
}

const BLOCK_BYTES = 262_144;
/** Looked through for one page; who wants more asks again. */
const MOST_BYTES = 33_554_432;

/** Lines that cannot be read are passed over; `verifyAudit` tells of them. */
export async function auditPage(file: string, question: AuditQuestion): Promise<AuditPage> {
  const handle = await open(file, "r");
  try {
    return await readPage(handle, question);
  } finally {
    await handle.close();
  }
}

async function readPage(handle: FileHandle, question: AuditQuestion): Promise<AuditPage> {
  const { limit, before = Infinity, from = -Infinity, to = Infinity } = question;
  const found: ShownAuditLine[] = [];
  let looked = before;
  const isAsked = (line: ShownAuditLine): boolean =>
    line.number < before && !(momentOf(line) >= to + CLOCK_MAY_JUMP_MS);
  for await (const text of linesFromEnd(handle, await endOf(handle, isAsked))) {
    if (text === undefined) return { lines: found.toReversed(), next: looked };
    const line = lineIn(text);
    if (line === undefined || line.number >= before) continue;
    if (momentOf(line) < from - CLOCK_MAY_JUMP_MS) break;
    if (found.length >= limit) return { lines: found.toReversed(), next: looked };
    looked = line.number;
    if (isFitting(line, question)) found.push(line);
  }
  return { lines: found.toReversed(), next: undefined };
}

function isFitting(
  line: ShownAuditLine,
  { from = -Infinity, to = Infinity, fits }: AuditQuestion,
): boolean {
  const moment = momentOf(line);
  const isOutside = moment < from || moment >= to;
  return !isOutside && fits(line);
}

/**
 * Where to begin, in bytes: no line behind it is asked for. Lines stand in the order of their numbers and times, so a few
 * looks find it in however long a trail.
 */
async function endOf(
  handle: FileHandle,
  isAsked: (line: ShownAuditLine) => boolean,
): Promise<number> {
  const { size } = await handle.stat();
  let [low, high] = [0, size];
  while (high - low > BLOCK_BYTES) {
    const middle = low + Math.floor((high - low) / 2);
    // Each look decides where the next one is.
    // oxlint-disable-next-line no-await-in-loop
    const found = await firstLineFrom(handle, middle);
    if (found === undefined || found.at >= high) return high;
    if (isAsked(found.line)) low = found.at;
    else high = found.at;
  }
  return high;
}

/** The first whole line that begins behind a place, with its own. */
async function firstLineFrom(
  handle: FileHandle,
  from: number,
): Promise<{ readonly at: number; readonly line: ShownAuditLine } | undefined> {
  const block = Buffer.alloc(BLOCK_BYTES);
  const { bytesRead } = await handle.read(block, 0, BLOCK_BYTES, from);
  const bytes = block.subarray(0, bytesRead);
  for (let at = bytes.indexOf(10) + 1; at > 0;) {
    const end = bytes.indexOf(10, at);
    if (end < 0) return undefined;
    const line = lineIn(bytes.subarray(at, end).toString("utf8"));
    if (line !== undefined) return { at: from + at, line };
    at = end + 1;
  }
  return undefined;
}

/** The last line before `size` first; `undefined` when it has read as much as it may. */
async function* linesFromEnd(handle: FileHandle, size: number): AsyncGenerator<string | undefined> {
  let rest = Buffer.alloc(0);
  for (let end = size; end > 0;) {
    if (size - end >= MOST_BYTES) yield undefined;
    const length = Math.min(BLOCK_BYTES, end);
    end -= length;
    const block = Buffer.alloc(length);
    await handle.read(block, 0, length, end);
    const bytes = Buffer.concat([block, rest]);
    const first = end === 0 ? 0 : bytes.indexOf(10) + 1;
    rest = bytes.subarray(0, end === 0 ? 0 : first === 0 ? bytes.length : first);
    if (end > 0 && first === 0) continue; // a line that is longer than a block
    yield* bytes.subarray(first).toString("utf8").split("\n").toReversed();
  }
}

/** The clock may have been set back by so much: further apart, the order of lines is that of their times. */
const CLOCK_MAY_JUMP_MS = 3_600_000;

/** A line that says no time is of all times. */
function momentOf(line: ShownAuditLine): number {
  return Date.parse(String(line["at"]));
}

function lineIn(text: string): ShownAuditLine | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return isLine(line) ? line : undefined;
  } catch {
    return undefined; // an empty one, or one that was cut off
  }
}

function isLine(value: unknown): value is ShownAuditLine {
  return (
    typeof value === "object" &&
    value !== null &&
    "number" in value &&
    typeof value.number === "number"
  );
}
