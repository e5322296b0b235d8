/** Figures of rooms with routes of their own, for Prometheus. */
import {
  Histogram,
  type HistogramConfiguration,
  type MetricObjectWithValues,
  type MetricValueWithName,
  type Registry,
} from "prom-client";
import { counter, gauge } from "./figures.ts";
import type { HttpRoom, RoomFigures } from "./http-room.ts";

type Timed = RoomFigures["histograms"][number];

export function addRooms(registry: Registry, rooms: readonly Pick<HttpRoom, "figures">[]): void {
  for (const room of rooms) {
    const { counters, gauges, histograms } = room.figures();
    for (const [at, { name, help }] of counters.entries())
      counter(registry, name, help, () => room.figures().counters[at]?.samples ?? []);
    for (const [at, { name, help }] of gauges.entries())
      gauge(registry, name, help, () => room.figures().gauges[at]?.samples ?? []);
    for (const [at, { name, help }] of histograms.entries()) {
      const read = (): Timed | undefined => room.figures().histograms[at];
      registry.registerMetric(new CountedElsewhere(read, { name, help, registers: [] }));
    }
  }
}

/** A histogram whose room counts by itself, so that nothing of Prometheus is loaded before somebody asks. */
class CountedElsewhere extends Histogram {
  readonly #read: () => Timed | undefined;
  /** Of the same name, and empty. */
  readonly #empty: Histogram;

  constructor(read: () => Timed | undefined, options: HistogramConfiguration<string>) {
    super(options);
    this.#read = read;
    this.#empty = new Histogram(options);
  }

  override async get(): Promise<Shown> {
    return { ...(await this.#empty.get()), values: valuesOf(this.#read()) };
  }

  /** What the registry calls when it writes text. */
  getForPromString(): Promise<Shown> {
    return this.get();
  }
}

type Shown = MetricObjectWithValues<MetricValueWithName<string>>;

function valuesOf(timed: Timed | undefined): MetricValueWithName<string>[] {
  if (timed === undefined) return [];
  return timed.samples.flatMap(([labels, took]) => {
    const line = (suffix: string, value: number, more = {}): MetricValueWithName<string> => ({
      labels: { ...labels, ...more },
      value,
      metricName: `${timed.name}_${suffix}`,
    });
    const buckets = timed.bounds.map((le, at) => line("bucket", took.buckets[at] ?? 0, { le }));
    const all = line("bucket", took.count, { le: "+Inf" });
    return [...buckets, all, line("sum", took.seconds), line("count", took.count)];
  });
}
