/**
 * The last value of every tag of a device, in columns by the index of its metric, and what of it was published. Replies
 * are decoded straight into it; what is news goes into one batch, told when the reply is through.
 */
import {
  LastPublished,
  limitProperties,
  ON_CHANGE,
  SampleBatchBuilder,
  type PublishRule,
} from "@unshub/adapter";
import {
  BAD,
  GOOD,
  QUALITIES,
  STALE,
  type BornMetric,
  type MetricValue,
  type SampleBatch,
  type SampleReason,
} from "@unshub/sparkplug";
import type { Tag } from "../tag.ts";
import type { DecodeSink } from "../types/index.ts";

/** When the samples of one reply were here, by both clocks. */
export interface Moment {
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  /** Milliseconds of the monotonic clock. */
  readonly nowMs: number;
}

/** Reasons are few and the same ones again and again. */
const NOT_READ: SampleReason = { reason: "not_read" };
const WRITE_ONLY: SampleReason = { reason: "write_only" };
const NEVER = -Infinity;

export class ValueTable implements DecodeSink {
  readonly tags: readonly Tag[];
  #staleAfterMs: Float64Array;
  readonly #numbers: Float64Array;
  readonly #others = new Map<number, MetricValue>();
  readonly #qualities: Uint8Array;
  readonly #timestamps: Float64Array;
  /** When tags that are stale were called so. */
  readonly #staleAt = new Map<number, number>();
  readonly #readAtMs: Float64Array;
  readonly #reasons = new Map<number, SampleReason>();
  readonly #batch: SampleBatchBuilder;
  #published: LastPublished;
  /** The moment of what comes next; two numbers, since an object for each answer would cost the collector more than us. */
  #at = 0;
  #nowMs = 0;
  /** No value becomes too old before. */
  #nextOldMs = NEVER;
  #isLive = false;
  #badTags = 0;

  /** `staleAfterMs`: how long each tag stays good without a new value. */
  constructor(tags: readonly Tag[], staleAfterMs: readonly number[]) {
    this.tags = tags;
    this.#staleAfterMs = Float64Array.from(staleAfterMs);
    this.#numbers = new Float64Array(tags.length).fill(Number.NaN);
    this.#qualities = new Uint8Array(tags.length).fill(STALE);
    this.#timestamps = new Float64Array(tags.length);
    this.#readAtMs = new Float64Array(tags.length).fill(NEVER);
    this.#batch = new SampleBatchBuilder(Math.min(128, Math.max(1, tags.length)));
    this.#published = publishedBy(tags);
    for (const [index, tag] of tags.entries()) {
      this.#others.set(index, null);
      this.#reasons.set(index, tag.access === "w" ? WRITE_ONLY : NOT_READ);
    }
  }

  /** Tags that are bad now. */
  get badTags(): number {
    return this.#badTags;
  }

  get hasGood(): boolean {
    return this.#qualities.includes(GOOD);
  }

  /** Other rules for the same tags; what was published stays published. */
  useRules(tags: readonly Tag[]): void {
    const before = this.#published;
    this.#published = publishedBy(tags);
    this.#published.follow(before);
  }

  /** How long each tag stays good without a new value, from now on. */
  useStaleAfter(staleAfterMs: readonly number[]): void {
    this.#staleAfterMs = Float64Array.from(staleAfterMs);
    this.#nextOldMs = NEVER;
  }

  /** The next value of this tag is published, whatever it is. */
  force(index: number): void {
    this.#published.forget(index);
  }

  /** Whether a tag that can be read was never answered, neither by a value nor by a refusal. */
  isUnread(index: number): boolean {
    return this.#readAtMs[index] === NEVER && this.tags[index]?.access !== "w";
  }

  isGood(index: number): boolean {
    return this.#qualities[index] === GOOD;
  }

  /** The tag that was last read well; `undefined` when none ever was. */
  get lastGood(): Tag | undefined {
    let latest = NEVER;
    let found: Tag | undefined;
    for (const [index, atMs] of this.#readAtMs.entries()) {
      if (atMs <= latest || this.#qualities[index] === BAD) continue;
      latest = atMs;
      found = this.tags[index];
    }
    return found;
  }

  /** Says something of metrics that are no tags. */
  add(tell: (batch: SampleBatchBuilder) => void): void {
    if (this.#isLive) tell(this.#batch);
  }

  /** What comes next arrived at `moment`. */
  begin({ at, nowMs }: Moment): void {
    this.#at = at;
    this.#nowMs = nowMs;
  }

  number(index: number, value: number): void {
    const nowMs = this.#nowMs;
    if (this.#others.size > 0) this.#others.delete(index);
    this.#numbers[index] = value;
    this.#become(index, GOOD, undefined);
    const at = this.#date(index);
    this.#readAtMs[index] = nowMs;
    if (this.#isLive && this.#published.check(index, value, GOOD, nowMs)) {
      this.#batch.add(index, value, GOOD, at);
    }
  }

  other(index: number, value: MetricValue): void {
    const nowMs = this.#nowMs;
    this.#others.set(index, value);
    this.#become(index, GOOD, undefined);
    const at = this.#date(index);
    this.#readAtMs[index] = nowMs;
    if (this.#isLive && this.#published.checkOther(index, value, GOOD, nowMs)) {
      this.#batch.addOther(index, value, { quality: GOOD, at });
    }
  }

  /** The device answered, and what it said is no value. */
  bad(index: number, reason: string, code?: number): void {
    const nowMs = this.#nowMs;
    const isKept = this.tags[index]?.onBad === "keepLast" && this.#others.get(index) !== null;
    if (!isKept) this.#others.set(index, null);
    this.#date(index);
    this.#readAtMs[index] = nowMs;
    const why = { reason, ...(code !== undefined && { code }), ...(isKept && { isKept }) };
    this.#unwell(index, BAD, why);
  }

  /** Nothing new is known; the last value is an old one. What is bad stays so. */
  stale(index: number, reason: string, code?: number): void {
    if (this.#qualities[index] === BAD) return;
    this.#unwell(index, STALE, { reason, ...(code !== undefined && { code }) });
  }

  /** Makes stale what has had no new value for too long, and publishes what waited for its interval or heartbeat. */
  age(moment: Moment): void {
    this.begin(moment);
    const { nowMs } = moment;
    if (nowMs >= this.#nextOldMs) this.#nextOldMs = this.#makeOldStale(nowMs);
    if (nowMs < this.#published.nextDueMs) return;
    for (const index of this.#published.due(nowMs)) this.#publishAgain(index);
  }

  /** Answers when the next value may be too old at the earliest, whatever is read until then. */
  #makeOldStale(nowMs: number): number {
    let nextMs = Infinity;
    for (let index = 0; index < this.tags.length; index += 1) {
      const staleAfterMs = this.#staleAfterMs[index] ?? Infinity;
      const isGood = this.#qualities[index] === GOOD;
      const isOld = isGood && nowMs - (this.#readAtMs[index] ?? 0) > staleAfterMs;
      if (isOld) this.stale(index, "timeout");
      const sinceMs = isGood && !isOld ? (this.#readAtMs[index] ?? 0) : nowMs;
      nextMs = Math.min(nextMs, sinceMs + staleAfterMs);
    }
    return nextMs;
  }

  /** When `age` has something to do at the latest for what waits; `Infinity`: nothing waits. */
  get nextDueMs(): number {
    return this.#published.nextDueMs;
  }

  /** Whether `take` has something. */
  get hasNews(): boolean {
    return !this.#batch.isEmpty;
  }

  /** What is to be published since the last call; the columns go back with `giveBack`. */
  take(): SampleBatch | undefined {
    return this.#batch.isEmpty ? undefined : this.#batch.take();
  }

  giveBack(batch: SampleBatch): void {
    this.#batch.giveBack(batch);
  }

  /** Every metric as it is now. From here on news are collected, and the next value of each is news. */
  born(moment: Moment): readonly BornMetric[] {
    this.age(moment);
    this.#isLive = true;
    this.#discard();
    this.#published.reset();
    this.#staleAt.clear();
    return this.tags.map((tag, index) => this.#bornMetric(tag, index, moment.at));
  }

  /** The device is dead: nothing is collected, and what was read is old. */
  died(moment: Moment): void {
    this.#isLive = false;
    this.begin(moment);
    this.#discard();
    this.expire();
  }

  /** What was read so far is old. */
  expire(): void {
    for (let index = 0; index < this.tags.length; index += 1) {
      if (this.#qualities[index] === GOOD) this.stale(index, "offline");
    }
  }

  /** The value that a tag has; `undefined` when it has none. */
  valueOf(index: number): MetricValue | undefined {
    const other = this.#others.get(index);
    if (other !== undefined) return other ?? undefined;
    return this.#plain(index);
  }

  /** What is said now of a tag is of this time: that of the moment, and never before what was said of it already. */
  #date(index: number): number {
    const stale = this.#staleAt.size > 0 ? (this.#staleAt.get(index) ?? 0) : 0;
    if (stale > 0) this.#staleAt.delete(index);
    const at = Math.max(this.#at, this.#timestamps[index] ?? 0, stale);
    this.#timestamps[index] = at;
    return at;
  }

  /** What was collected goes nowhere. */
  #discard(): void {
    if (!this.#batch.isEmpty) this.#batch.giveBack(this.#batch.take());
  }

  #plain(index: number): number | boolean {
    const number = this.#numbers[index] ?? Number.NaN;
    return this.tags[index]?.datatype === "Boolean" ? number !== 0 : number;
  }

  #become(index: number, quality: number, why: SampleReason | undefined): void {
    const before = this.#qualities[index];
    if (before === quality && why === undefined) return;
    if (before === BAD) this.#badTags -= 1;
    if (quality === BAD) this.#badTags += 1;
    this.#qualities[index] = quality;
    if (why === undefined) this.#reasons.delete(index);
    else this.#reasons.set(index, why);
  }

  #unwell(index: number, quality: typeof BAD | typeof STALE, why: SampleReason): void {
    this.#explain(index, quality, why);
    if (!this.#isLive) return;
    const nowMs = this.#nowMs;
    const at = Math.max(this.#at, this.#timestamps[index] ?? 0);
    if (quality === STALE) this.#staleAt.set(index, at);
    const value = this.#others.get(index);
    const reason = this.#reasons.get(index) ?? why;
    if (value !== undefined) {
      const isNews = this.#published.checkOther(index, value, quality, nowMs);
      if (isNews) this.#batch.addOther(index, value, { quality, at, why: reason });
      return;
    }
    const number = this.#numbers[index] ?? Number.NaN;
    if (!this.#published.check(index, number, quality, nowMs)) return;
    this.#batch.explain(this.#batch.add(index, number, quality, at), reason);
  }

  /** Why it is not good, and since when. Another reason is news, even when nothing else is. */
  #explain(index: number, quality: number, why: SampleReason): void {
    const known = this.#reasons.get(index);
    const isSame = this.#qualities[index] === quality;
    if (isSame && known?.reason === why.reason) return;
    const since = (isSame ? known?.since : undefined) ?? this.#at;
    this.#become(index, quality, { ...why, since });
    if (this.#isLive) this.#published.forget(index);
  }

  #countAsPublished(index: number): void {
    const nowMs = this.#nowMs;
    const quality = this.#qualities[index] ?? BAD;
    const other = this.#others.get(index);
    if (other !== undefined) this.#published.publishedOther(index, other, quality, nowMs);
    else this.#published.published(index, this.#numbers[index] ?? 0, quality, nowMs);
  }

  #publishAgain(index: number): void {
    const quality = this.#qualities[index] ?? BAD;
    const at = this.#timestamps[index] ?? this.#at;
    const why = this.#reasons.get(index);
    const other = this.#others.get(index);
    this.#countAsPublished(index);
    if (other !== undefined) {
      this.#batch.addOther(index, other, { quality, at, ...(why !== undefined && { why }) });
      return;
    }
    const number = this.#numbers[index] ?? Number.NaN;
    const row = this.#batch.add(index, number, quality, at);
    if (why !== undefined) this.#batch.explain(row, why);
  }

  #bornMetric(tag: Tag, index: number, at: number): BornMetric {
    const { datatype, writable, unit, description, limits } = tag;
    const range = tag.writeRange ?? tag.euRange;
    // A clock that was set back must not leave values of the time to come.
    this.#timestamps[index] = Math.min(this.#timestamps[index] || at, at);
    const other = this.#others.get(index);
    const why = this.#reasons.get(index);
    return {
      name: tag.name,
      value: other === undefined ? this.#plain(index) : other,
      quality: QUALITIES[this.#qualities[index] ?? BAD] ?? "bad",
      timestamp: this.#timestamps[index],
      ...(why !== undefined && why),
      datatype,
      writable,
      ...(unit !== undefined && { unit }),
      ...(description !== undefined && { description }),
      ...(range !== undefined && { range }),
      ...(limits !== undefined && { properties: limitProperties(limits) }),
    };
  }
}

function publishedBy(tags: readonly Tag[]): LastPublished {
  return new LastPublished(tags.map((tag) => ({ rule: ruleOf(tag), datatype: tag.datatype })));
}

function ruleOf({ publish, euRange }: Tag): PublishRule {
  if (publish === undefined) return ON_CHANGE;
  return { ...publish, ...(euRange !== undefined && { euRange }) };
}
