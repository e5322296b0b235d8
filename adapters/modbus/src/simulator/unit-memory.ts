/**
 * The registers of one simulated unit. Only those exist that some tag names; neighbours form runs, and a request must lie
 * inside one. Values move when they are looked at: a unit that nobody asks costs nothing.
 */
import { isBitTable, type Table } from "../address.ts";
import type { Range, Tag } from "../tag.ts";
import { decodeTag } from "../types/decode-tag.ts";
import { fieldsOf, putValue, type Field } from "./field.ts";
import { ILLEGAL_ADDRESS, ILLEGAL_VALUE, type Registers } from "./registers.ts";

/** Registers (or bits, a byte each) without a gap between them. */
interface Run {
  readonly start: number;
  /** The first that is not in it. */
  readonly end: number;
  readonly bytes: Uint8Array;
  /** 1 where a client may write; one for each register. */
  readonly writable: Uint8Array;
  readonly fields: readonly Field[];
  /** Those that move by themselves. */
  readonly moving: readonly Field[];
  movedAt: number;
}

/** Values stand still for so long: all that is read in between is of one moment. */
const MOVE_EVERY_MS = 100;

/** A client's view of one unit. */
export class UnitMemory implements Registers {
  readonly #runs: ReadonlyMap<Table, readonly Run[]>;
  readonly #now: () => number;
  readonly #beganAt: number;

  constructor(tags: readonly Tag[], now: () => number) {
    this.#now = now;
    this.#beganAt = now();
    const byTable = Map.groupBy(tags.flatMap(fieldsOf), ({ tag }) => tag.table);
    this.#runs = new Map([...byTable].map(([table, fields]) => [table, runsOf(table, fields)]));
    for (const run of [...this.#runs.values()].flat()) this.#fill(run);
  }

  read(table: Table, start: number, count: number, out: Uint8Array): boolean {
    const run = this.#find(table, start, count);
    if (run === undefined) return false;
    this.#move(run);
    const at = start - run.start;
    if (!isBitTable(table)) {
      out.set(run.bytes.subarray(2 * at, 2 * (at + count)));
      return true;
    }
    out.fill(0, 0, Math.ceil(count / 8));
    for (let index = 0; index < count; index += 1) {
      out[index >> 3] = (out[index >> 3] ?? 0) | ((run.bytes[at + index] ?? 0) << (index & 7));
    }
    return true;
  }

  write(table: "co" | "hr", start: number, bytes: Uint8Array): number | undefined {
    const size = sizeOf(table);
    const count = bytes.length / size;
    const run = this.#find(table, start, count);
    if (run === undefined) return ILLEGAL_ADDRESS;
    const at = start - run.start;
    if (run.writable.subarray(at, at + count).includes(0)) return ILLEGAL_ADDRESS;
    const before = run.bytes.slice(size * at, size * (at + count));
    run.bytes.set(bytes, size * at);
    const touched = run.fields.filter((field) => overlaps(field, start, count));
    if (touched.every((field) => isAllowed(field, run))) return undefined;
    run.bytes.set(before, size * at);
    return ILLEGAL_VALUE;
  }

  #find(table: Table, start: number, count: number): Run | undefined {
    const runs = this.#runs.get(table) ?? [];
    let low = 0;
    let high = runs.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const run = runs[middle];
      if (run === undefined) return undefined;
      if (start < run.start) high = middle - 1;
      else if (start >= run.end) low = middle + 1;
      else return start + count <= run.end ? run : undefined;
    }
    return undefined;
  }

  #fill(run: Run): void {
    for (const field of run.fields) this.#put(field, run);
    run.movedAt = this.#now();
  }

  #move(run: Run): void {
    const nowMs = this.#now();
    if (Math.abs(nowMs - run.movedAt) < MOVE_EVERY_MS) return;
    run.movedAt = nowMs;
    for (const field of run.moving) this.#put(field, run);
  }

  #put(field: Field, run: Run): void {
    const nowMs = this.#now();
    const value = field.course((nowMs - this.#beganAt) / 1000, nowMs);
    putValue(field, value, run.bytes, sizeOf(field.tag.table) * (field.start - run.start));
  }
}

/** Bytes that a register or a bit takes in a run. */
function sizeOf(table: Table): 1 | 2 {
  return isBitTable(table) ? 1 : 2;
}

function overlaps({ start, length }: Field, from: number, count: number): boolean {
  return start < from + count && from < start + length;
}

/** Whether the machine would take what stands there now. */
function isAllowed({ tag, start, length }: Field, run: Run): boolean {
  const size = sizeOf(tag.table);
  const at = size * (start - run.start);
  if (size === 1) return true;
  const decoded = decodeTag(tag, run.bytes.subarray(at, at + size * length));
  if (decoded.kind === "bad") return false;
  return typeof decoded.value !== "number" || isInside(decoded.value, tag.writeRange);
}

function isInside(value: number, [low, high]: Range = [-Infinity, Infinity]): boolean {
  return value >= low && value <= high;
}

function runsOf(table: Table, fields: readonly Field[]): readonly Run[] {
  const sorted = fields.toSorted((a, b) => a.start - b.start);
  const runs: Field[][] = [];
  let end = -1;
  for (const field of sorted) {
    if (field.start > end) runs.push([]);
    runs.at(-1)?.push(field);
    end = Math.max(end, field.start + field.length);
  }
  return runs.map((members) => toRun(table, members));
}

function toRun(table: Table, members: readonly Field[]): Run {
  const start = members[0]?.start ?? 0;
  const end = Math.max(...members.map((field) => field.start + field.length));
  const writable = new Uint8Array(end - start);
  for (const { tag, start: at, length } of members) {
    if (tag.access !== "r") writable.fill(1, at - start, at - start + length);
  }
  const fields = ownersFirst(members, start, end);
  const moving = fields.filter(({ tag }) => tag.access === "r");
  const bytes = new Uint8Array(sizeOf(table) * (end - start));
  return { start, end, bytes, writable, fields, moving, movedAt: 0 };
}

/**
 * The fields that put values into their bits. Where several share some, only one does, what can be written before what
 * cannot: the others are other views of the same.
 */
function ownersFirst(members: readonly Field[], start: number, end: number): readonly Field[] {
  const owned = new Uint16Array(end - start);
  const byAccess = members.toSorted((a, b) => rank(a) - rank(b));
  return byAccess.filter(({ start: at, length, mask }) => {
    const place = owned.subarray(at - start, at - start + length);
    if (place.some((bits) => (bits & mask) !== 0)) return false;
    for (let index = 0; index < length; index += 1) place[index] = (place[index] ?? 0) | mask;
    return true;
  });
}

function rank({ tag }: Field): number {
  return tag.access === "r" ? 1 : 0;
}
