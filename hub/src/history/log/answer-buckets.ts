/** A range in equal parts, each with what its rows come to. Only good numbers and truth values (as 0 and 1) count. */
import { QUALITY_BITS } from "./columns.ts";
import { hasNumber } from "./gaps.ts";
import type { Bucket, BucketsAnswer, BucketsQuestion, QualitySpan } from "./questions.ts";
import { woven, type AnswerTools } from "./answer-rows.ts";
import type { Damage } from "./reading.ts";
import type { Stretch } from "./rows.ts";
import type { Job } from "./transactions.ts";

/** The number of `good` among the qualities of the tree. */
const GOOD = 2;
const MOST_SPANS = 2000;

export function* answerBuckets(tools: AnswerTools, question: BucketsQuestion): Job<BucketsAnswer> {
  const links = tools.series.chain(question.metric);
  const damage: Damage = { blocks: 0 };
  const sums = new BucketSums(question);
  for (const stretch of woven(tools, links, {
    ...question,
    isNext: false,
    withEdge: true,
    damage,
  })) {
    if (stretch === undefined) yield;
    else sums.add(stretch);
  }
  return {
    kind: "buckets",
    isKnown: links.length > 0,
    buckets: sums.end(),
    spans: sums.spans,
    damaged: damage.blocks,
  };
}

class BucketSums {
  readonly spans: QualitySpan[] = [];
  readonly #since: number;
  readonly #until: number;
  readonly #width: number;
  readonly #all: Sum[];
  /** What holds, since when. */
  #held: { readonly from: number; readonly value: number } | undefined;

  constructor({ since, until, buckets }: BucketsQuestion) {
    this.#since = since;
    this.#until = until;
    this.#width = (until - since) / buckets;
    this.#all = Array.from({ length: buckets }, () => new Sum());
  }

  add({ rows }: Stretch): void {
    for (let row = 0; row < rows.count; row += 1) {
      const [time = 0, value = 0, meta = 0] = [rows.times[row], rows.numbers[row], rows.metas[row]];
      this.#hold(time);
      this.#span(time, meta & QUALITY_BITS);
      const isGood = (meta & QUALITY_BITS) === GOOD;
      const counts = isGood && hasNumber(meta) && !Number.isNaN(value);
      this.#held = isGood
        ? { from: Math.max(time, this.#since), value: counts ? value : Number.NaN }
        : undefined;
      if (time >= this.#since) this.#bucketAt(time)?.row(value, counts);
    }
  }

  end(): readonly Bucket[] {
    this.#hold(this.#until);
    return this.#all.map((sum, at) => sum.bucket(this.#since + at * this.#width));
  }

  #span(time: number, quality: number): void {
    const { spans } = this;
    if (spans.length === MOST_SPANS || spans.at(-1)?.quality === quality) return;
    spans.push({ time: Math.max(time, this.#since), quality });
  }

  /** What held until now is shared among the buckets in which it did. */
  #hold(until: number): void {
    const held = this.#held;
    if (held === undefined || until <= held.from) return;
    let { from } = held;
    while (from < until) {
      const at = this.#placeOf(from);
      const end = Math.min(until, this.#since + (at + 1) * this.#width);
      this.#all[at]?.hold(held.value, end - from);
      if (end <= from) return; // the end of the range
      from = end;
    }
  }

  #bucketAt(time: number): Sum | undefined {
    return this.#all[this.#placeOf(time)];
  }

  #placeOf(time: number): number {
    const at = Math.floor((time - this.#since) / this.#width);
    return Math.min(Math.max(0, at), this.#all.length - 1);
  }
}

class Sum {
  #rows = 0;
  #count = 0;
  #first: number | undefined;
  #last: number | undefined;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #total = 0;
  #weighted = 0;
  #weightedMs = 0;
  #goodMs = 0;

  row(value: number, counts: boolean): void {
    this.#rows += 1;
    if (!counts) return;
    this.#count += 1;
    this.#first ??= value;
    this.#last = value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    this.#total += value;
  }

  /** `value`: not a number when it is good but no number. */
  hold(value: number, ms: number): void {
    this.#goodMs += ms;
    if (Number.isNaN(value)) return;
    this.#weighted += value * ms;
    this.#weightedMs += ms;
  }

  bucket(time: number): Bucket {
    const some = this.#count > 0;
    return {
      time,
      count: this.#count,
      first: this.#first,
      last: this.#last,
      min: some ? this.#min : undefined,
      max: some ? this.#max : undefined,
      average: some ? this.#total / this.#count : undefined,
      timeWeighted: this.#weightedMs > 0 ? this.#weighted / this.#weightedMs : undefined,
      rows: this.#rows,
      goodMs: this.#goodMs,
    };
  }
}
