/**
 * The tree as one person may see it. What he may not read does not exist for him: it is in no list, no count, no search
 * and no path. Rights reach down to devices, so each row is judged by the group, edge node and device it stands in.
 */
import { ROOT, type UnsTree } from "../tree/index.ts";
import type { RowCounts } from "./protocol.ts";

/** A part of the plant. */
interface Place {
  readonly group: string;
  readonly edgeNode?: string;
  readonly device?: string;
}

/** What may be read: everything of a part, some of it, or nothing. `undefined`: of the plant as a whole. */
export interface Reach {
  readonly key: string;
  of(place: Place | undefined): "all" | "some" | "nothing";
}

/** What other rooms know of metrics and rows show. */
export interface Beside {
  /** Whether a message of its plain topic is retained. */
  isRetained(id: number): boolean;
}

const NOTHING_BESIDE: Beside = { isRetained: () => false };

export class Sight {
  readonly tree: UnsTree;
  readonly #reach: Reach;
  /** Two with the same key see the same. */
  readonly key: string;
  /** Whether everything may be seen: then nothing is asked. */
  readonly seesAll: boolean;
  readonly #beside: Beside;
  readonly #judged = new Map<number, "all" | "some" | "nothing">();

  constructor(tree: UnsTree, reach: Reach, beside: Beside = NOTHING_BESIDE) {
    this.tree = tree;
    this.#beside = beside;
    this.#reach = reach;
    this.key = reach.key;
    this.seesAll = reach.of(undefined) === "all";
  }

  /** The name of this run of the hub for whoever sees this; another sight is another epoch, with other rows. */
  epochOf(run: string): string {
    return this.key === "" ? run : `${run}.${this.key}`;
  }

  /** Whether a row is there. */
  sees(id: number): boolean {
    if (this.seesAll) return true;
    const { rows } = this.tree;
    const kind = rows.kind(id);
    const member = kind === "metric" || kind === "folder" ? this.#memberOf(id) : id;
    const judged = this.#judge(member);
    if (judged !== "some" || member !== id) return judged === "all";
    return this.#seesBelow(id); // a group is there for whom something in it is
  }

  isRetained(id: number): boolean {
    return this.#beside.isRetained(id);
  }

  hasChildren(id: number): boolean {
    if (this.#isWhole(id)) return this.tree.rows.hasChildren(id);
    return this.#seesBelow(id);
  }

  /** Metrics below a row that may be seen. */
  counts(id: number): RowCounts {
    const { rows, silences } = this.tree;
    if (this.#isWhole(id)) return withSilent(rows.counts(id), silences.below(id));
    let [metrics, bad, stale, silent] = [0, 0, 0, 0];
    for (const child of rows.children(id)) {
      if (!this.sees(child)) continue;
      const below = this.counts(child);
      metrics += below.metrics;
      bad += below.bad;
      stale += below.stale;
      silent += below.silent ?? 0;
    }
    return withSilent({ metrics, bad, stale }, silent);
  }

  /** The row at a path; `undefined` when there is none, or it is not to be seen. */
  find(path: string): number | undefined {
    const id = this.tree.find(path);
    return id !== undefined && id !== ROOT && this.sees(id) ? id : undefined;
  }

  /** Whether everything below a row may be seen, so that nothing there has to be asked. */
  #isWhole(id: number): boolean {
    if (this.seesAll) return true;
    if (id === ROOT) return false;
    const kind = this.tree.rows.kind(id);
    return kind === "metric" || kind === "folder" || this.#judge(id) === "all";
  }

  #seesBelow(id: number): boolean {
    for (const child of this.tree.rows.children(id)) if (this.sees(child)) return true;
    return false;
  }

  /** The device or edge node that a metric or folder belongs to. */
  #memberOf(id: number): number {
    const { rows } = this.tree;
    let row = rows.parent(id);
    while (rows.kind(row) === "folder" && row !== ROOT) row = rows.parent(row);
    return row;
  }

  /** Of a group, edge node or device: these never change their place. */
  #judge(id: number): "all" | "some" | "nothing" {
    const known = this.#judged.get(id);
    if (known !== undefined) return known;
    const [group = "", edgeNode, device] = this.tree.segments(id);
    const judged = this.#reach.of({
      group,
      ...(edgeNode !== undefined && { edgeNode }),
      ...(device !== undefined && { device }),
    });
    this.#judged.set(id, judged);
    return judged;
  }
}

function withSilent(counts: RowCounts, silent: number): RowCounts {
  return silent === 0 ? counts : { ...counts, silent };
}
