/** Counts the numbers of the load server that came, and knows which of them did not. */
import { setTimeout as sleep } from "node:timers/promises";

/** So many of the nodes are looked at whole. */
const WATCHED = 100;

/** The server tells of all changes of half a second at once; where nothing came for so long, one such burst has ended. */
const PAUSE_MS = 100;
/** For no pause it waits longer than this. */
const PAUSE_WITHIN_MS = 3000;

/** Values up to the end of a burst, and when its last one came. */
export interface Counts {
  readonly values: number;
  readonly at: number;
}

interface Found extends Readonly<Record<string, number>> {
  readonly values: number;
  /** From the end of the burst before the first of them to the last one. */
  readonly seconds: number;
}

export class Numbers {
  #values = 0;
  #lastAt = 0;
  readonly #seen = Array.from({ length: WATCHED }, () => new Set<number>());
  #came = Promise.withResolvers<void>();

  /** `node`: the number in its name. */
  take(node: number, value: number): void {
    this.#values += 1;
    this.#lastAt = performance.now();
    this.#seen[node]?.add(value);
    this.#came.resolve();
  }

  /** What came before does not count: not all nodes were watched yet. */
  async begin(): Promise<Counts> {
    await this.pause();
    for (const seen of this.#seen) seen.clear();
    return { values: this.#values, at: this.#lastAt };
  }

  /** Whole bursts only: half of one more or less would be a twentieth of what comes in ten seconds. */
  async since(before: Counts): Promise<Found> {
    await this.pause();
    return { values: this.#values - before.values, seconds: (this.#lastAt - before.at) / 1000 };
  }

  /** Resolves when a burst has ended. */
  async pause(): Promise<void> {
    const giveUpAt = performance.now() + PAUSE_WITHIN_MS;
    while (performance.now() - this.#lastAt < PAUSE_MS && performance.now() < giveUpAt)
      await sleep(PAUSE_MS / 5);
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
