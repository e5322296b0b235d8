/**
 * How often each metric usually speaks while it is good: learned as it does, in columns, a few bytes a metric. The usual
 * interval is an estimate of the median of about the last hundred; how far single ones are from it tells whether the metric
 * speaks by the clock, or whenever something happens.
 */
import { FIRST_ROOM, grown, roomFor } from "./columns.ts";

/** Intervals that must have been seen before something is said of a metric. */
const LEARNED_AFTER = 10;
/** How far an interval may be from the usual one, as a part of it on the average, for a metric that speaks by the clock. */
const REGULAR_UP_TO = 0.4;
/** Steps of the median towards the last interval, as a part of it: large ones at first. */
const LEAST_STEP = 0.02;
/** The weight of the last interval in the average distance. */
const NEWEST = 0.1;
const MOST_COUNTED = 255;
/** Silent is what was not heard for so many usual intervals, and for so long. */
const SILENT_INTERVALS = 5;
const SILENT_AFTER_MS = 5000;

export class Rhythms {
  #usualMs = new Float32Array(FIRST_ROOM);
  #distances = new Float32Array(FIRST_ROOM);
  #counts = new Uint8Array(FIRST_ROOM);

  /** A metric was heard `intervalMs` after the last time. There is room for it. */
  heard(id: number, intervalMs: number): void {
    if (!(intervalMs > 0)) return; // several in one message, or a clock that was set
    const count = this.#counts[id] ?? 0;
    const usual = this.#usualMs[id] ?? 0;
    if (count < MOST_COUNTED) this.#counts[id] = count + 1;
    if (count === 0) {
      this.#usualMs[id] = intervalMs;
      return;
    }
    const step = 1 + Math.max(LEAST_STEP, 0.5 / count);
    if (intervalMs > usual) this.#usualMs[id] = Math.min(usual * step, intervalMs);
    else this.#usualMs[id] = Math.max(usual / step, intervalMs);
    const distance = Math.min(1, Math.abs(intervalMs - usual) / usual);
    const before = this.#distances[id] ?? 0;
    this.#distances[id] = before + NEWEST * (distance - before);
  }

  /** The usual interval in milliseconds of a metric that speaks by the clock; `undefined`: it does not, or is not known yet. */
  usualMs(id: number): number | undefined {
    const isLearned = (this.#counts[id] ?? 0) >= LEARNED_AFTER;
    return isLearned && (this.#distances[id] ?? 1) <= REGULAR_UP_TO ? this.#usualMs[id] : undefined;
  }

  /** Whether a metric that was last heard so long ago should have spoken. */
  isSilent(id: number, heardAgoMs: number): boolean {
    const usual = this.usualMs(id);
    if (usual === undefined) return false;
    return heardAgoMs > Math.max(SILENT_INTERVALS * usual, SILENT_AFTER_MS);
  }

  /** Values a second, by the clock or not; 0 as long as too little is known. */
  perSecond(id: number, heardAgoMs: number): number {
    if ((this.#counts[id] ?? 0) < LEARNED_AFTER) return 0;
    return 1000 / Math.max(this.#usualMs[id] ?? Number.POSITIVE_INFINITY, heardAgoMs);
  }

  reserve(size: number): void {
    if (size <= this.#counts.length) return;
    const room = roomFor(size, this.#counts.length);
    this.#usualMs = grown(new Float32Array(room), this.#usualMs);
    this.#distances = grown(new Float32Array(room), this.#distances);
    this.#counts = grown(new Uint8Array(room), this.#counts);
  }
}
