/**
 * The audit trail: one JSON line for each thing that somebody did, each with the hash of the line before, so that nothing
 * can be taken out or changed unnoticed. Refusals of one identity for one reason are one line a minute.
 */
import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  closeSync,
  fstatSync,
} from "node:fs";

/** By which way somebody may come. */
export const VIAS = ["mqtt", "api", "ui", "opcua", "mcp", "console", "system"] as const;
export type Via = (typeof VIAS)[number];

/** One thing that was done, or refused. */
export interface AuditEntry {
  readonly actor: string;
  readonly via: Via;
  readonly address?: string | undefined;
  readonly action: string;
  readonly object?: string | undefined;
  readonly before?: unknown;
  readonly after?: unknown;
  /** `asked`: a command has gone out; whether it was carried out, the data of the device tells. */
  readonly result: "done" | "asked" | "refused" | "failed" | "unknown";
  readonly reason?: string | undefined;
}

/** As it stands in the file. */
interface AuditLine extends AuditEntry {
  readonly number: number;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly previous: string;
  readonly hash: string;
}

/** Why a trail cannot be trusted. */
export interface AuditFault {
  readonly line: number;
  readonly because: string;
}

export interface AuditOptions {
  readonly file: string;
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** What waits could not be written. */
  failed?(error: unknown): void;
  /** It can be written again. */
  recovered?(): void;
}

const START = "0".repeat(64);
const MINUTE_MS = 60_000;
const MOST_REFUSALS = 10_000;
/** Lines about refusals in a minute; what is above is only counted: nobody fills the disk by being refused. */
const REFUSALS_A_MINUTE = 300;
const MOST_WAITING = 10_000;
const LAST_LINE_BYTES = 65_536;

interface Refusals {
  readonly entry: AuditEntry;
  readonly sinceMs: number;
  count: number;
}

/** An entry with the moment of which it tells. */
interface Waiting {
  readonly entry: AuditEntry;
  readonly at: number;
}

export class Audit {
  readonly #options: AuditOptions;
  readonly #refusals = new Map<string, Refusals>();
  #waiting: Waiting[] = [];
  #isBroken = false;
  #lost = 0;
  /** Lines about refusals since the minute began. */
  #minute = { sinceMs: Number.NEGATIVE_INFINITY, lines: 0, more: 0 };
  #previous: string;
  #number: number;
  /** The process ended within a line: what follows begins a new one, and `verifyAudit` tells. */
  #isLineOpen: boolean;
  /** What the last line of before tells; `undefined`: there is none. */
  readonly lastAction: string | undefined;

  /** @throws when the file cannot be read: a trail that cannot be kept is no trail. */
  constructor(options: AuditOptions) {
    this.#options = options;
    const last = lastLine(options.file);
    this.lastAction = last?.action;
    this.#previous = last?.hash ?? START;
    this.#number = last?.number ?? 0;
    this.#isLineOpen = endsInLine(options.file);
  }

  /** Whether the last attempt to write failed: until one succeeds, nothing is done that must be on the trail. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** The last line: a copy of it elsewhere proves later that the end of the trail was not cut off. */
  get head(): { readonly number: number; readonly hash: string } {
    return { number: this.#number, hash: this.#previous };
  }

  /** On disk when it returns. @throws when it cannot be written; then what it tells of must not be done. */
  write(entry: AuditEntry): void {
    this.#append([...this.#waiting, this.#now(entry)]);
    this.#waiting = [];
  }

  /** On disk at the next `flush`, with all others: for what is done too often to wait for the disk each time. */
  later(entry: AuditEntry): void {
    this.#waiting.push(this.#now(entry));
    if (this.#waiting.length <= MOST_WAITING) return;
    this.#waiting.shift();
    this.#lost += 1;
  }

  /** Somebody was refused. The first of a minute is written, the others are counted. */
  refused(entry: AuditEntry): void {
    const key = JSON.stringify([entry.actor, entry.action, entry.reason]);
    const known = this.#refusals.get(key);
    const now = this.#options.now();
    if (known !== undefined && now - known.sinceMs < MINUTE_MS) {
      known.count += 1;
      return;
    }
    if (known !== undefined) this.#tellCount(known);
    if (!this.#hasRoomForRefusal(now)) return;
    this.#refusals.set(key, { entry, sinceMs: now, count: 0 });
    this.later(entry);
  }

  /**
   * Writes what waits, and how often was refused what was only counted; call it once a second. When it cannot, `isBroken`
   * says so and what waits is kept. `isLast`: also what was counted in this minute.
   */
  flush(isLast = false): void {
    const now = this.#options.now();
    const isFull = isLast || this.#refusals.size > MOST_REFUSALS;
    for (const [key, refusals] of this.#refusals) {
      if (now - refusals.sinceMs < MINUTE_MS && !isFull) continue;
      this.#refusals.delete(key);
      this.#tellCount(refusals);
    }
    if (isLast || now - this.#minute.sinceMs >= MINUTE_MS) this.#tellMore();
    const all = [...this.#waiting, ...this.#trouble().map((entry) => this.#now(entry))];
    if (all.length > 0) this.#tryToWrite(all);
  }

  /** What the trail says of itself, once it can be written. */
  #trouble(): readonly AuditEntry[] {
    const lost = { action: "lose lines", after: { lines: this.#lost }, result: "failed" } as const;
    return [
      ...(this.#isBroken
        ? [{ ...OWN, action: "write the audit trail again", result: "done" } as const]
        : []),
      ...(this.#lost > 0 ? [{ ...OWN, ...lost }] : []),
    ];
  }

  /** Tells when it begins to fail, and when that is over. */
  #write(text: string): void {
    const wasBroken = this.#isBroken;
    this.#isBroken = true; // unless it returns
    try {
      appendFileSync(this.#options.file, text, { mode: 0o600, flush: true });
    } catch (error) {
      if (!wasBroken) this.#options.failed?.(error);
      throw error;
    }
    this.#isBroken = false;
    if (wasBroken) this.#options.recovered?.();
  }

  /** What waits stays when it cannot be written. */
  #tryToWrite(all: readonly Waiting[]): void {
    try {
      this.#append(all);
      this.#waiting = [];
      this.#lost = 0;
    } catch {
      // `failed` was told, and the next flush tries again
    }
  }

  #hasRoomForRefusal(now: number): boolean {
    if (now - this.#minute.sinceMs >= MINUTE_MS) {
      this.#tellMore();
      this.#minute = { sinceMs: now, lines: 0, more: 0 };
    }
    const hasRoom = this.#minute.lines < REFUSALS_A_MINUTE;
    if (hasRoom) this.#minute.lines += 1;
    else this.#minute.more += 1;
    return hasRoom;
  }

  #tellMore(): void {
    const { more } = this.#minute;
    this.#minute.more = 0;
    if (more === 0) return;
    const reason = "more different refusals in a minute than are written";
    this.later({ ...OWN, action: "refuse", after: { timesMore: more }, result: "refused", reason });
  }

  #tellCount({ entry, count }: Refusals): void {
    if (count > 0) this.later({ ...entry, after: { timesMore: count } });
  }

  #now(entry: AuditEntry): Waiting {
    return { entry, at: this.#options.now() };
  }

  /** All or nothing: what was written half is not counted, and `verifyAudit` tells of it. */
  #append(entries: readonly Waiting[]): void {
    let number = this.#number;
    let previous = this.#previous;
    const texts = entries.map(({ entry, at }) => {
      number += 1;
      const line = { number, at: new Date(at).toISOString(), ...entry, previous };
      previous = hashOf(line);
      return `${JSON.stringify({ ...line, hash: previous })}\n`;
    });
    const text = `${this.#isLineOpen ? "\n" : ""}${texts.join("")}`;
    this.#isLineOpen = true; // unless it returns
    this.#write(text);
    this.#isLineOpen = false;
    this.#previous = previous;
    this.#number = number;
  }
}

const OWN = { actor: "hub", via: "system" } as const;

/** Everything that is wrong with a trail; empty when nothing is. */
export function verifyAudit(file: string): readonly AuditFault[] {
  const faults: AuditFault[] = [];
  let before = { number: 0, previous: START };
  for (const [index, text] of readFileSync(file, "utf8").split("\n").entries()) {
    if (text === "") continue;
    const line = lineIn(text);
    const because = line === undefined ? CUT : faultOf(line, before);
    if (because !== undefined) faults.push({ line: index + 1, because });
    if (line !== undefined) before = { number: line.number, previous: line.hash };
  }
  return faults;
}

const CUT = "is no line of an audit trail: it was cut off or written over";

function faultOf(
  line: AuditLine,
  before: { readonly number: number; readonly previous: string },
): string | undefined {
  const { hash, ...rest } = line;
  if (line.previous !== before.previous || line.number !== before.number + 1) {
    return "does not follow the line before: something was taken out or changed";
  }
  return hashOf(rest) === hash ? undefined : "was changed after it was written";
}

function hashOf(line: object): string {
  return createHash("sha256").update(JSON.stringify(line)).digest("hex");
}

function lineIn(text: string): AuditLine | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return isLine(line) ? line : undefined;
  } catch {
    return undefined; // half a line: the process ended while it was written
  }
}

function isLine(value: unknown): value is AuditLine {
  if (typeof value !== "object" || value === null) return false;
  const { hash, previous, number } = { hash: 0, previous: 0, number: "", ...value };
  return typeof hash === "string" && typeof previous === "string" && typeof number === "number";
}

/** The last whole line, found from the end: the trail may be long. */
function lastLine(file: string): AuditLine | undefined {
  if (!existsSync(file)) return undefined;
  const handle = openSync(file, "r");
  try {
    const { size } = fstatSync(handle);
    for (let length = Math.min(size, LAST_LINE_BYTES); ; length = Math.min(size, length * 8)) {
      const bytes = Buffer.alloc(length);
      readSync(handle, bytes, 0, length, size - length);
      const found = lastLineIn(bytes.toString("utf8"));
      if (found !== undefined || length === size) return found;
    }
  } finally {
    closeSync(handle);
  }
}

function lastLineIn(text: string): AuditLine | undefined {
  const lines = text.split("\n").toReversed();
  return lines.map(lineIn).find((line) => line !== undefined);
}

/** Whether a file ends within a line. */
function endsInLine(file: string): boolean {
  if (!existsSync(file)) return false;
  const handle = openSync(file, "r");
  try {
    const { size } = fstatSync(handle);
    const last = Buffer.alloc(1);
    return size > 0 && readSync(handle, last, 0, 1, size - 1) === 1 && last.toString() !== "\n";
  } finally {
    closeSync(handle);
  }
}
