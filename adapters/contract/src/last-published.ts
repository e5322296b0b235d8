/**
 * Report by exception for all metrics of one device: what was last published, in columns by the index of the metric, and
 * which new value is worth publishing. Compares with the last published value, never with the last read one: a slow
 * drift would be lost otherwise.
 */
import { isTemplate, sameValue, type Datatype, type MetricValue } from "@unshub/sparkplug";
import { isNumeric, type PublishRule } from "./publish-rule.ts";

/** One metric as it is born. */
export interface RuledMetric {
  readonly rule: PublishRule;
  readonly datatype: Datatype;
}

/** A rule as it is looked at for every value. */
interface KnownRule {
  /** Exact repeats are published, too. */
  readonly isAlways: boolean;
  readonly isNumeric: boolean;
  /** The larger of both deadbands where it does not depend on the value; -1: none, exact repeats are left out. */
  readonly deadband: number;
  /** Part of the last value, 0 to 1; 0: none. */
  readonly share: number;
  readonly minIntervalMs: number;
  readonly maxIntervalMs: number;
  /** It matters when a metric was published last. */
  readonly isTimed: boolean;
}

const NEVER_PUBLISHED = -Infinity;
/** No quality: nothing was published yet. */
const NOTHING = 255;

export class LastPublished {
  /** By metric: the number of its rule. Metrics share few of them. */
  readonly #ruleOf: Uint32Array;
  readonly #rules: readonly KnownRule[];
  /** Of all metrics whatever differs is published at once, as it is without a rule. */
  readonly #isPlain: boolean;
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
    const { ruleOf, rules } = rulesOf(metrics);
    this.#ruleOf = ruleOf;
    this.#rules = rules;
    this.#isPlain = rules.every(isPlain);
    this.#numbers = new Float64Array(metrics.length);
    this.#qualities = new Uint8Array(metrics.length).fill(NOTHING);
    this.#publishedAt = new Float64Array(metrics.length).fill(NEVER_PUBLISHED);
    this.#heartbeats = [...metrics.keys()].filter(
      (metric) => this.#rule(metric).maxIntervalMs !== Infinity,
    );
  }

  /**
   * Whether a number, or a boolean as 0 or 1, is to be published now; if so, it counts as published. `false` may mean
   * later: see `due`. `nowMs`: a clock that never goes back.
   */
  check(metric: number, number: number, quality: number, nowMs: number): boolean {
    if (this.#isPlain && this.#others.size === 0) return this.#checkPlain(metric, number, quality);
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

  /** Nearly all devices are like this, and nearly all their values: no rule has to be looked up. */
  #checkPlain(metric: number, number: number, quality: number): boolean {
    const before = at(this.#numbers, metric);
    const isRepeat = before === number || (Number.isNaN(before) && Number.isNaN(number));
    if (isRepeat && this.#qualities[metric] === quality) return false;
    this.#numbers[metric] = number;
    this.#qualities[metric] = quality;
    return true;
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

  #rule(metric: number): KnownRule {
    return this.#rules[this.#ruleOf[metric] ?? 0] ?? NO_RULE;
  }

  #isNews(metric: number, before: number, number: number): boolean {
    const rule = this.#rule(metric);
    if (rule.isAlways) return true;
    if (!rule.isNumeric || !Number.isFinite(before) || !Number.isFinite(number)) {
      return before !== number && !(Number.isNaN(before) && Number.isNaN(number));
    }
    const change = Math.abs(number - before);
    return change > 0 && change > deadbandAt(rule, Math.abs(before));
  }

  /** 64-bit integers are compared as such: no digit is lost. */
  #isOtherNews(metric: number, before: MetricValue, value: MetricValue): boolean {
    const rule = this.#rule(metric);
    if (rule.isAlways) return true;
    if (typeof before !== "bigint" || typeof value !== "bigint") return !isSame(before, value);
    const change = value > before ? value - before : before - value;
    if (change === 0n || !rule.isNumeric) return change !== 0n;
    const deadband = deadbandAt(rule, Math.abs(Number(before)));
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
    return at(this.#publishedAt, metric) + this.#rule(metric).minIntervalMs;
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
    return !this.#rule(metric).isTimed || nowMs >= this.#closesAt(metric);
  }

  #publish(metric: number, number: number, quality: number, nowMs: number): true {
    this.#numbers[metric] = number;
    if (this.#others.size > 0) this.#others.delete(metric);
    this.#qualities[metric] = quality;
    if (this.#waiting.size > 0) this.#waiting.delete(metric);
    const { isTimed, maxIntervalMs } = this.#rule(metric);
    if (!isTimed) return true;
    this.#publishedAt[metric] = nowMs;
    const beat = nowMs + maxIntervalMs;
    if (beat < this.#nextHeartbeat) this.#nextHeartbeat = beat;
    return true;
  }

  #beating(nowMs: number): readonly number[] {
    if (nowMs < this.#nextHeartbeat) return [];
    this.#nextHeartbeat = Infinity;
    return this.#heartbeats.filter((metric) => {
      if (this.#qualities[metric] === NOTHING) return false;
      const beat = at(this.#publishedAt, metric) + this.#rule(metric).maxIntervalMs;
      if (beat > nowMs) this.#nextHeartbeat = Math.min(this.#nextHeartbeat, beat);
      return beat <= nowMs;
    });
  }
}

function at(column: Float64Array, index: number): number {
  return column[index] ?? Number.NaN;
}

const NO_RULE = knownRule({ rule: { publish: "onChange" }, datatype: "String" });

function knownRule({ rule, datatype }: RuledMetric): KnownRule {
  const minIntervalMs = rule.minIntervalMs ?? 0;
  const maxIntervalMs = rule.publish === "onChange" ? Infinity : (rule.maxIntervalMs ?? Infinity);
  return {
    isAlways: rule.publish === "always",
    isNumeric: isNumeric(datatype),
    deadband: fixedDeadband(rule),
    share: rule.of === "value" ? (rule.deadbandPercent ?? 0) / 100 : 0,
    minIntervalMs,
    maxIntervalMs,
    isTimed: minIntervalMs > 0 || maxIntervalMs !== Infinity,
  };
}

function isPlain({ isAlways, deadband, share, isTimed }: KnownRule): boolean {
  return !isAlways && deadband <= 0 && share === 0 && !isTimed;
}

/** The different rules of `metrics`, and which of them each has. */
function rulesOf(metrics: readonly RuledMetric[]): {
  readonly ruleOf: Uint32Array;
  readonly rules: readonly KnownRule[];
} {
  const rules: KnownRule[] = [];
  const numbers = new Map<string, number>();
  const ruleOf = Uint32Array.from(metrics, (metric) => {
    const rule = knownRule(metric);
    const key = Object.values(rule).join();
    const number = numbers.get(key) ?? rules.push(rule) - 1;
    numbers.set(key, number);
    return number;
  });
  return { ruleOf, rules };
}

function deadbandAt({ deadband, share }: KnownRule, magnitude: number): number {
  return Math.max(deadband, share * magnitude);
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
  return isTemplate(before) ? sameValue(before, value) : Object.is(before, value);
}
