/**
 * Samples of one device in columns: what an adapter that reads many values at once hands over, so that a block of
 * registers costs no object per value.
 */
import type { Datatype } from "./datatype.ts";
import type { MetricReading, MetricValue, Quality } from "./metric.ts";

/** Qualities by the number that stands for them in a batch. */
export const QUALITIES: readonly Quality[] = ["good", "stale", "bad"];

/** Good, as its number in a batch. */
export const GOOD = 0;
/** Stale, as its number in a batch. */
export const STALE = 1;
/** Bad, as its number in a batch; the value is sent as null unless its reason says `isKept`. */
export const BAD = 2;

/** Why a sample is not good. */
export interface SampleReason {
  /** A short stable word, e.g. `modbus_exception_2`. */
  readonly reason: string;
  /** The number that the device gave for it. */
  readonly code?: number;
  /** Since when, in milliseconds since 1970 UTC. */
  readonly since?: number;
  /** The value of the bad sample is the last good one, to be sent all the same. */
  readonly isKept?: boolean;
  /** Values before it were lost in the device. */
  readonly isOverflow?: boolean;
}

/** One row per sample. Survives the way to another thread. Columns may be longer than `count`. */
export interface SampleBatch {
  /** Rows in use. */
  readonly count: number;
  /** Which metric: its index in the list that was last handed to `born`. */
  readonly metrics: Uint32Array;
  /** Values that are numbers; booleans as 0 and 1. */
  readonly numbers: Float64Array;
  /** Indexes into `QUALITIES`. */
  readonly qualities: Uint8Array;
  /** Milliseconds since 1970 UTC. */
  readonly timestamps: Float64Array;
  /** Row → value that is no number: null, bigint, text, bytes, arrays, DataSets, Templates. */
  readonly others?: ReadonlyMap<number, MetricValue>;
  /** Row → why its quality is not good. */
  readonly reasons?: ReadonlyMap<number, SampleReason>;
  /** 1 where a sample is older than one said before. */
  readonly historical?: Uint8Array;
}

/** The metric that a row is of. */
interface RowMetric {
  readonly name: string;
  readonly datatype: Datatype;
}

/** The rows of a batch as readings, one object each: for whoever keeps them. Rows of unborn metrics are left out. */
export function batchReadings(
  batch: SampleBatch,
  metricOf: (index: number) => RowMetric | undefined,
): readonly MetricReading[] {
  return Array.from(batch.metrics.subarray(0, batch.count), (index, row) => {
    const metric = metricOf(index);
    return metric && rowReading(batch, row, metric);
  }).filter((reading) => reading !== undefined);
}

/** One row as a reading. */
export function rowReading(
  { numbers, qualities, timestamps, others, reasons }: SampleBatch,
  row: number,
  { name, datatype }: RowMetric,
): MetricReading {
  const number = numbers[row] ?? Number.NaN;
  const other = others?.get(row);
  const plain = datatype === "Boolean" ? number !== 0 : number;
  const why = reasons?.get(row);
  return {
    name,
    value: other === undefined ? plain : other,
    quality: QUALITIES[qualities[row] ?? BAD] ?? "bad",
    timestamp: timestamps[row] ?? 0,
    ...(why !== undefined && why),
  };
}
