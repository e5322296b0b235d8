/** What an edge node says of one metric: value, quality, time, and how it was born. */
import type { Datatype } from "./datatype.ts";

/**
 * A value as Sparkplug carries it. 64-bit integers are `number` while that is exact and `bigint` beyond 2^53.
 * DateTime is a number: milliseconds since 1970 UTC.
 */
export type MetricValue = number | bigint | boolean | string | Uint8Array | null;

/** On the wire 192, 0 and 500; left out when good. [tck-id-payloads-propertyset-quality-value-value] */
export type Quality = "good" | "bad" | "stale";

/** What one metric was worth at one moment. */
export interface MetricReading {
  /** As born, e.g. `"Line1/Temperature"`. */
  readonly name: string;
  /** `null` when the device answered but has no value. */
  readonly value: MetricValue;
  readonly quality: Quality;
  /** Milliseconds since 1970 UTC, taken when the device answered, not when we publish. */
  readonly timestamp: number;
  /** A short stable word that says why the quality is not good, e.g. `modbus_exception_2`. */
  readonly reason?: string;
}

/** A reading as a birth certificate announces it: with its datatype, and whether commands may change it. */
export interface BornMetric extends MetricReading {
  readonly datatype: Datatype;
  readonly writable: boolean;
  /** Engineering unit, e.g. `"°C"`; becomes the property `engUnit`. */
  readonly unit?: string;
  readonly description?: string;
  /** Lowest and highest value that makes sense, for a writable metric what may be written; properties `engLow`, `engHigh`. */
  readonly range?: readonly [low: number, high: number];
}
