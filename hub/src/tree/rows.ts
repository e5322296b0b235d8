/**
 * The rows of the tree: groups, edge nodes, devices, folders and metrics, each a small integer for life.
 * Rows are only ever added. Names come from the wire, so everything keyed by them is a `Map`.
 */

export type RowKind = "group" | "edgeNode" | "device" | "folder" | "metric";

export const ROOT = 0;

/** How many metrics stand below a row, and how many of them are bad or stale. */
export interface Counts {
  metrics: number;
  bad: number;
  stale: number;
}

export class TreeRows {
  readonly #parents: number[] = [ROOT];
  readonly #names: string[] = [""];
  readonly #kinds: RowKind[] = ["folder"];
  readonly #counts: Counts[] = [{ metrics: 0, bad: 0, stale: 0 }];
  /** Children of a row, by kind and name: a metric and a folder may share a name. */
  readonly #children: (Map<string, number> | undefined)[] = [undefined];

  /** Number of rows, the root included. Ids run from 1 to `size - 1`. */
  get size(): number {
    return this.#names.length;
  }

  /** The id of a row; it is made when there is none. `added` tells which. */
  open(
    parent: number,
    kind: RowKind,
    name: string,
  ): { readonly id: number; readonly added: boolean } {
    const siblings = (this.#children[parent] ??= new Map());
    const key = `${kind}:${name}`;
    const known = siblings.get(key);
    if (known !== undefined) return { id: known, added: false };
    const id = this.#names.push(name) - 1;
    this.#parents.push(parent);
    this.#kinds.push(kind);
    this.#counts.push({ metrics: 0, bad: 0, stale: 0 });
    this.#children.push(undefined);
    siblings.set(key, id);
    return { id, added: true };
  }

  /** The child of a row with this name and kind. */
  child(parent: number, kind: RowKind, name: string): number | undefined {
    return this.#children[parent]?.get(`${kind}:${name}`);
  }

  /** The children of a row, in the order in which they came. */
  children(id: number): Iterable<number> {
    return this.#children[id]?.values() ?? [];
  }

  hasChildren(id: number): boolean {
    return this.#children[id] !== undefined;
  }

  has(id: number): boolean {
    return id > ROOT && id < this.size;
  }

  parent(id: number): number {
    return this.#parents[id] ?? ROOT;
  }

  name(id: number): string {
    return this.#names[id] ?? "";
  }

  kind(id: number): RowKind {
    return this.#kinds[id] ?? "folder";
  }

  counts(id: number): Readonly<Counts> {
    return this.#counts[id] ?? { metrics: 0, bad: 0, stale: 0 };
  }

  /** The rows from just below the root to `id`. */
  lineage(id: number): number[] {
    const line: number[] = [];
    for (let row = id; row !== ROOT; row = this.parent(row)) line.unshift(row);
    return line;
  }

  /** Adds to the counts of every row above `id`, the root included. */
  count(id: number, change: Counts): void {
    let row = id;
    while (row !== ROOT) {
      row = this.parent(row);
      const counts = this.#counts[row];
      if (counts === undefined) return;
      counts.metrics += change.metrics;
      counts.bad += change.bad;
      counts.stale += change.stale;
    }
  }
}
