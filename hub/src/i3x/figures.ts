/** What is counted of the requests: how many of which route with which status, and how long they took. */

/** Upper bounds of the histogram, in seconds. */
export const BUCKETS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5] as const;

/** How long the requests of one route took. */
export interface Durations {
  /** By upper bound: those that took at most so long. */
  readonly buckets: number[];
  count: number;
  seconds: number;
}

export class RequestFigures {
  /** By route and status. */
  readonly counts = new Map<string, { route: string; status: number; count: number }>();
  readonly durations = new Map<string, Durations>();

  note(route: string, status: number, seconds: number | undefined): void {
    const key = `${route} ${status}`;
    const counted = this.counts.get(key) ?? { route, status, count: 0 };
    counted.count += 1;
    this.counts.set(key, counted);
    if (seconds === undefined) return;
    const took = this.durations.get(route) ?? {
      buckets: BUCKETS.map(() => 0),
      count: 0,
      seconds: 0,
    };
    took.count += 1;
    took.seconds += seconds;
    for (const [at, bound] of BUCKETS.entries()) {
      if (seconds <= bound) took.buckets[at] = (took.buckets[at] ?? 0) + 1;
    }
    this.durations.set(route, took);
  }
}
