/**
 * How each metric on screen moved lately: its last sixty samples, one a second at most, and how often it changes. Only
 * metrics that are watched are heard, so only they have a trend.
 */
import { createRowVersions, type RowVersions } from "./signal.ts";

export const TREND_SAMPLES = 60;
const SAMPLE_EVERY_MS = 1000;
/** A rate is counted over so many seconds. */
const RATE_SECONDS = 10;
/** Metrics that are remembered; of those beyond the ones that were heard longest ago are forgotten. */
const MOST_METRICS = 4000;

export interface Trends extends Pick<RowVersions, "subscribe" | "version"> {
  /**
   * A metric was heard. `value`: `null` when nothing good is known; `changes`: how many were merged into this one; `now`:
   * milliseconds.
   */
  hear(
    id: number,
    heard: { readonly value: number | null; readonly changes: number },
    now: number,
  ): void;
  /** The samples, oldest first; `NaN` where nothing good was known. */
  samples(id: number): Float64Array;
  /** Changes a second over the last ten, `null` while it was not watched for so long. */
  rate(id: number, now: number): number | null;
  clear(): void;
}

interface Trend {
  readonly values: Float64Array;
  /** Samples that were ever written. */
  count: number;
  sampledAt: number;
  readonly since: number;
  /** Changes by second, a ring. */
  readonly perSecond: Float64Array;
  second: number;
}

export function createTrends(): Trends {
  const trends = new Map<number, Trend>();
  const versions = createRowVersions();

  const trendOf = (id: number, now: number): Trend => {
    const known = trends.get(id);
    if (known !== undefined) return known;
    const [oldest] = trends.keys();
    if (trends.size >= MOST_METRICS && oldest !== undefined) trends.delete(oldest);
    const trend = newTrend(now);
    trends.set(id, trend);
    return trend;
  };

  return {
    subscribe: versions.subscribe,
    version: versions.version,
    hear(id, { value, changes }, now) {
      const trend = trendOf(id, now);
      countChanges(trend, changes, now);
      if (now - trend.sampledAt < SAMPLE_EVERY_MS && value !== null)
        return replaceLast(trend, value);
      trend.sampledAt = now;
      trend.values[trend.count % TREND_SAMPLES] = value ?? Number.NaN;
      trend.count += 1;
      versions.bump(id);
    },
    samples: (id) => inOrder(trends.get(id)),
    rate(id, now) {
      const trend = trends.get(id);
      if (trend === undefined || now - trend.since < RATE_SECONDS * 1000) return null;
      countChanges(trend, 0, now);
      return trend.perSecond.reduce((sum, one) => sum + one, 0) / RATE_SECONDS;
    },
    clear() {
      trends.clear();
      versions.bumpAll();
    },
  };
}

function newTrend(now: number): Trend {
  return {
    values: new Float64Array(TREND_SAMPLES),
    count: 0,
    sampledAt: -Infinity,
    since: now,
    perSecond: new Float64Array(RATE_SECONDS),
    second: Math.floor(now / 1000),
  };
}

/** Within a second the last sample is what counts. */
function replaceLast(trend: Trend, value: number): void {
  if (trend.count > 0) trend.values[(trend.count - 1) % TREND_SAMPLES] = value;
}

function countChanges(trend: Trend, changes: number, now: number): void {
  const second = Math.floor(now / 1000);
  const passed = Math.min(RATE_SECONDS, Math.max(0, second - trend.second));
  for (let at = 1; at <= passed; at += 1) trend.perSecond[(trend.second + at) % RATE_SECONDS] = 0;
  trend.second = Math.max(second, trend.second);
  const place = trend.second % RATE_SECONDS;
  trend.perSecond[place] = (trend.perSecond[place] ?? 0) + changes;
}

function inOrder(trend: Trend | undefined): Float64Array {
  if (trend === undefined) return new Float64Array(0);
  const { values, count } = trend;
  if (count <= TREND_SAMPLES) return values.slice(0, count);
  const start = count % TREND_SAMPLES;
  const ordered = new Float64Array(TREND_SAMPLES);
  ordered.set(values.subarray(start));
  ordered.set(values.subarray(0, start), TREND_SAMPLES - start);
  return ordered;
}

/**
 * The polyline of a trend in a box: x from left to right, y down; `NaN` ends a line. A value that did not move is a line
 * in the middle.
 */
export function trendLines(
  samples: Float64Array,
  { width, height }: { readonly width: number; readonly height: number },
): readonly (readonly (readonly [x: number, y: number])[])[] {
  const good = samples.filter((value) => !Number.isNaN(value));
  if (good.length === 0) return [];
  const low = good.reduce((a, b) => Math.min(a, b), Infinity);
  const high = good.reduce((a, b) => Math.max(a, b), -Infinity);
  const step = width / (TREND_SAMPLES - 1);
  const begin = (TREND_SAMPLES - samples.length) * step;
  const lines: (readonly [number, number])[][] = [];
  let isOpen = false;
  samples.forEach((value, at) => {
    if (Number.isNaN(value)) {
      isOpen = false;
      return;
    }
    const y = high > low ? height - ((value - low) / (high - low)) * height : height / 2;
    if (!isOpen) lines.push([]);
    isOpen = true;
    lines.at(-1)?.push([begin + at * step, y]);
  });
  return lines;
}
