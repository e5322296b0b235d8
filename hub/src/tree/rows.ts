/**
 * The rows of the tree: groups, edge nodes, devices, folders and metrics, each a small integer for life.
 * Rows are only ever added, a parent always before its children. All facts stand in columns; a row is found by its
 * parent, kind and name through one hash table for the whole tree.
 */
import { FIRST_ROOM, grown, roomFor, type Column } from "./columns.ts";
import { NO_TEXT, TextPool } from "./text-pool.ts";

export type RowKind = "group" | "edgeNode" | "device" | "folder" | "metric";

export const ROOT = 0;

/** No such row. */
export const NO_ROW = -1;

/**
 * How many metrics stand below a row, how many of them are bad, and how many are not live: stale, offline or last
 * known.
 */
export interface Counts {
  readonly metrics: number;
  readonly bad: number;
  readonly stale: number;
}

const KINDS: readonly RowKind[] = ["group", "edgeNode", "device", "folder", "metric"];
const CODES: Readonly<Record<RowKind, number>> = {
  group: 0,
  edgeNode: 1,
  device: 2,
  folder: 3,
  metric: 4,
};

/** Entries of the table of branches: first and last child, then counts. */
const FIRST = 0;
const LAST = 1;
const METRICS = 2;
const BAD = 3;
const STALE = 4;
const PER_BRANCH = 5;

export class TreeRows {
  readonly names = new TextPool();
  #size = 1;
  #parents = new Int32Array(FIRST_ROOM);
  #names = new Int32Array(FIRST_ROOM);
  #kinds = new Uint8Array(FIRST_ROOM).fill(CODES.folder, 0, 1);
  /** The next child of the same parent, or 0. */
  #next = new Int32Array(FIRST_ROOM);
  /** Of rows other than metrics: their place in `#branches`. */
  #places = new Int32Array(FIRST_ROOM);
  #branches = new Int32Array(FIRST_ROOM * PER_BRANCH);
  #branchCount = 1;
  /** Open addressing: the row, or 0. Its length is a power of two. */
  #table = new Int32Array(FIRST_ROOM * 2);

  constructor() {
    this.names.add("");
  }

  /** Number of rows, the root included. Ids run from 1 to `size - 1`. */
  get size(): number {
    return this.#size;
  }

  /** The child of a row, `NO_ROW` when there is none. `name`: its number in `names`. */
  seek(parent: number, kind: RowKind, name: number): number {
    if (name === NO_TEXT) return NO_ROW;
    const row = this.#table[this.#slotOf(parent, CODES[kind], name)] ?? 0;
    return row === 0 ? NO_ROW : row;
  }

  /** Makes a row that is not there yet. */
  add(parent: number, kind: RowKind, name: number): number {
    const id = this.#size;
    this.#reserve(id + 1);
    this.#size += 1;
    this.#parents[id] = parent;
    this.#names[id] = name;
    this.#kinds[id] = CODES[kind];
    this.#link(id);
    this.#table[this.#slotOf(parent, CODES[kind], name)] = id;
    if (this.#size * 3 > this.#table.length * 2) this.#index();
    return id;
  }

  /** The child of a row with this name and kind. */
  child(parent: number, kind: RowKind, name: string): number | undefined {
    const row = this.seek(parent, kind, this.names.find(name));
    return row === NO_ROW ? undefined : row;
  }

  /** The children of a row, in the order in which they came. */
  *children(id: number): Generator<number> {
    for (let row = this.#branch(id, FIRST); row !== 0; row = this.#next[row] ?? 0) yield row;
  }

  hasChildren(id: number): boolean {
    return this.#branch(id, FIRST) !== 0;
  }

  /** The one child of a row that has no other. */
  onlyChild(id: number): number | undefined {
    const first = this.#branch(id, FIRST);
    return first !== 0 && first === this.#branch(id, LAST) ? first : undefined;
  }

  has(id: number): boolean {
    return id > ROOT && id < this.#size;
  }

  parent(id: number): number {
    return this.#parents[id] ?? ROOT;
  }

  /** The number of a row's name in `names`. */
  nameId(id: number): number {
    return this.#names[id] ?? 0;
  }

  name(id: number): string {
    return this.names.text(this.nameId(id));
  }

  kind(id: number): RowKind {
    return KINDS[this.#kinds[id] ?? CODES.folder] ?? "folder";
  }

  isMetric(id: number): boolean {
    return this.#kinds[id] === CODES.metric;
  }

  counts(id: number): Counts {
    return {
      metrics: this.#branch(id, METRICS),
      bad: this.#branch(id, BAD),
      stale: this.#branch(id, STALE),
    };
  }

  /** The rows from just below the root to `id`. */
  lineage(id: number): number[] {
    const line: number[] = [];
    for (let row = id; row !== ROOT; row = this.parent(row)) line.push(row);
    return line.toReversed();
  }

  /** Adds to the counts of every row above `id`, the root included. */
  count(id: number, { metrics, bad, stale }: Counts): void {
    const branches = this.#branches;
    let row = id;
    while (row !== ROOT) {
      row = this.parent(row);
      const place = (this.#places[row] ?? 0) * PER_BRANCH;
      branches[place + METRICS] = (branches[place + METRICS] ?? 0) + metrics;
      branches[place + BAD] = (branches[place + BAD] ?? 0) + bad;
      branches[place + STALE] = (branches[place + STALE] ?? 0) + stale;
    }
  }

  /** What a snapshot keeps; everything else follows from it. */
  columns(): readonly Column[] {
    return [this.#parents, this.#names, this.#kinds];
  }

  /** Makes room for rows that a snapshot brings; write them into `columns`, then `restored`. */
  expect(size: number): void {
    this.#reserve(size);
  }

  /** @throws {RangeError} when a row stands before its parent. */
  restored(size: number): void {
    this.#size = size;
    for (let id = 1; id < size; id += 1) {
      if (this.parent(id) >= id) throw new RangeError(`row ${id} stands before its parent`);
      this.#link(id);
    }
    this.#index();
  }

  #branch(id: number, entry: number): number {
    if (this.#kinds[id] === CODES.metric) return 0;
    return this.#branches[(this.#places[id] ?? 0) * PER_BRANCH + entry] ?? 0;
  }

  /** Puts a row behind the last child of its parent. */
  #link(id: number): void {
    if (!this.isMetric(id)) this.#openBranch(id);
    const place = (this.#places[this.parent(id)] ?? 0) * PER_BRANCH;
    const last = this.#branches[place + LAST] ?? 0;
    if (last === 0) this.#branches[place + FIRST] = id;
    else this.#next[last] = id;
    this.#branches[place + LAST] = id;
  }

  #openBranch(id: number): void {
    const place = this.#branchCount;
    this.#branchCount += 1;
    const size = this.#branchCount * PER_BRANCH;
    if (size > this.#branches.length) {
      this.#branches = grown(new Int32Array(roomFor(size, this.#branches.length)), this.#branches);
    }
    this.#places[id] = place;
  }

  /** Where a row stands in the table, or where it would stand. */
  #slotOf(parent: number, kind: number, name: number): number {
    const mask = this.#table.length - 1;
    let slot = hashOf(parent, kind, name) & mask;
    for (;;) {
      const row = this.#table[slot] ?? 0;
      if (row === 0) return slot;
      const same = this.#names[row] === name && this.#parents[row] === parent;
      if (same && this.#kinds[row] === kind) return slot;
      slot = (slot + 1) & mask;
    }
  }

  /** Makes the table anew, with room for twice as many. */
  #index(): void {
    let length = FIRST_ROOM * 2;
    while (length < this.#size * 2) length *= 2;
    this.#table = new Int32Array(length);
    for (let id = 1; id < this.#size; id += 1) {
      const slot = this.#slotOf(this.parent(id), this.#kinds[id] ?? 0, this.nameId(id));
      this.#table[slot] = id;
    }
  }

  #reserve(size: number): void {
    if (size <= this.#parents.length) return;
    const room = roomFor(size, this.#parents.length);
    this.#parents = grown(new Int32Array(room), this.#parents);
    this.#names = grown(new Int32Array(room), this.#names);
    this.#kinds = grown(new Uint8Array(room), this.#kinds);
    this.#next = grown(new Int32Array(room), this.#next);
    this.#places = grown(new Int32Array(room), this.#places);
  }
}

function hashOf(parent: number, kind: number, name: number): number {
  const hash =
    Math.imul(parent + 1, 0x9e3779b1) ^
    Math.imul(name + 1, 0x85ebca6b) ^
    Math.imul(kind + 1, 0x27d4eb2f);
  return hash ^ (hash >>> 15);
}
