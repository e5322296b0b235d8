/**
 * Report by exception for all metrics of one device: what was last published, in columns by the index of the metric, and
 * which new value is worth publishing. Compares with the last published value, never with the last read one: a slow
 * drift would be lost otherwise.
 */
import type { Datatype, MetricValue } from "@unshub/sparkplug";
import { isNumeric, type PublishRule } from "./publish-rule.ts";

/** One metric as it is born. */
export interface RuledMetric {
  readonly rule: PublishRule;
  readonly datatype: Datatype;
}

const ALWAYS = 1;
const NUMERIC = 2;
const NEVER_PUBLISHED = -Infinity;
/** No quality: nothing was published yet. */
const NOTHING = 255;

export class LastPublished {
  readonly #flags: Uint8Array;
  /** The larger of both deadbands where it does not depend on the value; -1: none, exact repeats are left out. */
  readonly #deadbands: Float64Array;
  /** Part of the last value, 0 to 1; 0: none. */
  readonly #shares: Float64Array;
  readonly #minIntervals: Float64Array;
  readonly #maxIntervals: Float64Array;
  readonly #numbers: Float64Array;
  readonly #others = new Map<number, MetricValue>();
  readonly #qualities: Uint8Array;
  readonly #publishedAt: Float64Array;
  /** Metrics whose news wait for their interval to close. */
  readonly #waiting = new Set<number>();
  /** Metrics that are published again and again. */
  readonly #heartbeats: readonly number[];
  /** No earlier is anything due. */
  #nextHeartbeat = Infinity;
  #nextClose = Infinity;

  constructor(metrics: readonly RuledMetric[]) {
    const column = (of: (metric: RuledMetric) => number): Float64Array =>
      Float64Array.from(metrics, of);
    this.#flags = Uint8Array.from(metrics, flagsOf);
    this.#deadbands = column(({ rule }) => fixedDeadband(rule));
    this.#shares = column(({ rule }) =>
      rule.of === "value" ? (rule.deadbandPercent ?? 0) / 100 : 0,
    );
    this.#minIntervals = column(({ rule }) => rule.minIntervalMs ?? 0);
    this.#maxIntervals = column(heartbeatOf);
    this.#numbers = new Float64Array(metrics.length);
    this.#qualities = new Uint8Array(metrics.length).fill(NOTHING);
    this.#publishedAt = new Float64Array(metrics.length).fill(NEVER_PUBLISHED);
    this.#heartbeats = [...metrics.keys()].filter(
      (metric) => this.#maxIntervals[metric] !== Infinity,
    );
  }

  /**
   * Whether a number, or a boolean as 0 or 1, is to be published now; if so, it counts as published. `false` may mean
   * later: see `due`. `nowMs`: a clock that never goes back.
   */
  check(metric: number, number: number, quality: number, nowMs: number): boolean {
    const other = this.#others.size > 0 ? this.#others.get(metric) : undefined;
    if (other !== undefined && typeof other === "bigint" && Number.isInteger(number)) {
      return this.checkOther(metric, BigInt(number), quality, nowMs);
    }
    const before = at(this.#numbers, metric);
    const isFirst = this.#qualities[metric] !== quality || other !== undefined;
    if (isFirst || Number.isNaN(before) !== Number.isNaN(number)) {
      return this.#publish(metric, number, quality, nowMs);
    }
    if (!this.#mayPass(metric, this.#isNews(metric, before, number), nowMs)) return false;
    return this.#publish(metric, number, quality, nowMs);
  }

  /** As `check`, for any other value: text, null, 64-bit integers that no number holds. */
  checkOther(metric: number, value: MetricValue, quality: number, nowMs: number): boolean {
    const before = this.#before(metric, value);
    const isFirst = this.#qualities[metric] !== quality || before === undefined;
    if (!isFirst && (before === null) === (value === null)) {
      if (!this.#mayPass(metric, this.#isOtherNews(metric, before, value), nowMs)) return false;
    }
    return this.publishedOther(metric, value, quality, nowMs);
  }

  /**
   * Metrics whose last value is to be published now although no new one came: their interval closed with news in it, or
   * their heartbeat is due. Who calls knows the values, publishes them, and says so by `published`.
   */
  due(nowMs: number): readonly number[] {
    if (nowMs < this.nextDueMs) return [];
    const due = new Set([...this.#closed(nowMs), ...this.#beating(nowMs)]);
    return [...due];
  }

  /** When `due` may have something at the earliest; `Infinity`: never, unless a new value comes. */
  get nextDueMs(): number {
    return Math.min(this.#nextClose, this.#nextHeartbeat);
  }

  /** A number went out without being asked for: it was due, or a birth told it. */
  published(metric: number, number: number, quality: number, nowMs: number): void {
    this.#publish(metric, number, quality, nowMs);
  }

  /** As `published`, for any other value. */
  publishedOther(metric: number, value: MetricValue, quality: number, nowMs: number): true {
    this.#publish(metric, Number.NaN, quality, nowMs);
    this.#others.set(metric, value);
    return true;
  }

  /** The device was born: the next value of each metric passes. */
  reset(): void {
    this.#qualities.fill(NOTHING);
    this.#publishedAt.fill(NEVER_PUBLISHED);
    this.#others.clear();
    this.#waiting.clear();
    this.#nextClose = Infinity;
    this.#nextHeartbeat = Infinity;
  }

  /** The next value of this metric passes. */
  forget(metric: number): void {
    this.#qualities[metric] = NOTHING;
    this.#publishedAt[metric] = NEVER_PUBLISHED;
    this.#others.delete(metric);
    this.#waiting.delete(metric);
  }

  /** Other rules, the same metrics: what was published before stays published. */
  follow(before: LastPublished): void {
    this.#numbers.set(before.#numbers);
    this.#qualities.set(before.#qualities);
    this.#publishedAt.set(before.#publishedAt);
    for (const [metric, value] of before.#others) this.#others.set(metric, value);
    this.#nextHeartbeat = this.#heartbeats.length > 0 ? NEVER_PUBLISHED : Infinity;
  }

  /** What was last published, as far as it can be compared with `value`; `undefined`: nothing of its kind. */
  #before(metric: number, value: MetricValue): MetricValue | undefined {
    const other = this.#others.get(metric);
    if (other !== undefined || this.#qualities[metric] === NOTHING) return other;
    const number = at(this.#numbers, metric);
    return typeof value === "bigint" && Number.isInteger(number) ? BigInt(number) : undefined;
  }

  #isNews(metric: number, before: number, number: number): boolean {
    const flags = this.#flags[metric] ?? 0;
    if ((flags & ALWAYS) !== 0) return true;
    if ((flags & NUMERIC) === 0 || !Number.isFinite(before) || !Number.isFinite(number)) {
      return before !== number && !(Number.isNaN(before) && Number.isNaN(number));
    }
    const change = Math.abs(number - before);
    return change > 0 && change > this.#deadbandAt(metric, Math.abs(before));
  }

  #deadbandAt(metric: number, magnitude: number): number {
    return Math.max(at(this.#deadbands, metric), at(this.#shares, metric) * magnitude);
  }

  /** 64-bit integers are compared as such: no digit is lost. */
  #isOtherNews(metric: number, before: MetricValue, value: MetricValue): boolean {
    const flags = this.#flags[metric] ?? 0;
    if ((flags & ALWAYS) !== 0) return true;
    if (typeof before !== "bigint" || typeof value !== "bigint") return !isSame(before, value);
    const change = value > before ? value - before : before - value;
    if (change === 0n || (flags & NUMERIC) === 0) return change !== 0n;
    const deadband = this.#deadbandAt(metric, Math.abs(Number(before)));
    return deadband < 0 || change > BigInt(Math.floor(deadband));
  }

  /** News pass, unless the last ones were a moment ago: then they wait. */
  #mayPass(metric: number, isNews: boolean, nowMs: number): boolean {
    if (!isNews) {
      if (this.#waiting.size > 0) this.#waiting.delete(metric); // back where it was: nothing is left to tell
      return false;
    }
    if (this.#hasClosed(metric, nowMs)) return true;
    this.#waiting.add(metric);
    this.#nextClose = Math.min(this.#nextClose, this.#closesAt(metric));
    return false;
  }

  #closesAt(metric: number): number {
    return at(this.#publishedAt, metric) + at(this.#minIntervals, metric);
  }

  #closed(nowMs: number): readonly number[] {
    if (nowMs < this.#nextClose) return [];
    this.#nextClose = Infinity;
    const closed: number[] = [];
    for (const metric of this.#waiting) {
      if (this.#hasClosed(metric, nowMs)) closed.push(metric);
      else this.#nextClose = Math.min(this.#nextClose, this.#closesAt(metric));
    }
    for (const metric of closed) this.#waiting.delete(metric);
    return closed;
  }

  #hasClosed(metric: number, nowMs: number): boolean {
    return nowMs >= this.#closesAt(metric);
  }

  #publish(metric: number, number: number, quality: number, nowMs: number): true {
    this.#numbers[metric] = number;
    if (this.#others.size > 0) this.#others.delete(metric);
    this.#qualities[metric] = quality;
    this.#publishedAt[metric] = nowMs;
    if (this.#waiting.size > 0) this.#waiting.delete(metric);
    const beat = nowMs + at(this.#maxIntervals, metric);
    if (beat < this.#nextHeartbeat) this.#nextHeartbeat = beat;
    return true;
  }

  #beating(nowMs: number): readonly number[] {
    if (nowMs < this.#nextHeartbeat) return [];
    this.#nextHeartbeat = Infinity;
    return this.#heartbeats.filter((metric) => {
      if (this.#qualities[metric] === NOTHING) return false;
      const beat = at(this.#publishedAt, metric) + at(this.#maxIntervals, metric);
      if (beat > nowMs) this.#nextHeartbeat = Math.min(this.#nextHeartbeat, beat);
      return beat <= nowMs;
    });
  }
}

function at(column: Float64Array, index: number): number {
  return column[index] ?? Number.NaN;
}

function flagsOf({ rule, datatype }: RuledMetric): number {
  return (rule.publish === "always" ? ALWAYS : 0) | (isNumeric(datatype) ? NUMERIC : 0);
}

function fixedDeadband({
  deadband = -1,
  deadbandPercent,
  of = "range",
  euRange,
}: PublishRule): number {
  if (deadbandPercent === undefined || of !== "range" || euRange === undefined) return deadband;
  const [low, high] = euRange;
  return Math.max(deadband, (Math.abs(high - low) * deadbandPercent) / 100);
}

function heartbeatOf({ rule }: RuledMetric): number {
  return rule.publish === "onChange" ? Infinity : (rule.maxIntervalMs ?? Infinity);
}

function isSame(before: MetricValue, value: MetricValue): boolean {
  if (before instanceof Uint8Array && value instanceof Uint8Array) {
    return before.length === value.length && before.every((byte, index) => byte === value[index]);
  }
  if (Array.isArray(before) && Array.isArray(value)) {
    const after: readonly unknown[] = value;
    return (
      before.length === after.length && before.every((each, index) => Object.is(each, after[index]))
    );
  }
  return Object.is(before, value);
}
