/**
 * Rows that a target refused, one line of JSON each with the reason, so that a person can look at them and have them
 * written again. Bounded: beyond the limit the oldest tenth goes, and is counted.
 */
import { appendFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { isNoFile } from "../caught.ts";
import { QUALITIES } from "../tree/index.ts";
import type { SinkRecord } from "./record.ts";

export interface DeadLetter {
  /** When it was refused: milliseconds since 1970 UTC. */
  readonly at: number;
  readonly error: string;
  readonly record: SinkRecord;
}

const optionalText = z.string().optional();
const content = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("number"),
    value: z.union([z.number(), z.bigint().transform(Number)]),
  }),
  z.object({ kind: z.literal("integer"), value: z.union([z.number(), z.bigint()]) }),
  z.object({ kind: z.literal("truth"), value: z.boolean() }),
  z.object({ kind: z.literal("text"), value: z.string() }),
  z.object({ kind: z.literal("json"), value: z.string() }),
  z.object({ kind: z.literal("none") }),
]);
const letter = z.object({
  at: z.number(),
  error: z.string(),
  record: z.object({
    subject: z.object({
      path: z.string(),
      groupId: z.string(),
      edgeNodeId: z.string(),
      deviceId: z.string(),
      metric: z.string(),
      place: z.string(),
      levels: z.array(z.tuple([z.string(), z.string()])),
      unit: optionalText,
    }),
    offset: z.number(),
    time: z.number(),
    receivedAt: z.number(),
    datatype: optionalText,
    content,
    quality: z.enum(QUALITIES),
    reason: optionalText,
    isHistorical: z.boolean(),
    isCorrected: z.boolean(),
  }),
});

/** Of all letters together: values may be megabytes. */
const MOST_BYTES = 64 * 1024 * 1024;

export class DeadLetters {
  readonly #file: string;
  readonly #most: number;
  #count = 0;
  #bytes = 0;
  #dropped = 0;

  constructor(file: string, most: number) {
    this.#file = file;
    this.#most = most;
  }

  /** Letters in the file. */
  get count(): number {
    return this.#count;
  }

  /** Letters since the start for which there was no room, or that nobody could read. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Counts what an earlier run left. */
  async open(): Promise<void> {
    await mkdir(dirname(this.#file), { recursive: true });
    await this.replace(await this.all());
  }

  /** Everything that is there, the oldest first. */
  async all(): Promise<readonly DeadLetter[]> {
    const lines = (await textIn(this.#file)).split("\n");
    return lines.flatMap((line) => {
      const read = letter.safeParse(parsed(line));
      return read.success ? [letterOf(read.data)] : [];
    });
  }

  async add(letters: readonly DeadLetter[]): Promise<void> {
    if (letters.length === 0) return;
    const text = textOf(letters);
    await appendFile(this.#file, text, { mode: 0o600, flush: true });
    this.#count += letters.length;
    this.#bytes += Buffer.byteLength(text);
    if (this.#count <= this.#most && this.#bytes <= MOST_BYTES) return;
    const kept = shortened(await this.all(), this.#most);
    this.#dropped += this.#count - kept.length;
    await this.replace(kept);
  }

  /** These instead of what is there. */
  async replace(letters: readonly DeadLetter[]): Promise<void> {
    const text = textOf(letters);
    this.#count = letters.length;
    this.#bytes = Buffer.byteLength(text);
    if (letters.length === 0) return await rm(this.#file, { force: true });
    await writeFile(`${this.#file}.new`, text, { mode: 0o600, flush: true });
    await rename(`${this.#file}.new`, this.#file);
  }
}

/** The newest that fit, with some room for those that come. */
function shortened(letters: readonly DeadLetter[], most: number): readonly DeadLetter[] {
  const kept: DeadLetter[] = [];
  let bytes = 0;
  for (const one of letters.toReversed()) {
    bytes += Buffer.byteLength(textOf([one]));
    if (kept.length >= most * 0.9 || bytes > MOST_BYTES * 0.9) break;
    kept.push(one);
  }
  return kept.toReversed();
}

async function textIn(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (isNoFile(error)) return "";
    throw error;
  }
}

function textOf(letters: readonly DeadLetter[]): string {
  return letters.map((one) => `${JSON.stringify(one, exactly)}\n`).join("");
}

function exactly(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? JSON.rawJSON(value.toString()) : value;
}

/** `undefined`: a line that broke off. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line, (_key, value: unknown, { source = "" }: { source?: string } = {}) =>
      typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(source)
        ? BigInt(source)
        : value,
    );
  } catch {
    return undefined;
  }
}

/** What zod leaves out when it is missing is there, and undefined. */
function letterOf({ record, ...rest }: z.output<typeof letter>): DeadLetter {
  const { datatype, reason, subject } = record;
  return {
    ...rest,
    record: { ...record, datatype, reason, subject: { ...subject, unit: subject.unit } },
  };
}
