/**
 * The last samples of one device, in columns by the index of its metric, so that live values cost no object each. They
 * become readings only when somebody needs these: births, and readings that come one by one.
 */
import type { Datatype } from "./datatype.ts";
import { datatypeRow } from "./datatype.ts";
import type { MetricReading } from "./metric.ts";
import type { AnnouncedMetric } from "./reading.ts";
import { GOOD, rowReading, type SampleBatch } from "./sample-batch.ts";

/** How a number of a metric goes onto the wire. `UNBORN`: it is left out, as are templates, which go one by one. `OTHER`: no numbers. */
const UNBORN = 0;
export const INT = 1;
const LONG = 2;
export const FLOAT = 3;
export const DOUBLE = 4;
export const BOOLEAN = 5;
const OTHER = 6;

const KINDS: ReadonlyMap<string, number> = new Map([
  ["int", INT],
  ["long", LONG],
  ["float", FLOAT],
  ["double", DOUBLE],
  ["boolean", BOOLEAN],
]);

/** A batch that was looked through: what may be sent of it. */
export interface AdmittedBatch {
  readonly batch: SampleBatch;
  /** Rows that are no plain good numbers, as readings. A row that is neither plain nor here is left out. */
  readonly readings: ReadonlyMap<number, MetricReading>;
  /** How many rows may be sent. */
  readonly count: number;
}

/** Makes a reading sendable: what misfits its datatype is told, and bad. */
export type Fitting = (reading: MetricReading, datatype: Datatype) => MetricReading;

export class SampleColumns {
  /** By index: how its numbers go onto the wire. */
  readonly kinds: Uint8Array;
  readonly #metrics: readonly (AnnouncedMetric | undefined)[];
  readonly #hasTemplates: boolean;
  readonly #indexes: ReadonlyMap<string, number>;
  readonly #lows: Float64Array;
  readonly #highs: Float64Array;
  readonly #numbers: Float64Array;
  readonly #timestamps: Float64Array;
  /** 1: the last sample is in the columns above. */
  readonly #isNumber: Uint8Array;
  readonly #readings = new Map<number, MetricReading>();
  #isFolded = true;

  /** `names`: as handed to `born`, also those that were refused. `born`: those that were not. */
  constructor(names: readonly string[], born: ReadonlyMap<string, AnnouncedMetric>) {
    const { length } = names;
    this.#metrics = names.map((name) => born.get(name));
    this.#hasTemplates = this.#metrics.some(isOfTemplate);
    this.#indexes = new Map(names.map((name, index) => [name, index]));
    this.kinds = Uint8Array.from(this.#metrics, kindOf);
    this.#lows = new Float64Array(length);
    this.#highs = new Float64Array(length);
    this.#numbers = new Float64Array(length);
    this.#timestamps = new Float64Array(length);
    this.#isNumber = new Uint8Array(length);
    for (const [index, metric] of this.#metrics.entries()) {
      const [low, high] = safeRange(metric);
      this.#lows[index] = low;
      this.#highs[index] = high;
    }
  }

  metric(index: number): AnnouncedMetric | undefined {
    return this.#metrics[index];
  }

  /** Keeps the last samples and says what of the batch may be sent. */
  admit(batch: SampleBatch, fitting: Fitting): AdmittedBatch {
    const { metrics, count, historical } = batch;
    const readings = new Map<number, MetricReading>();
    let admitted = 0;
    for (let row = 0; row < count; row += 1) {
      const index = metrics[row] ?? 0;
      const kind = this.kinds[index] ?? UNBORN;
      if (kind === UNBORN) continue;
      admitted += 1;
      const isPast = historical?.[row] === 1;
      if (this.isPlain(batch, row)) {
        if (!isPast) this.#keepNumber(index, batch, row);
        continue;
      }
      const metric = this.#metrics[index];
      if (metric === undefined) continue;
      const reading = fitting(rowReading(batch, row, metric), metric.datatype);
      readings.set(row, reading);
      if (!isPast) this.#keepReading(index, reading);
    }
    return { batch, readings, count: admitted };
  }

  /** The rows of templates: data tells only their members that changed. One from the past would be told as from now. */
  templates(batch: SampleBatch): readonly MetricReading[] {
    if (!this.#hasTemplates) return NONE;
    const { metrics, count, historical } = batch;
    return Array.from(metrics.subarray(0, count), (index, row) => {
      const metric = this.#metrics[index];
      if (metric === undefined || !isOfTemplate(metric) || historical?.[row] === 1)
        return undefined;
      return rowReading(batch, row, metric);
    }).filter((reading) => reading !== undefined);
  }

  /** Whether a row is a good number that fits its metric: then nothing but columns is needed to send it. */
  isPlain(batch: SampleBatch, row: number): boolean {
    if (batch.qualities[row] !== GOOD || batch.others?.has(row) === true) return false;
    const at = numberAt(batch.timestamps, row);
    if (!Number.isSafeInteger(at) || at < 0) return false;
    return this.#fits(batch.metrics[row] ?? 0, numberAt(batch.numbers, row));
  }

  /** Moves the last samples into `born`: of these metrics, or of all. */
  fold(born: Map<string, AnnouncedMetric>, only?: readonly { readonly name: string }[]): void {
    if (this.#isFolded) return;
    if (only === undefined) {
      for (let index = 0; index < this.kinds.length; index += 1) this.#foldOne(born, index);
      this.#isFolded = true;
      return;
    }
    for (const { name } of only) {
      const index = this.#indexes.get(name);
      if (index !== undefined) this.#foldOne(born, index);
    }
  }

  #fits(index: number, number: number): boolean {
    const kind = this.kinds[index] ?? UNBORN;
    if (kind === DOUBLE) return true;
    if (kind === FLOAT) return Number.isFinite(Math.fround(number)) || !Number.isFinite(number);
    if (kind === UNBORN || kind === OTHER || !Number.isInteger(number)) return false;
    return number >= numberAt(this.#lows, index) && number <= numberAt(this.#highs, index);
  }

  #foldOne(born: Map<string, AnnouncedMetric>, index: number): void {
    const metric = this.#metrics[index];
    const reading = metric && this.#takeLast(metric, index);
    if (reading === undefined) return;
    const before = born.get(reading.name);
    if (before !== undefined) born.set(reading.name, renewed(before, reading));
  }

  #takeLast(metric: AnnouncedMetric, index: number): MetricReading | undefined {
    const reading = this.#readings.get(index);
    this.#readings.delete(index);
    if (this.#isNumber[index] !== 1) return reading;
    this.#isNumber[index] = 0;
    const number = this.#numbers[index] ?? 0;
    const { name, datatype } = metric;
    const value = datatype === "Boolean" ? number !== 0 : number;
    return { name, value, quality: "good", timestamp: this.#timestamps[index] ?? 0 };
  }

  #keepNumber(index: number, { numbers, timestamps }: SampleBatch, row: number): void {
    this.#isFolded = false;
    this.#numbers[index] = numberAt(numbers, row);
    this.#timestamps[index] = numberAt(timestamps, row);
    this.#isNumber[index] = 1;
    if (this.#readings.size > 0) this.#readings.delete(index);
  }

  #keepReading(index: number, reading: MetricReading): void {
    this.#isFolded = false;
    this.#isNumber[index] = 0;
    this.#readings.set(index, reading);
  }
}

/** A metric with a new reading; what the old one said of its quality is gone. */
export function renewed(before: AnnouncedMetric, reading: MetricReading): AnnouncedMetric {
  const {
    reason: _reason,
    code: _code,
    since: _since,
    isKept: _isKept,
    isOverflow: _isOverflow,
    ...rest
  } = before;
  return { ...rest, ...reading };
}

function numberAt(column: Float64Array, index: number): number {
  return column[index] ?? Number.NaN;
}

const NONE: readonly MetricReading[] = [];

function isOfTemplate(metric: AnnouncedMetric | undefined): boolean {
  return metric?.datatype === "Template";
}

function kindOf(metric: AnnouncedMetric | undefined): number {
  if (metric === undefined || isOfTemplate(metric)) return UNBORN;
  return KINDS.get(datatypeRow(metric.datatype).field) ?? OTHER;
}

/** What a number may be without losing a digit. */
function safeRange(metric: AnnouncedMetric | undefined): readonly [low: number, high: number] {
  if (metric?.datatype === "Boolean") return [0, 1];
  const range = metric && datatypeRow(metric.datatype).range;
  if (range === undefined) return [0, 0];
  return [
    Math.max(Number(range[0]), Number.MIN_SAFE_INTEGER),
    Math.min(Number(range[1]), Number.MAX_SAFE_INTEGER),
  ];
}
