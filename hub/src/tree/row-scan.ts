/**
 * One pass over the rows, parents before children: each row contains what its name contains and what the rows above it
 * do. It is done in pieces; a piece is a plain loop, because that is what the engine makes quick soonest.
 */
import type { TreeRows } from "./rows.ts";

/** One bit for each word. */
export type Masks = Uint8Array | Int32Array;

/** As few bytes as the words need: a million rows then stay in the cache of the processor. */
export function newMasks(size: number, words: number): Masks {
  return words <= 8 ? new Uint8Array(size) : new Int32Array(size);
}

export interface RowScanOptions {
  readonly rows: TreeRows;
  /** Rows from here on came too late. */
  readonly size: number;
  readonly words: number;
  /** For each name, the words that it contains. */
  readonly contained: Masks;
  /** 1 for each name in which a word with `/` may end; left out when there is none. */
  readonly begun: Masks | undefined;
  /** The words with `/` that end in the name of a row. */
  readonly crossed: (row: number) => number;
  /** Most ids that are kept. */
  readonly limit: number;
  /** Which metrics count; all when left out. */
  readonly isSeen?: ((id: number) => boolean) | undefined;
}

export class RowScan {
  /** Metrics that have all words, and the first of them. */
  hits = 0;
  readonly ids: number[] = [];
  readonly #options: RowScanOptions;
  readonly #masks: Masks;
  readonly #wanted: number;

  constructor(options: RowScanOptions) {
    this.#options = options;
    this.#masks = newMasks(options.size, options.words);
    this.#wanted = 2 ** options.words - 1;
  }

  /** Looks at rows from `from` up to, not including, `to`; those before were looked at. */
  take(from: number, to: number): void {
    const { rows, contained, begun, crossed } = this.#options;
    const masks = this.#masks;
    let parent = -1;
    let above = 0;
    for (let id = from; id < to; id += 1) {
      if (rows.parent(id) !== parent) {
        parent = rows.parent(id); // most rows have the same one as the row before
        above = masks[parent] ?? 0;
      }
      const name = rows.nameId(id);
      let mask = above | (contained[name] ?? 0);
      if (begun !== undefined && begun[name] === 1) mask |= crossed(id);
      if (!rows.isMetric(id)) masks[id] = mask;
      else if (mask === this.#wanted) this.#hit(id);
    }
  }

  #hit(id: number): void {
    if (this.#options.isSeen?.(id) === false) return;
    this.hits += 1;
    if (this.hits <= this.#options.limit) this.ids.push(id);
  }
}
