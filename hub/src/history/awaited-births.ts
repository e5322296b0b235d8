/**
 * Metrics whose edge node was born again, and whose device will most likely be at once: nothing is written of those that
 * are worth the same afterwards. What is not born in time is stale since the edge node was born.
 */

const WITHIN_MS = 5000;

interface Awaited {
  /** By the clock of the edge node. */
  readonly time: number;
  /** When the hub heard of it. */
  readonly since: number;
  /** It was good before; else it was not heard yet. */
  readonly wasGood: boolean;
}

export class AwaitedBirths {
  readonly #awaited = new Map<number, Awaited>();

  note(id: number, awaited: Awaited): void {
    this.#awaited.set(id, awaited);
  }

  /** Its wait is over; `undefined`: nobody waited. */
  take(id: number): Awaited | undefined {
    if (this.#awaited.size === 0) return undefined;
    const awaited = this.#awaited.get(id);
    if (awaited !== undefined) this.#awaited.delete(id);
    return awaited;
  }

  /** Those that were not born in time, in the order in which they were noted. */
  *overdue(now: number): Generator<readonly [id: number, awaited: Awaited]> {
    for (const [id, awaited] of this.#awaited) {
      if (now - awaited.since < WITHIN_MS) return;
      this.#awaited.delete(id);
      yield [id, awaited];
    }
  }
}
