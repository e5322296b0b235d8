/**
 * Store and forward: where an edge node keeps readings while nobody hears them, to send them later as historical
 * values. The store in memory is for gateways that may lose them with the power; hand in one on disk otherwise.
 */
import type { MetricReading } from "./metric.ts";

/** First in, first out for each device. `deviceId` is `undefined` for the edge node's own metrics. */
export interface ReadingStore {
  /** Keeps readings; gives how many had to be lost for that, these or older ones. */
  append(deviceId: string | undefined, readings: readonly MetricReading[]): number;
  /** The oldest readings, at most `limit`; they stay. */
  oldest(deviceId: string | undefined, limit: number): readonly MetricReading[];
  /** Takes the oldest `count` readings away: they were sent. */
  forget(deviceId: string | undefined, count: number): void;
}

/** A store in memory that holds at most `limit` readings for each device and then loses the oldest. */
export class MemoryReadingStore implements ReadingStore {
  readonly #limit: number;
  readonly #readings = new Map<string | undefined, MetricReading[]>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  append(deviceId: string | undefined, readings: readonly MetricReading[]): number {
    const kept = this.#readings.get(deviceId) ?? [];
    kept.push(...readings);
    const lost = Math.max(0, kept.length - this.#limit);
    kept.splice(0, lost);
    this.#readings.set(deviceId, kept);
    return lost;
  }

  oldest(deviceId: string | undefined, limit: number): readonly MetricReading[] {
    return this.#readings.get(deviceId)?.slice(0, limit) ?? [];
  }

  forget(deviceId: string | undefined, count: number): void {
    const kept = this.#readings.get(deviceId);
    kept?.splice(0, count);
    if (kept?.length === 0) this.#readings.delete(deviceId);
  }
}
