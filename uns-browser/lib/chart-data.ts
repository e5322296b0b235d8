/**
 * From the past to what a chart draws: a line that stops where nothing good is known, a band between least and most
 * where samples were joined, spans to be shaded. Pure; the chart itself only paints.
 */
import type { WireValue } from "@unshub/hub/feed";
import type { PastBucket, PastQuality, PastValue, QualityChange } from "./history.ts";
import type { TimeSpan } from "./range.ts";

/** A line. `null`: nothing good is known here, the line stops; `undefined`: no sample here, the line goes on. */
type Line = readonly (number | null | undefined)[];

export interface Points {
  /** Ascending, milliseconds since 1970 UTC. */
  readonly times: readonly number[];
  readonly values: Line;
  /** Least and most of what was joined; `null`: these are the samples themselves. */
  readonly band: { readonly low: Line; readonly high: Line } | null;
}

/** A stretch in which the value was not good. */
export interface Shade extends TimeSpan {
  readonly quality: Exclude<PastQuality, "good">;
}

export const NO_POINTS: Points = { times: [], values: [], band: null };

/** What can be drawn as a number: a truth value is 0 or 1, a text is nothing. */
export function drawable(value: WireValue): number | null {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "object" && value !== null && "i64" in value) return Number(value.i64);
  return null;
}

function isGoodEnough(quality: PastQuality): boolean {
  return quality === "good" || quality === "uncertain";
}

/** Parts of a range: what held where nothing came, nothing where nothing was good. */
export function pointsOfParts(buckets: readonly PastBucket[]): Points {
  return {
    times: buckets.map(({ time }) => time),
    values: buckets.map(({ average, held }) => average ?? held),
    band: {
      low: buckets.map(({ min, held }) => min ?? held),
      high: buckets.map(({ max, held }) => max ?? held),
    },
  };
}

/** Samples as they are. A value holds until the next one, also where it is followed by something that is not good. */
export function pointsOfValues(values: readonly PastValue[], { from, to }: TimeSpan): Points {
  const line = new LineBuilder();
  for (const { time, value, quality, isGap } of values) {
    const isGood = !isGap && isGoodEnough(quality);
    line.add(Math.max(from, time), isGood ? drawable(value) : null);
  }
  line.holdUntil(to);
  return line.points();
}

/** Adds points of which no two have the same time, and ends a line where it stops being good, not at its last sample. */
class LineBuilder {
  readonly #times: number[] = [];
  readonly #values: (number | null)[] = [];

  add(time: number, value: number | null): void {
    const last = this.#times.at(-1) ?? -Infinity;
    if (time < last) return;
    if (value === null) this.holdUntil(time - 1);
    if (time === last) {
      this.#values[this.#values.length - 1] = value;
      return;
    }
    this.#times.push(time);
    this.#values.push(value);
  }

  holdUntil(time: number): void {
    const value = this.#values.at(-1);
    if (value === undefined || value === null || time <= (this.#times.at(-1) ?? Infinity)) return;
    this.#times.push(time);
    this.#values.push(value);
  }

  points(): Points {
    return { times: this.#times, values: this.#values, band: null };
  }
}

/** One sample that came while the page looked. */
export interface TailSample {
  readonly time: number;
  readonly value: number | null;
  readonly quality: PastQuality;
}

/** What was fetched, and behind it what came since; the last value holds until `until`. */
export function withTail(points: Points, tail: readonly TailSample[], until: number): Points {
  const last = lastSampleOf(points);
  const newer = tail.filter(({ time }) => time > last);
  const line = new LineBuilder();
  for (const { time, value, quality } of newer)
    line.add(time, isGoodEnough(quality) ? value : null);
  const [first] = newer;
  if (first === undefined) {
    const held = points.values.at(-1);
    const end = points.times.at(-1);
    if (end === undefined || typeof held !== "number") return points;
    line.add(Math.max(end, until), held);
  }
  line.holdUntil(until);
  return joined(points, line.points());
}

function joined({ times, values, band }: Points, added: Points): Points {
  const begin = added.times[0] ?? Infinity;
  const kept = times.findLastIndex((time) => time < begin) + 1;
  const join = (from: Line): Line => [...from.slice(0, kept), ...added.values];
  return {
    times: [...times.slice(0, kept), ...added.times],
    values: join(values),
    band: band === null ? null : { low: join(band.low), high: join(band.high) },
  };
}

/** What holds until the end of a range is no sample of its own. */
function lastSampleOf({ times, values }: Points): number {
  for (let at = times.length - 1; at > 0; at -= 1) {
    if (values[at] !== values[at - 1]) return times[at] ?? -Infinity;
  }
  return times[0] ?? -Infinity;
}

/** Stretches that were not good, from changes of quality within a range. */
export function shadesOf(changes: readonly QualityChange[], span: TimeSpan): readonly Shade[] {
  return changes.flatMap(({ time, quality }, at) => {
    const from = Math.max(span.from, time);
    const to = Math.min(span.to, changes[at + 1]?.time ?? span.to);
    return quality === "good" || to <= from ? [] : [{ from, to, quality }];
  });
}

/** The changes of quality that the tail adds. */
export function changesWithTail(
  changes: readonly QualityChange[],
  tail: readonly TailSample[],
): readonly QualityChange[] {
  const all = [...changes];
  for (const { time, quality } of tail) {
    const last = all.at(-1);
    if (last === undefined || (time > last.time && last.quality !== quality))
      all.push({ time, quality });
  }
  return all;
}

/** Several curves over one row of times, as the chart wants them: times, then for each curve its line and its band. */
export function alignedCurves(curves: readonly Points[]): {
  readonly times: readonly number[];
  readonly lines: readonly Points[];
} {
  const [only, ...others] = curves;
  if (only !== undefined && others.length === 0) return { times: only.times, lines: [only] };
  const times = [...new Set(curves.flatMap((curve) => curve.times))].toSorted((a, b) => a - b);
  const placeOf = new Map(times.map((time, at) => [time, at]));
  return { times, lines: curves.map((curve) => spread(curve, times, placeOf)) };
}

function spread(
  curve: Points,
  times: readonly number[],
  placeOf: ReadonlyMap<number, number>,
): Points {
  const over = (line: Line): Line => {
    const wide: (number | null | undefined)[] = Array.from(times, () => undefined);
    curve.times.forEach((time, at) => {
      wide[placeOf.get(time) ?? 0] = line[at];
    });
    return wide;
  };
  const { values, band } = curve;
  const wideBand = band === null ? null : { low: over(band.low), high: over(band.high) };
  return { times, values: over(values), band: wideBand };
}

/** The same line so much later: yesterday over today. */
export function moved({ times, values, band }: Points, byMs: number): Points {
  return { times: times.map((time) => time + byMs), values, band };
}

export interface Figures {
  readonly least: number;
  readonly most: number;
  readonly last: number;
}

/** For those who cannot see the picture. `null`: nothing good is in it. */
export function figuresOf({ values, band }: Points): Figures | null {
  const good = values.filter((value) => typeof value === "number");
  const last = good.at(-1);
  if (last === undefined) return null;
  const low = band === null ? good : numbers(band.low);
  const high = band === null ? good : numbers(band.high);
  const least = low.reduce((a, b) => Math.min(a, b), last);
  return { least, most: high.reduce((a, b) => Math.max(a, b), last), last };
}

function numbers(line: Line): readonly number[] {
  return line.filter((one) => typeof one === "number");
}

/** The value of a line at a time: what held then. */
export function valueAt({ times, values }: Points, time: number): number | null {
  for (let at = times.findLastIndex((one) => one <= time); at >= 0; at -= 1) {
    const value = values[at];
    if (value !== undefined) return value;
  }
  return null;
}
