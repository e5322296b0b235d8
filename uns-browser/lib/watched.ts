/** Which rows the hub is asked to keep up to date: those that are drawn, and what is wanted besides them. */
import type { Tree } from "./tree.ts";

export interface WatchedWorld {
  /** The tree on screen. */
  readonly tree: () => Tree;
  /** Rows that are wanted for other reasons, the most wanted first. */
  readonly panel: () => readonly number[];
  readonly totals: () => readonly number[];
  /** Tells those who ask the hub. */
  readonly tell: (rows: readonly number[]) => void;
}

export class Watched {
  readonly #world: WatchedWorld;
  #drawn: readonly number[] = [];
  #besides: readonly number[] = [];

  constructor(world: WatchedWorld) {
    this.#world = world;
  }

  draw(ids: readonly number[]): void {
    this.#drawn = ids;
    this.again();
  }

  also(ids: readonly number[]): void {
    if (ids.length === 0 && this.#besides.length === 0) return;
    this.#besides = ids;
    this.again();
  }

  /** What is wanted may have changed. */
  again(): void {
    const { tree, panel, totals, tell } = this.#world;
    const shown = tree();
    // All above, because new rows and deaths are announced to those who watch the row above.
    const above = this.#drawn.flatMap((id) => shown.lineOf(id).slice(0, -1));
    const all = new Set([...panel(), ...this.#drawn, ...this.#besides, ...above, ...totals()]);
    tell([...all].filter((id) => id >= 0)); // levels of other lenses are no rows of the hub
  }

  /** Ids of another epoch mean other rows. */
  forget(): void {
    this.#drawn = [];
    this.#besides = [];
  }
}
