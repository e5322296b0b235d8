/**
 * What each metric was last worth, in columns: a million metrics are a few arrays, not a million objects.
 * Numbers and booleans stand in a typed array; everything else in a side table.
 */
import type { MetricValue } from "@unshub/sparkplug";

/** As a reader sees it: the three of Sparkplug, and `none` before the first value. Death of device or node is `stale`. */
export type TreeQuality = "bad" | "stale" | "good" | "none";

const QUALITIES: readonly TreeQuality[] = ["bad", "stale", "good", "none"];
const NONE = QUALITIES.indexOf("none");

/** How a value is kept: as it stands in the numbers column, as a truth value there, or in the side table. */
const AS_NUMBER = 0;
const AS_BOOLEAN = 1;
const ASIDE = 2;

export class MetricColumns {
  #numbers = new Float64Array(1024);
  #kept = new Uint8Array(1024).fill(ASIDE);
  #qualities = new Uint8Array(1024).fill(NONE);
  /** Milliseconds since 1970 UTC; 0 means never. */
  #timestamps = new Float64Array(1024);
  #receivedAt = new Float64Array(1024);
  readonly #aside = new Map<number, MetricValue>();

  value(id: number): MetricValue {
    const kept = this.#kept[id];
    if (kept === AS_NUMBER) return this.#numbers[id] ?? null;
    if (kept === AS_BOOLEAN) return this.#numbers[id] === 1;
    return this.#aside.get(id) ?? null;
  }

  setValue(id: number, value: MetricValue): void {
    this.#reserve(id);
    if (typeof value === "number" || typeof value === "boolean") {
      this.#numbers[id] = Number(value);
      if (this.#kept[id] === ASIDE) this.#aside.delete(id);
      this.#kept[id] = typeof value === "number" ? AS_NUMBER : AS_BOOLEAN;
      return;
    }
    this.#kept[id] = ASIDE;
    if (value === null) this.#aside.delete(id);
    else this.#aside.set(id, value);
  }

  quality(id: number): TreeQuality {
    return QUALITIES[this.#qualities[id] ?? NONE] ?? "none";
  }

  setQuality(id: number, quality: TreeQuality): void {
    this.#reserve(id);
    this.#qualities[id] = QUALITIES.indexOf(quality);
  }

  /** Milliseconds since 1970 UTC by the source's clock; 0 when it was never heard. */
  timestamp(id: number): number {
    return this.#timestamps[id] ?? 0;
  }

  /** Milliseconds since 1970 UTC at which the hub received it; 0 when never. */
  receivedAt(id: number): number {
    return this.#receivedAt[id] ?? 0;
  }

  setTimes(id: number, timestamp: number, receivedAt: number): void {
    this.#reserve(id);
    this.#timestamps[id] = timestamp;
    this.#receivedAt[id] = receivedAt;
  }

  #reserve(id: number): void {
    if (id < this.#numbers.length) return;
    const size = Math.max(id + 1, this.#numbers.length * 2);
    const before = this.#numbers.length;
    this.#numbers = grown(new Float64Array(size), this.#numbers);
    this.#timestamps = grown(new Float64Array(size), this.#timestamps);
    this.#receivedAt = grown(new Float64Array(size), this.#receivedAt);
    this.#kept = grown(new Uint8Array(size), this.#kept).fill(ASIDE, before);
    this.#qualities = grown(new Uint8Array(size), this.#qualities).fill(NONE, before);
  }
}

function grown<Column extends Float64Array | Uint8Array>(bigger: Column, column: Column): Column {
  bigger.set(column);
  return bigger;
}
