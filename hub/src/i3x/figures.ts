/** What is counted of the requests: how many of which route with which status, and how long they took. */

import { DurationCounter } from "@unshub/adapter";

/** Upper bounds of the histogram, in seconds. */
export const BUCKETS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5] as const;

export class RequestFigures {
  /** By route and status. */
  readonly counts = new Map<string, { route: string; status: number; count: number }>();
  readonly durations = new Map<string, DurationCounter>();

  note(route: string, status: number, seconds: number | undefined): void {
    const key = `${route} ${status}`;
    const counted = this.counts.get(key) ?? { route, status, count: 0 };
    counted.count += 1;
    this.counts.set(key, counted);
    if (seconds === undefined) return;
    const took = this.durations.get(route) ?? new DurationCounter(BUCKETS);
    took.note(seconds);
    this.durations.set(route, took);
  }
}
