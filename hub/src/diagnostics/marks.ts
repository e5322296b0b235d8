/**
 * What people said of findings, and what the hub saw of their end: acknowledged, muted, over. In one file that is replaced
 * as a whole, on disk before it holds. A file that cannot be read is told, and costs these marks only.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Logger } from "@unshub/adapter";
import { z } from "zod";
import { isNoFile } from "../caught.ts";
import type { Finding } from "../finding.ts";

/** What names a group of findings: its cause, and whom it is about. */
export type FindingKey = Pick<Finding, "code" | "clientId">;

const time = z.number().min(0);
const markSchema = z.strictObject({
  code: z.string(),
  clientId: z.string(),
  /** Milliseconds since 1970 UTC, as all times here: when any of it was said last. */
  at: time,
  acknowledged: z
    .strictObject({ by: z.string(), at: time, note: z.string().nullable() })
    .optional(),
  muted: z.strictObject({ by: z.string(), at: time, until: time }).optional(),
  /** The hub saw its end; what was found later is not over. */
  resolved: z.strictObject({ at: time, because: z.string() }).optional(),
});
const fileSchema = z.strictObject({ version: z.literal(1), marks: z.array(markSchema) });

export type Mark = Readonly<z.output<typeof markSchema>>;

/** More are not kept: what the hub saw goes first, and what was said the longest ago. */
const MOST_MARKS = 5000;
/** Of findings that are there no longer, marks are kept for so long. */
const KEPT_MS = 30 * 86_400_000;

export class Marks {
  readonly #file: string;
  readonly #log: Logger;
  readonly #now: () => number;
  #marks: ReadonlyMap<string, Mark>;

  constructor(file: string, log: Logger, now: () => number) {
    this.#file = file;
    this.#log = log;
    this.#now = now;
    this.#marks = new Map(contentsOf(file, log).map((mark) => [keyOf(mark), mark]));
  }

  of(key: FindingKey): Mark | undefined {
    return this.#marks.get(keyOf(key));
  }

  /** Of groups of which somebody knows, and that are not among `findings`. */
  acknowledgedWithout(findings: readonly FindingKey[]): readonly Mark[] {
    const there = new Set(findings.map(keyOf));
    return [...this.#marks.values()].filter(
      (mark) => mark.acknowledged !== undefined && !there.has(keyOf(mark)),
    );
  }

  /**
   * Replaces those of the same groups. `findings`: all that are there, whose marks do not grow old. @throws when it cannot
   * be written; then nothing has changed.
   */
  put(marks: readonly Mark[], findings: readonly FindingKey[]): void {
    const next = new Map(this.#marks);
    for (const mark of marks) {
      next.delete(keyOf(mark));
      if (isSaid(mark)) next.set(keyOf(mark), mark); // the one said last comes last
    }
    const since = this.#now() - KEPT_MS;
    const there = new Set(findings.map(keyOf));
    const kept = fewest(
      [...next.values()].filter((mark) => lastOf(mark) >= since || there.has(keyOf(mark))),
    );
    const text = JSON.stringify({ version: 1, marks: kept });
    writeFileSync(`${this.#file}.new`, `${text}\n`, { mode: 0o600, flush: true });
    renameSync(`${this.#file}.new`, this.#file);
    this.#marks = new Map(kept.map((mark) => [keyOf(mark), mark]));
  }

  /** As `put`, for what the hub saw by itself: when the disk refuses, it is said and tried again later. */
  tryPut(marks: readonly Mark[], findings: readonly FindingKey[]): void {
    try {
      this.put(marks, findings);
    } catch (error) {
      this.#log.warn({ file: this.#file, error }, "that findings are over could not be kept");
    }
  }
}

function isSaid({ acknowledged, muted, resolved }: Mark): boolean {
  return acknowledged !== undefined || muted !== undefined || resolved !== undefined;
}

/** Without the oldest of those that are too many: what people said stays as long as there is room for it. */
function fewest(marks: readonly Mark[]): readonly Mark[] {
  const tooMany = marks.length - MOST_MARKS;
  if (tooMany <= 0) return marks;
  const ofHub = marks.filter((mark) => !isOfPeople(mark));
  const gone = new Set([...ofHub, ...marks.filter(isOfPeople)].slice(0, tooMany));
  return marks.filter((mark) => !gone.has(mark));
}

function isOfPeople({ acknowledged, muted }: Mark): boolean {
  return acknowledged !== undefined || muted !== undefined;
}

/** A mute holds until its end, whenever it was said. */
function lastOf({ at, muted }: Mark): number {
  return Math.max(at, muted?.until ?? 0);
}

function keyOf({ code, clientId }: FindingKey): string {
  return JSON.stringify([code, clientId]);
}

function contentsOf(file: string, log: Logger): readonly Mark[] {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(file, "utf8"))).marks;
  } catch (error) {
    if (!isNoFile(error))
      log.warn({ file, error }, "what people said of findings cannot be read; it begins anew");
    return [];
  }
}
