/**
 * All metrics of one device: what they were last worth, what of it was published, and the batch that is being filled.
 * Applies report by exception, keeps time from going backwards, and knows nothing of OPC UA.
 */
import { LastPublished, SampleBatchBuilder, type PublishRule } from "@unshub/adapter";
import {
  BAD,
  GOOD,
  STALE,
  type AnnouncedMetric,
  type Datatype,
  type MetricValue,
  type SampleBatch,
  type SampleReason,
} from "@unshub/sparkplug";
import { LastValues, readingOf, type LastValue } from "./last-values.ts";

/** A metric as it will be born, its value aside. */
export interface TableMetric extends Omit<
  AnnouncedMetric,
  "value" | "quality" | "timestamp" | "reason" | "code" | "since"
> {
  readonly datatype: Datatype;
  readonly rule: PublishRule;
  /** BAD keeps the last value; it is not taken away. */
  readonly keepsLast?: boolean;
}

/** How a sample came. */
export interface Arrival {
  /** A clock that never goes back, in ms. */
  readonly nowMs: number;
  /** It was asked for, so it is what holds now, however old its time. */
  readonly isRead: boolean;
  /** A clock was set back: what came last is the newest, whatever its time. */
  readonly isSetBack?: boolean;
  /** What is older than this is told as history; -Infinity while nothing is late. */
  readonly historicalBefore: number;
}

export class DeviceTable {
  readonly id: string;
  readonly last: LastValues;
  #metrics: readonly TableMetric[];
  #published: LastPublished;
  readonly #builder = new SampleBatchBuilder();
  readonly #isBoolean: Uint8Array;

  constructor(id: string, metrics: readonly TableMetric[]) {
    this.id = id;
    this.#metrics = metrics;
    this.last = new LastValues(metrics.length);
    this.#published = new LastPublished(metrics);
    this.#isBoolean = Uint8Array.from(metrics, ({ datatype }) => Number(datatype === "Boolean"));
  }

  get metrics(): readonly TableMetric[] {
    return this.#metrics;
  }

  /** Other rules for some metrics: what was told stays told. */
  useRules(rules: ReadonlyMap<number, PublishRule>): void {
    this.#metrics = this.#metrics.map((metric, index) => ({
      ...metric,
      rule: rules.get(index) ?? metric.rule,
    }));
    const before = this.#published;
    this.#published = new LastPublished(this.#metrics);
    this.#published.follow(before);
  }

  /** What stands behind the tags, told in the same batch. */
  add(fill: (batch: SampleBatchBuilder) => void): void {
    fill(this.#builder);
  }

  /** A good number, or a boolean as 0 or 1. */
  number(metric: number, number: number, at: number, arrival: Arrival): void {
    const newest = this.last.timestamps[metric] ?? 0;
    if (at < newest || at < arrival.historicalBefore) {
      this.#late(metric, { value: number, quality: GOOD, at }, arrival);
      return;
    }
    this.last.setNumber(metric, number, GOOD, at);
    if (this.#published.check(metric, number, GOOD, arrival.nowMs)) {
      this.#builder.add(metric, number, GOOD, at);
    }
  }

  /** Any value of any quality. */
  value(metric: number, given: LastValue, arrival: Arrival): void {
    const sample = this.#kept(metric, this.#plain(metric, given));
    const newest = this.last.timestamps[metric] ?? 0;
    const { at } = sample;
    if (at < newest || at < arrival.historicalBefore) this.#late(metric, sample, arrival);
    else this.#now(metric, sample, arrival.nowMs);
  }

  /** Booleans are numbers in columns. */
  #plain(metric: number, given: LastValue): LastValue {
    if (this.#isBoolean[metric] !== 1 || typeof given.value !== "boolean") return given;
    return { ...given, value: Number(given.value) };
  }

  #kept(metric: number, sample: LastValue): LastValue {
    if (sample.quality !== BAD || this.metrics[metric]?.keepsLast !== true) return sample;
    const before = this.last.get(metric);
    const isNothing = before.value === null || before.at === 0;
    const why = sample.why && { ...sample.why, isKept: true };
    return isNothing ? sample : { ...sample, value: before.value, ...(why && { why }) };
  }

  /**
   * A sample with an old time. What was read, what changes the quality, and what came after a clock was set back holds now all the
   * same; it takes the time of the one before, since time never goes back. The rest is history.
   */
  #late(metric: number, sample: LastValue, arrival: Arrival): void {
    const before = this.last.get(metric);
    const { isRead, isSetBack } = arrival;
    const holdsNow =
      isRead || isSetBack === true || sample.quality !== GOOD || before.quality === BAD;
    if (holdsNow) {
      this.#now(metric, { ...sample, at: Math.max(sample.at, before.at) }, arrival.nowMs);
      return;
    }
    this.history(metric, sample.value, sample.at);
  }

  /** A value that was true in the past. */
  history(metric: number, value: MetricValue, at: number): void {
    const row =
      typeof value === "number"
        ? this.#builder.add(metric, value, GOOD, at)
        : this.#builder.addOther(metric, value, { quality: GOOD, at });
    this.#builder.markHistorical(row);
  }

  #now(metric: number, sample: LastValue, nowMs: number): void {
    const { value, quality } = sample;
    const isChange = this.last.get(metric).why?.code !== sample.why?.code;
    this.last.set(metric, sample);
    const isNews =
      typeof value === "number"
        ? this.#published.check(metric, value, quality, nowMs)
        : this.#published.checkOther(metric, value, quality, nowMs);
    if (isNews || isChange) this.#add(metric, sample);
  }

  #add(metric: number, { value, quality, at, why }: LastValue): void {
    if (typeof value === "number" && why === undefined) {
      this.#builder.add(metric, value, quality, at);
      return;
    }
    const shown = this.#isBoolean[metric] === 1 && typeof value === "number" ? value !== 0 : value;
    const row = this.#builder.addOther(metric, shown, { quality, at });
    if (why !== undefined) this.#builder.explain(row, why);
  }

  /** The link is in doubt: every good value is stale at once. */
  markStale(reason: string, nowMs: number, since: number): void {
    const why: SampleReason = { reason, since };
    for (let metric = 0; metric < this.metrics.length; metric += 1) {
      if (this.last.qualities[metric] !== GOOD) continue;
      this.last.mark(metric, STALE, why);
      this.#republish(metric, nowMs);
    }
  }

  /** The doubt was none: what `markStale` marked is good again. */
  unmarkStale(reason: string, nowMs: number): void {
    for (let metric = 0; metric < this.metrics.length; metric += 1) {
      if (this.last.qualities[metric] !== STALE) continue;
      if (this.last.get(metric).why?.reason !== reason) continue;
      this.last.mark(metric, GOOD, undefined);
      this.#republish(metric, nowMs);
    }
  }

  /** Collects what is due although nothing new came. */
  due(nowMs: number): void {
    for (const metric of this.#published.due(nowMs)) this.#republish(metric, nowMs);
  }

  /** When something may be due. */
  get nextDueMs(): number {
    return this.#published.nextDueMs;
  }

  #republish(metric: number, nowMs: number): void {
    const sample = this.last.get(metric);
    const { value, quality } = sample;
    if (typeof value === "number") this.#published.published(metric, value, quality, nowMs);
    else this.#published.publishedOther(metric, value, quality, nowMs);
    this.#add(metric, sample);
  }

  /** What was collected since the last time; `undefined`: nothing. */
  take(): SampleBatch | undefined {
    return this.#builder.isEmpty ? undefined : this.#builder.take();
  }

  giveBack(batch: SampleBatch): void {
    this.#builder.giveBack(batch);
  }

  /** What was collected is not told: a birth will. */
  forget(): void {
    if (!this.#builder.isEmpty) this.#builder.giveBack(this.#builder.take());
  }

  /** Goes on for a table with the same metrics: tells what is another since that one told it last. */
  succeed(before: DeviceTable, nowMs: number): void {
    this.#collectedIsPast();
    this.#published.follow(before.#published);
    for (let metric = 0; metric < this.metrics.length; metric += 1) {
      const { value, quality, why } = this.last.get(metric);
      const isNews =
        typeof value === "number"
          ? this.#published.check(metric, value, quality, nowMs)
          : this.#published.checkOther(metric, value, quality, nowMs);
      const reason = before.last.get(metric).why;
      const isChange = reason?.reason !== why?.reason || reason?.code !== why?.code;
      if (isNews || isChange) this.#republish(metric, nowMs);
    }
  }

  /** What was collected before a birth is older than what the birth says. */
  #collectedIsPast(): void {
    for (let row = 0; row < this.#builder.count; row += 1) this.#builder.markHistorical(row);
  }

  /** All metrics with their last values, as a birth tells them. */
  birth(nowMs: number): readonly AnnouncedMetric[] {
    this.#collectedIsPast();
    return this.metrics.map((metric, index) => {
      const sample = this.last.get(index);
      const { value, quality } = sample;
      if (typeof value === "number") this.#published.published(index, value, quality, nowMs);
      else this.#published.publishedOther(index, value, quality, nowMs);
      const { rule: _rule, keepsLast: _keepsLast, ...announced } = metric;
      return { ...announced, ...readingOf(sample, metric.datatype === "Boolean") };
    });
  }
}
