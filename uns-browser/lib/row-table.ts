/**
 * What is known of each row, in columns: a plant of a million rows would not fit into a million objects. A row becomes
 * an object only while somebody looks at it.
 */
import type { NodeKind, TreeRow } from "@unshub/hub/feed";

export interface RowTable {
  has(id: number): boolean;
  get(id: number): TreeRow | undefined;
  set(row: TreeRow): void;
  readonly nameOf: (id: number) => string;
  /** `null` for groups and for ids that are not known. */
  parentOf(id: number): number | null;
  clear(): void;
}

const KINDS = [
  "group",
  "edgeNode",
  "device",
  "folder",
  "metric",
  "place",
  "topic",
] as const satisfies readonly NodeKind[];
const STATES = [undefined, "online", "offline", "last-known"] as const;
const FIRST_CAPACITY = 1024;
/** Names that are looked for among those that are there; devices of one kind have the same ones. */
const MOST_SHARED_NAMES = 20_000;
const NO_PARENT = -1;

const BRANCH = 1;
const WRITABLE = 2;
const KNOWS_WRITABLE = 4;
const COUNTED = 8;
const RETAINED = 16;

interface Columns {
  readonly parents: Int32Array;
  readonly kinds: Uint8Array;
  readonly flags: Uint8Array;
  readonly states: Uint8Array;
  /** Places in `words`; 0 is "none". */
  readonly units: Uint32Array;
  readonly datatypes: Uint32Array;
  readonly metrics: Uint32Array;
  readonly bad: Uint32Array;
  readonly stale: Uint32Array;
  readonly silent: Uint32Array;
}

export function createRowTable(): RowTable {
  const indexes = new Map<number, number>();
  const names: string[] = [];
  const shared = new Map<string, string>();
  const words = createWords();
  let columns = createColumns(FIRST_CAPACITY);

  const indexFor = (id: number): number => {
    const index = indexes.get(id) ?? indexes.size;
    indexes.set(id, index);
    if (index >= columns.kinds.length) columns = grown(columns);
    return index;
  };

  return {
    has: (id) => indexes.has(id),
    get(id) {
      const index = indexes.get(id);
      if (index === undefined) return undefined;
      return { id, name: names[index] ?? "", ...readColumns(columns, words, index) };
    },
    set(row) {
      const index = indexFor(row.id);
      names[index] = shared.get(row.name) ?? row.name;
      if (shared.size < MOST_SHARED_NAMES) shared.set(row.name, names[index]);
      writeColumns(columns, words, index, row);
    },
    nameOf: (id) => names[indexes.get(id) ?? -1] ?? "",
    parentOf(id) {
      const parent = columns.parents[indexes.get(id) ?? -1] ?? NO_PARENT;
      return parent === NO_PARENT ? null : parent;
    },
    clear() {
      indexes.clear();
      names.length = 0;
      shared.clear();
      words.clear();
      columns = createColumns(FIRST_CAPACITY);
    },
  };
}

function writeColumns(columns: Columns, words: Words, index: number, row: TreeRow): void {
  columns.parents[index] = row.parent ?? NO_PARENT;
  columns.kinds[index] = KINDS.indexOf(row.kind);
  columns.flags[index] = flagsOf(row);
  columns.states[index] = STATES.indexOf(row.state);
  columns.units[index] = words.keep(row.unit);
  columns.datatypes[index] = words.keep(row.datatype);
  columns.metrics[index] = row.counts?.metrics ?? 0;
  columns.bad[index] = row.counts?.bad ?? 0;
  columns.stale[index] = row.counts?.stale ?? 0;
  columns.silent[index] = row.counts?.silent ?? 0;
}

function flagsOf(row: TreeRow): number {
  const writable = row.writable === undefined ? 0 : KNOWS_WRITABLE | (row.writable ? WRITABLE : 0);
  const retained = row.retained === true ? RETAINED : 0;
  return (row.branch ? BRANCH : 0) | writable | retained | (row.counts === undefined ? 0 : COUNTED);
}

function readColumns(columns: Columns, words: Words, index: number): Omit<TreeRow, "id" | "name"> {
  const at = (column: Exclude<keyof Columns, "parents">): number => columns[column][index] ?? 0;
  const has = (flag: number): boolean => (at("flags") & flag) !== 0;
  const parent = columns.parents[index] ?? NO_PARENT;
  const unit = words.read(at("units"));
  const datatype = words.read(at("datatypes"));
  const state = STATES[at("states")];
  const silent = at("silent");
  const counts = {
    metrics: at("metrics"),
    bad: at("bad"),
    stale: at("stale"),
    ...(silent > 0 && { silent }),
  };
  return {
    parent: parent === NO_PARENT ? null : parent,
    kind: KINDS[at("kinds")] ?? "metric",
    branch: has(BRANCH),
    ...(unit === undefined ? {} : { unit }),
    ...(datatype === undefined ? {} : { datatype }),
    ...(has(KNOWS_WRITABLE) ? { writable: has(WRITABLE) } : {}),
    ...(has(RETAINED) ? { retained: true } : {}),
    ...(state === undefined ? {} : { state }),
    ...(has(COUNTED) ? { counts } : {}),
  };
}

/** Units and datatypes are few and repeat: each word is kept once. */
interface Words {
  keep(word: string | undefined): number;
  read(place: number): string | undefined;
  clear(): void;
}

function createWords(): Words {
  const places = new Map<string, number>();
  const list: string[] = [];
  return {
    keep(word) {
      if (word === undefined) return 0;
      const place = places.get(word) ?? list.push(word);
      places.set(word, place);
      return place;
    },
    read: (place) => list[place - 1],
    clear() {
      places.clear();
      list.length = 0;
    },
  };
}

function createColumns(capacity: number): Columns {
  return {
    parents: new Int32Array(capacity),
    kinds: new Uint8Array(capacity),
    flags: new Uint8Array(capacity),
    states: new Uint8Array(capacity),
    units: new Uint32Array(capacity),
    datatypes: new Uint32Array(capacity),
    metrics: new Uint32Array(capacity),
    bad: new Uint32Array(capacity),
    stale: new Uint32Array(capacity),
    silent: new Uint32Array(capacity),
  };
}

function grown(from: Columns): Columns {
  const to = createColumns(from.kinds.length * 2);
  to.parents.set(from.parents);
  to.kinds.set(from.kinds);
  to.flags.set(from.flags);
  to.states.set(from.states);
  to.units.set(from.units);
  to.datatypes.set(from.datatypes);
  to.metrics.set(from.metrics);
  to.bad.set(from.bad);
  to.stale.set(from.stale);
  to.silent.set(from.silent);
  return to;
}
