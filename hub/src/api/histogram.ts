/** Histograms that are counted elsewhere and read when somebody asks for them. */
import type { Durations } from "@unshub/adapter";
import {
  Histogram,
  type HistogramConfiguration,
  type MetricObjectWithValues,
  type MetricValueWithName,
  type Registry,
} from "prom-client";

/** What was counted, by labels. */
export interface Timed {
  readonly name: string;
  readonly help: string;
  /** Of the buckets, in seconds, ascending. */
  readonly bounds: readonly number[];
  readonly samples: readonly (readonly [
    labels: Readonly<Record<string, string>>,
    took: Durations,
  ])[];
}

/** @param read the same name each time; `undefined`: nothing is counted now */
export function histogram(
  registry: Registry,
  { name, help }: Pick<Timed, "name" | "help">,
  read: () => Timed | undefined,
): void {
  registry.registerMetric(new CountedElsewhere(read, { name, help, registers: [] }));
}

/** A histogram that is counted by who knows, so that nothing of Prometheus is loaded before somebody asks. */
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
