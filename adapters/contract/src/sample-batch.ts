/**
 * Makes batches: rows are added one by one into columns that grow and are used again. Columns are lent to whoever begins a
 * batch: a thread with hundreds of devices fills the same few again and again, and finds them in the cache.
 */
import { GOOD, type MetricValue, type SampleBatch, type SampleReason } from "@unshub/sparkplug";

/** What is known of one row beside its value. */
export interface SampleMark {
  /** Index into `QUALITIES`. */
  readonly quality: number;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  /** Why the quality is not good. */
  readonly why?: SampleReason;
}

type Columns = Pick<SampleBatch, "metrics" | "numbers" | "qualities" | "timestamps">;

/** Columns that nobody uses now. Who needs more rows lets them grow, so that soon all are as long as the longest batch. */
const spares: Columns[] = [];
/** A batch is mostly given back before the next one begins. */
const MOST_SPARES = 4;
const NONE = columnsOf(0);

/** Collects the samples of one device until `take`. */
export class SampleBatchBuilder {
  /** How many rows there is room for at first. */
  readonly #rows: number;
  #columns = NONE;
  /** Those of the last batch, until they are given back. */
  #taken = NONE;
  #count = 0;
  #others: Map<number, MetricValue> | undefined;
  #reasons: Map<number, SampleReason> | undefined;
  /** Only made when a row is historical: that is rare. */
  #historical: Uint8Array | undefined;

  /** `rows`: for how many there is room at first. */
  constructor(rows = 128) {
    this.#rows = Math.max(1, rows);
  }

  get count(): number {
    return this.#count;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** A number, or a boolean as 0 or 1. Answers the row, for `explain` and `markHistorical`. */
  add(metric: number, number: number, quality: number, at: number): number {
    const row = this.#count;
    if (row === this.#columns.metrics.length) this.#grow();
    const columns = this.#columns;
    columns.metrics[row] = metric;
    columns.numbers[row] = number;
    columns.qualities[row] = quality;
    columns.timestamps[row] = at;
    this.#count = row + 1;
    return row;
  }

  /** Any other value. */
  addOther(metric: number, value: MetricValue, { quality, at, why }: SampleMark): number {
    const row = this.add(metric, Number.NaN, quality, at);
    this.#others ??= new Map();
    this.#others.set(row, value);
    if (why !== undefined && quality !== GOOD) this.explain(row, why);
    return row;
  }

  /** Why the quality of `row` is not good. */
  explain(row: number, why: SampleReason): void {
    this.#reasons ??= new Map();
    this.#reasons.set(row, why);
  }

  /** `row` is older than a sample of the same metric that was said before. */
  markHistorical(row: number): void {
    this.#historical ??= new Uint8Array(this.#columns.metrics.length);
    this.#historical[row] = 1;
  }

  /** Everything since the last `take`; its columns are the caller's until they are given back. */
  take(): SampleBatch {
    // Written out, since most batches are plain: to spread them costs more than to fill some of their rows.
    const { metrics, numbers, qualities, timestamps } = this.#columns;
    const plain = { count: this.#count, metrics, numbers, qualities, timestamps };
    const batch = this.#isPlain ? plain : this.#withRest(plain);
    this.#taken = this.#columns;
    this.#columns = NONE;
    this.#count = 0;
    this.#others = undefined;
    this.#reasons = undefined;
    this.#historical = undefined;
    return batch;
  }

  /** The columns of the last batch, which nobody needs any more, are used for the next one, of whomever. */
  giveBack({ metrics }: SampleBatch): void {
    const taken = this.#taken;
    if (taken === NONE || taken.metrics !== metrics) return;
    this.#taken = NONE;
    if (spares.length < MOST_SPARES) spares.push(taken);
  }

  get #isPlain(): boolean {
    const isRest = this.#others !== undefined || this.#reasons !== undefined;
    return !isRest && this.#historical === undefined;
  }

  #withRest(plain: SampleBatch): SampleBatch {
    return {
      ...plain,
      ...(this.#others !== undefined && { others: this.#others }),
      ...(this.#reasons !== undefined && { reasons: this.#reasons }),
      ...(this.#historical !== undefined && { historical: this.#historical }),
    };
  }

  #grow(): void {
    const old = this.#columns;
    const spare = old === NONE ? spares.pop() : undefined;
    if (spare !== undefined) {
      this.#columns = spare;
      return;
    }
    const grown = columnsOf(Math.max(this.#rows, old.metrics.length * 2));
    grown.metrics.set(old.metrics);
    grown.numbers.set(old.numbers);
    grown.qualities.set(old.qualities);
    grown.timestamps.set(old.timestamps);
    this.#columns = grown;
    if (this.#historical === undefined) return;
    const historical = new Uint8Array(grown.metrics.length);
    historical.set(this.#historical);
    this.#historical = historical;
  }
}

function columnsOf(rows: number): Columns {
  return {
    metrics: new Uint32Array(rows),
    numbers: new Float64Array(rows),
    qualities: new Uint8Array(rows),
    timestamps: new Float64Array(rows),
  };
}
