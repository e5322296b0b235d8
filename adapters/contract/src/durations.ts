/** How long things took, counted as Prometheus wants to have it: cheap to note, and nothing of Prometheus is needed for it. */

export interface Durations {
  /** How many took at most as long as the bound at the same place. */
  readonly buckets: readonly number[];
  readonly count: number;
  /** All of them together. */
  readonly seconds: number;
}

/** Upper bounds of `answerTimes`, in seconds: from a PLC in the same rack to one behind a slow serial line. */
export const ANSWER_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export class DurationCounter implements Durations {
  readonly buckets: number[];
  count = 0;
  seconds = 0;
  readonly #bounds: readonly number[];

  /** @param bounds in seconds, ascending */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.buckets = bounds.map(() => 0);
  }

  note(seconds: number): void {
    this.count += 1;
    this.seconds += seconds;
    for (let at = this.#bounds.length - 1; at >= 0; at -= 1) {
      if (seconds > (this.#bounds[at] ?? 0)) return;
      this.buckets[at] = (this.buckets[at] ?? 0) + 1;
    }
  }

  /** Counts what another one with the same bounds has counted. */
  add({ buckets, count, seconds }: Durations): void {
    this.count += count;
    this.seconds += seconds;
    for (const [at, more] of buckets.entries()) this.buckets[at] = (this.buckets[at] ?? 0) + more;
  }
}
