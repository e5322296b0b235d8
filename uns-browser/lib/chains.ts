/**
 * Chains of levels that have nothing but the next level below them: one row shows them all (`line-1 · cell-2`) and is named
 * by the last one, whose facts and children it has. The others have no row of their own for as long as that is so.
 */
import type { TreeRow } from "@unshub/hub/feed";

export interface ChainWorld {
  row(id: number): TreeRow | undefined;
  parentOf(id: number): number | null;
  childrenOf(id: number): readonly number[];
  /** Whether all children of a row are known. */
  isWhole(id: number): boolean;
}

export class Chains {
  readonly #world: ChainWorld;
  /** Rows that stand in one row with their only child. */
  readonly #joined = new Set<number>();

  constructor(world: ChainWorld) {
    this.#world = world;
  }

  /** Whether a row has none of its own on screen, because it stands in that of its only child. */
  has(id: number): boolean {
    return this.#joined.size > 0 && this.#joined.has(id);
  }

  /** The row in which a row is shown; mostly itself. */
  tailOf(id: number): number {
    let tail = id;
    while (this.has(tail)) tail = this.#world.childrenOf(tail)[0] ?? tail;
    return tail;
  }

  /** What stands before a row in its chain, the uppermost first. */
  before(id: number): readonly number[] {
    const chain: number[] = [];
    for (let at = this.#world.parentOf(id); at !== null && this.has(at);) {
      chain.push(at);
      at = this.#world.parentOf(at);
    }
    return chain.toReversed();
  }

  /** The row on screen below which a row stands; `null`: it is at the top. */
  above(id: number): number | null {
    let at = this.#world.parentOf(id);
    while (at !== null && this.has(at)) at = this.#world.parentOf(at);
    return at;
  }

  /** Looks again at rows that may have begun, or ceased, to stand in one row with their child; says which have. */
  look(ids: Iterable<number>): readonly number[] {
    const turned: number[] = [];
    for (const id of ids) {
      const isJoined = this.#isAlone(id);
      if (isJoined === this.has(id)) continue;
      if (isJoined) this.#joined.add(id);
      else this.#joined.delete(id);
      turned.push(id);
    }
    return turned;
  }

  clear(): void {
    this.#joined.clear();
  }

  #isAlone(id: number): boolean {
    const [only, ...others] = this.#world.childrenOf(id).slice(0, 2);
    if (only === undefined || others.length > 0 || !this.#world.isWhole(id)) return false;
    const row = this.#world.row(id);
    return row !== undefined && isPlain(row) && this.#world.row(only)?.branch === true;
  }
}

/** What is nothing but a level: it has no state, and no message of its own. */
function isPlain({ kind, retained }: TreeRow): boolean {
  return kind === "folder" || kind === "place" || (kind === "topic" && retained !== true);
}
