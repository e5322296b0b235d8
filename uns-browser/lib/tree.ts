/**
 * The tree as the page shows it: which rows are below which, which are unfolded, and the order in which the rows on
 * screen follow each other. What is known of a single row is in `row-table.ts`, its value in `store.ts`; levels that share
 * a row are in `chains.ts`; who fetches what, and when, is `tree-loader.ts`.
 */
import type { RowCounts, TreeRow } from "@unshub/hub/feed";
import { Chains } from "./chains.ts";
import { STRIDE } from "./messages.ts";
import { mergeSorted } from "./natural.ts";
import { joinPath } from "./path.ts";
import { createRowTable, type RowTable } from "./row-table.ts";
import { createRowVersions, createSignal, type RowVersions, type Signal } from "./signal.ts";

/** One row of the order on screen. */
export interface VisibleRow {
  readonly row: TreeRow;
  /** 1 for groups. */
  readonly level: number;
  readonly isUnfolded: boolean;
  /** Names of the levels above it that have this one row with it, the uppermost first. */
  readonly chain: readonly string[];
  /** The row below which it stands on screen; `null`: it is at the top. */
  readonly above: number | null;
}

export interface Tree extends Pick<RowVersions, "subscribe" | "version"> {
  /** Ids of the rows on screen, from top to bottom. A new array whenever the order changed. */
  readonly order: Signal<Int32Array>;
  /** Place of a row in the order, or −1; of a level in a chain that of the chain. */
  placeOf(id: number): number;
  /** The row in which a row is shown: itself, or the last one of its chain. */
  tailOf(id: number): number;
  /** Whether a level has no row of its own, because its only child has one for both. */
  isJoined(id: number): boolean;
  get(id: number): VisibleRow | null;
  /** Ids from the group down to the row itself. */
  lineOf(id: number): readonly number[];
  /** The encoded path of a row. */
  pathOf(id: number): string;
  /** Ids of the children that are known, sorted; `null`: the groups. */
  childrenOf(parent: number | null): readonly number[];
  /** Adds rows (parents before children) or replaces what is known of them. */
  put(rows: readonly TreeRow[]): void;
  /** Likewise rows that are each the only one below their parent. */
  putAlone(rows: readonly TreeRow[]): void;
  /** Takes away levels of other lenses that are not there any more; rows of the hub's tree stay for as long as it runs. */
  keepOnly(parent: number | null, ids: ReadonlySet<number>): void;
  /** All children of this row are known: new ones may be inserted as they are announced. */
  markLoaded(parent: number | null): void;
  isLoaded(parent: number | null): boolean;
  /** From `n.add`: changes known rows, inserts new ones under parents that are loaded, leaves out the rest. */
  announce(rows: readonly TreeRow[]): void;
  /** Whether the children that are known account for all metrics counted below this row. */
  isComplete(id: number): boolean;
  /** From `n.cnt` and `n.sil`. */
  count(counts: readonly number[], silent?: readonly number[]): void;
  unfold(ids: Iterable<number>): void;
  /** Folds a row and, with `all`, everything below it. */
  fold(id: number, all?: "all"): void;
  isUnfolded(id: number): boolean;
  unfoldedIds(): readonly number[];
  clear(): void;
}

const TOP = -1;
/** Below more rows than this at once everything is put in order anew. */
const MOST_SEGMENTS = 8;

export interface TreeOptions {
  /** Nothing is to be fetched: what is there is all there is. */
  readonly isWhole?: true;
}

interface State {
  readonly rows: RowTable;
  readonly children: Map<number, readonly number[]>;
  readonly loaded: Set<number>;
  readonly unfolded: Set<number>;
  /** Rows that were taken away; what is known of them stays in the table, and they may come again. */
  readonly gone: Set<number>;
}

export function createTree(options: TreeOptions = {}): Tree {
  return new RowTree(options);
}

class RowTree implements Tree {
  readonly order = createSignal<Int32Array>(new Int32Array(0));
  readonly #versions = createRowVersions();
  readonly subscribe = this.#versions.subscribe;
  readonly version = this.#versions.version;
  readonly #state: State = {
    rows: createRowTable(),
    children: new Map(),
    loaded: new Set(),
    unfolded: new Set(),
    gone: new Set(),
  };
  readonly #chains: Chains;

  constructor({ isWhole = false }: { readonly isWhole?: boolean }) {
    const { rows, loaded } = this.#state;
    this.#chains = new Chains({
      row: (id) => rows.get(id),
      parentOf: (id) => rows.parentOf(id),
      childrenOf: (id) => this.childrenOf(id),
      isWhole: (id) => isWhole || loaded.has(id),
    });
  }

  tailOf(id: number): number {
    return this.#chains.tailOf(id);
  }

  isJoined(id: number): boolean {
    return this.#chains.has(id);
  }

  placeOf(id: number): number {
    return this.order.get().indexOf(this.tailOf(id)); // a scan of a typed array: 0.3 ms for a million rows, and nothing to keep
  }

  get(id: number): VisibleRow | null {
    const row = this.#state.rows.get(id);
    if (row === undefined || this.#state.gone.has(id)) return null;
    return {
      row,
      level: this.lineOf(id).filter((one) => !this.#chains.has(one)).length,
      isUnfolded: this.isUnfolded(id),
      chain: this.#chains.before(id).map(this.#state.rows.nameOf),
      above: this.#chains.above(id),
    };
  }

  lineOf(id: number): readonly number[] {
    const { rows } = this.#state;
    const line: number[] = [];
    for (let at: number | null = id; at !== null && rows.has(at); at = rows.parentOf(at))
      line.push(at);
    return line.toReversed();
  }

  pathOf(id: number): string {
    const names = this.lineOf(id).map(this.#state.rows.nameOf);
    return names.reduce<string | null>(joinPath, null) ?? "";
  }

  childrenOf(parent: number | null): readonly number[] {
    return this.#state.children.get(parent ?? TOP) ?? [];
  }

  put(rows: readonly TreeRow[]): void {
    const arrivals = new Map<number, number[]>();
    const touched = new Set<number>();
    for (const row of rows) {
      const isNew = !this.#state.rows.has(row.id);
      if (this.#state.gone.delete(row.id) || isNew) addTo(arrivals, row.parent ?? TOP, row.id);
      this.#setRow(row);
      if (row.kind !== "metric") touched.add(row.parent ?? TOP).add(row.id);
    }
    const { children, rows: table } = this.#state;
    for (const [parent, ids] of arrivals) {
      children.set(parent, mergeSorted(children.get(parent) ?? [], ids, table.nameOf));
    }
    for (const parent of arrivals.keys()) touched.add(parent);
    this.#changed([...arrivals.keys()], touched);
  }

  putAlone(rows: readonly TreeRow[]): void {
    for (const { id, parent } of rows) {
      this.keepOnly(parent, new Set([id]));
      this.#state.loaded.add(parent ?? TOP);
    }
    this.put(rows);
  }

  keepOnly(parent: number | null, ids: ReadonlySet<number>): void {
    const { children, gone } = this.#state;
    const before = this.childrenOf(parent);
    const isGone = (id: number): boolean => id < 0 && !ids.has(id);
    const left = before.filter((id) => !isGone(id));
    if (left.length === before.length) return;
    for (const id of before) if (isGone(id)) gone.add(id);
    children.set(parent ?? TOP, left);
    this.#changed([parent ?? TOP], [parent ?? TOP]);
  }

  markLoaded(parent: number | null): void {
    this.#state.loaded.add(parent ?? TOP);
    this.#changed([], [parent ?? TOP]);
  }

  isLoaded(parent: number | null): boolean {
    return this.#state.loaded.has(parent ?? TOP);
  }

  announce(rows: readonly TreeRow[]): void {
    this.put(wanted(this.#state, rows));
  }

  isComplete(id: number): boolean {
    const { rows } = this.#state;
    const below = this.childrenOf(id).map((child) => rows.get(child));
    const known = below.reduce(
      (sum, row) => sum + (row?.counts?.metrics ?? Number(row?.kind === "metric")),
      0,
    );
    return known === (rows.get(id)?.counts?.metrics ?? known);
  }

  count(counts: readonly number[], silent: readonly number[] = []): void {
    const silentBelow = new Map<number, number>();
    for (let at = 0; at < silent.length; at += 2)
      silentBelow.set(silent[at] ?? TOP, silent[at + 1] ?? 0);
    for (const row of recounted(this.#state, counts, silentBelow)) this.#setRow(row);
  }

  unfold(ids: Iterable<number>): void {
    const changed = [...ids];
    for (const id of changed) {
      this.#state.unfolded.add(id);
      // So that they are found again by their paths, and open when something comes beside the next one.
      for (const joined of this.#chains.before(id)) this.#state.unfolded.add(joined);
      this.#versions.bump(id);
    }
    this.#reorderBelow(changed);
  }

  fold(id: number, all?: "all"): void {
    for (const row of all === undefined ? [id] : belowAndSelf(this.#state, id)) {
      this.#state.unfolded.delete(row);
      this.#versions.bump(row);
    }
    this.#reorderBelow([this.tailOf(id)]);
  }

  isUnfolded(id: number): boolean {
    return this.#state.unfolded.has(id);
  }

  unfoldedIds(): readonly number[] {
    return [...this.#state.unfolded];
  }

  clear(): void {
    for (const part of Object.values(this.#state)) part.clear();
    this.#chains.clear();
    this.#versions.bumpAll();
    this.#setOrder(new Int32Array(0));
  }

  #setRow(row: TreeRow): void {
    const before = this.#state.rows.get(row.id);
    this.#state.rows.set(row);
    // A node that dies or comes back changes how everything below it is to be read.
    if (before !== undefined && before.state !== row.state) this.#versions.bumpAll();
    else this.#versions.bump(row.id);
  }

  /** Children of `parents` are others than before; chains may begin or end at `touched`. */
  #changed(parents: readonly number[], touched: Iterable<number>): void {
    const turned = this.#chains.look(touched);
    for (const id of turned) this.#state.unfolded.add(id); // where a chain parts, nothing vanishes
    if (turned.length > 0) this.#versions.bumpAll(); // rows below them are of another level
    this.#reorderBelow([...parents, ...turned.map((id) => this.#chains.above(id) ?? TOP)]);
  }

  /** What stands below these rows is worked out again; a million other rows on screen are only copied. */
  #reorderBelow(parents: readonly number[]): void {
    const shown = new Set(parents.filter((id) => !this.#chains.has(id)));
    const onScreen = [...shown].filter((id) => id === TOP || this.placeOf(id) >= 0);
    const isMuch = onScreen.length > MOST_SEGMENTS || onScreen.includes(TOP);
    if (isMuch) return this.#setOrder(this.#orderBelow(TOP));
    for (const id of onScreen) {
      const place = this.placeOf(id);
      if (place < 0) continue; // below another one of them, which is folded now
      const order = this.order.get();
      const before = order.subarray(0, place + 1);
      const after = order.subarray(this.#endOf(id));
      const below = this.isUnfolded(id) ? this.#orderBelow(id) : new Int32Array(0);
      const next = new Int32Array(before.length + below.length + after.length);
      next.set(before);
      next.set(below, before.length);
      next.set(after, before.length + below.length);
      this.#setOrder(next);
    }
  }

  /** The place after the last row that was shown below this one: that of the next row beside it, or beside one above. */
  #endOf(id: number): number {
    const { rows } = this.#state;
    for (let at: number | null = id; at !== null; at = rows.parentOf(at)) {
      const beside = this.childrenOf(rows.parentOf(at));
      for (let next = beside.indexOf(at) + 1; next < beside.length; next += 1) {
        const place = this.placeOf(beside[next] ?? TOP);
        if (place >= 0) return place; // one that is new is not shown yet
      }
    }
    return this.order.get().length;
  }

  /** What is to be seen below a row. Depth first, without recursion: a plant may be deep. */
  #orderBelow(top: number): Int32Array<ArrayBuffer> {
    const { children, unfolded } = this.#state;
    const order: number[] = [];
    const stack = (children.get(top) ?? []).toReversed();
    for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
      const below = children.get(id);
      const isJoined = below !== undefined && this.#chains.has(id);
      if (!isJoined) order.push(id);
      if (below === undefined || !(isJoined || unfolded.has(id))) continue;
      for (let at = below.length - 1; at >= 0; at -= 1) stack.push(below[at] ?? TOP);
    }
    return Int32Array.from(order);
  }

  #setOrder(next: Int32Array<ArrayBuffer>): void {
    if (!sameOrder(this.order.get(), next)) this.order.set(next);
  }
}

function addTo(lists: Map<number, number[]>, key: number, id: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [id]);
  else list.push(id);
}

function sameOrder(a: Int32Array, b: Int32Array): boolean {
  if (a.length !== b.length) return false;
  for (let place = 0; place < a.length; place += 1) if (a[place] !== b[place]) return false;
  return true;
}

/** A new row under a parent that was never unfolded comes when it is; its parent only learns that it has rows below. */
function wanted({ rows, loaded }: State, announced: readonly TreeRow[]): readonly TreeRow[] {
  const parents: TreeRow[] = [];
  const here = announced.filter((row) => {
    if (rows.has(row.id) || loaded.has(row.parent ?? TOP)) return true;
    const parent = rows.get(row.parent ?? TOP);
    if (parent !== undefined && !parent.branch) parents.push({ ...parent, branch: true });
    return false;
  });
  return [...parents, ...here];
}

/** By the numbers that `n.cnt` carries. */
const STATES: readonly NonNullable<TreeRow["state"]>[] = ["offline", "online", "last-known"];

function* recounted(
  { rows }: State,
  counts: readonly number[],
  silentBelow: ReadonlyMap<number, number>,
): Generator<TreeRow> {
  for (let at = 0; at + STRIDE <= counts.length; at += STRIDE) {
    const [id = TOP, metrics = 0, bad = 0, stale = 0, code = -1] = counts.slice(at, at + STRIDE);
    const row = rows.get(id);
    if (row === undefined) continue;
    const silent = silentBelow.get(id) ?? 0;
    const now: RowCounts = { metrics, bad, stale, ...(silent > 0 && { silent }) };
    const state = STATES[code] ?? row.state;
    yield { ...row, counts: now, ...(state === undefined ? {} : { state }) };
  }
}

function* belowAndSelf({ children }: State, id: number): Generator<number> {
  const stack = [id];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    yield next;
    for (const child of children.get(next) ?? []) stack.push(child);
  }
}
