/** Counts the numbers of the load server that came, and knows which of them did not. */

/** So many of the nodes are looked at whole. */
const WATCHED = 100;

export interface Counts extends Readonly<Record<string, number>> {
  readonly values: number;
}

export class Numbers {
  #values = 0;
  readonly #seen = Array.from({ length: WATCHED }, () => new Set<number>());
  #came = Promise.withResolvers<void>();

  /** `node`: the number in its name. */
  take(node: number, value: number): void {
    this.#values += 1;
    this.#seen[node]?.add(value);
    this.#came.resolve();
  }

  /** What came before does not count: not all nodes were watched yet. */
  begin(): Counts {
    for (const seen of this.#seen) seen.clear();
    return { values: this.#values };
  }

  since(before: Counts): Counts {
    return { values: this.#values - before.values };
  }

  /** Resolves with the time when the next one comes, in ms since 1970 UTC. */
  async next(): Promise<number> {
    this.#came = Promise.withResolvers();
    await this.#came.promise;
    return Date.now();
  }

  /** Numbers between the first and the last that never came, of the first hundred nodes. */
  missing(): number {
    return this.#seen.reduce((sum, seen) => {
      if (seen.size === 0) return sum;
      return sum + Math.max(...seen) - Math.min(...seen) + 1 - seen.size;
    }, 0);
  }
}
