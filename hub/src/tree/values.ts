/**
 * What each metric was last worth, in columns: a million metrics are a few arrays, not a million objects.
 * Numbers and booleans stand in a typed array; everything else in a side table.
 */
import type { MetricValue } from "@unshub/sparkplug";
import { FIRST_ROOM, grown, roomFor, type Column } from "./columns.ts";
import {
  OTHER_REASON,
  QUALITIES,
  QUALITY_CODES,
  reasonCode,
  REASONS,
  type TreeQuality,
} from "./quality.ts";
import { Rhythms } from "./rhythms.ts";

/** How a value is kept: as it stands in the numbers column, as a truth value there, or in the side table. */
const ASIDE = 0;
const AS_NUMBER = 1;
const AS_BOOLEAN = 2;

/** Qualities are kept plus one: a row that was never written has 0, which is `none`. */
const GOOD = QUALITY_CODES.good + 1;

export class MetricColumns {
  /** How often each is heard while it is good. */
  readonly rhythms = new Rhythms();
  #numbers = new Float64Array(FIRST_ROOM);
  #kept = new Uint8Array(FIRST_ROOM);
  #qualities = new Uint8Array(FIRST_ROOM);
  #reasons = new Uint8Array(FIRST_ROOM);
  /** Milliseconds since 1970 UTC; 0 means never. */
  #timestamps = new Float64Array(FIRST_ROOM);
  #receivedAt = new Float64Array(FIRST_ROOM);
  readonly #aside = new Map<number, MetricValue>();
  readonly #otherReasons = new Map<number, string>();

  value(id: number): MetricValue {
    const kept = this.#kept[id];
    if (kept === AS_NUMBER) return this.#numbers[id] ?? null;
    if (kept === AS_BOOLEAN) return this.#numbers[id] === 1;
    return this.#aside.get(id) ?? null;
  }

  setValue(id: number, value: MetricValue): void {
    this.reserve(id + 1);
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

  /** The way of most data: a number that comes again. `id` was described, so there is room for it. */
  setNumber(id: number, value: number, timestamp: number, receivedAt: number): void {
    this.noteHeard(id, receivedAt);
    this.#numbers[id] = value;
    this.#timestamps[id] = timestamp;
    this.#receivedAt[id] = receivedAt;
    if (this.#kept[id] !== AS_NUMBER) this.setValue(id, value);
  }

  /** Likewise a truth value, as 0 or 1. */
  setTruth(id: number, value: number, timestamp: number, receivedAt: number): void {
    this.noteHeard(id, receivedAt);
    this.#numbers[id] = value;
    this.#timestamps[id] = timestamp;
    this.#receivedAt[id] = receivedAt;
    if (this.#kept[id] !== AS_BOOLEAN) this.setValue(id, value === 1);
  }

  /** A good value came; call it before its times are set. */
  noteHeard(id: number, receivedAt: number): void {
    const before = this.#receivedAt[id] ?? 0;
    if (before !== 0) this.rhythms.heard(id, receivedAt - before);
  }

  /** Good, and nothing more is to be said. */
  isPlainGood(id: number): boolean {
    return this.#qualities[id] === GOOD && this.#reasons[id] === 0;
  }

  quality(id: number): TreeQuality {
    return QUALITIES[(this.#qualities[id] ?? 0) - 1] ?? "none";
  }

  reason(id: number): string | undefined {
    const code = this.#reasons[id] ?? 0;
    return code === OTHER_REASON ? this.#otherReasons.get(id) : REASONS[code];
  }

  setQuality(id: number, quality: TreeQuality, reason: string | undefined): void {
    this.reserve(id + 1);
    this.#qualities[id] = QUALITY_CODES[quality] + 1;
    const code = reasonCode(reason);
    if (this.#reasons[id] === OTHER_REASON && code !== OTHER_REASON) this.#otherReasons.delete(id);
    this.#reasons[id] = code;
    if (code === OTHER_REASON && reason !== undefined) this.#otherReasons.set(id, reason);
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
    this.reserve(id + 1);
    this.#timestamps[id] = timestamp;
    this.#receivedAt[id] = receivedAt;
  }

  reserve(size: number): void {
    if (size <= this.#numbers.length) return;
    this.rhythms.reserve(size);
    const room = roomFor(size, this.#numbers.length);
    this.#numbers = grown(new Float64Array(room), this.#numbers);
    this.#timestamps = grown(new Float64Array(room), this.#timestamps);
    this.#receivedAt = grown(new Float64Array(room), this.#receivedAt);
    this.#kept = grown(new Uint8Array(room), this.#kept);
    this.#qualities = grown(new Uint8Array(room), this.#qualities);
    this.#reasons = grown(new Uint8Array(room), this.#reasons);
  }

  /** What a snapshot keeps of all metrics; what `aside` gives comes with it. */
  columns(): readonly Column[] {
    return [
      this.#numbers,
      this.#timestamps,
      this.#receivedAt,
      this.#kept,
      this.#qualities,
      this.#reasons,
    ];
  }

  /** Value and reason of a metric as far as they have no place in columns. */
  aside(id: number): Aside | undefined {
    const value = this.#kept[id] === ASIDE ? this.#aside.get(id) : undefined;
    const reason = this.#reasons[id] === OTHER_REASON ? this.#otherReasons.get(id) : undefined;
    return value === undefined && reason === undefined ? undefined : { value, reason };
  }

  /** What stands beside the columns of a metric holds no more. */
  dropAside(id: number): void {
    this.#aside.delete(id);
    this.#otherReasons.delete(id);
  }

  setAside(id: number, { value, reason }: Aside): void {
    if (value !== undefined) this.#aside.set(id, value);
    if (reason !== undefined) this.#otherReasons.set(id, reason);
  }
}

export interface Aside {
  readonly value: MetricValue | undefined;
  readonly reason: string | undefined;
}
