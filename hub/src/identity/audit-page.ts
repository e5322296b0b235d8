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

async function readPage(
  handle: FileHandle,
  { limit, before = Infinity, fits }: AuditQuestion,
): Promise<AuditPage> {
  const found: ShownAuditLine[] = [];
  let looked = before;
  for await (const text of linesFromEnd(handle)) {
    if (text === undefined) return { lines: found.toReversed(), next: looked };
    const line = lineIn(text);
    if (line === undefined || line.number >= before) continue;
    if (found.length >= limit) return { lines: found.toReversed(), next: looked };
    looked = line.number;
    if (fits(line)) found.push(line);
  }
  return { lines: found.toReversed(), next: undefined };
}

/** The last line first; `undefined` when it has read as much as it may. */
async function* linesFromEnd(handle: FileHandle): AsyncGenerator<string | undefined> {
  const { size } = await handle.stat();
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
