/** From the metrics of a message to what a host shows: names, values through the datatype of the birth, quality. */
import { datatypeOf } from "./datatype.ts";
import { SparkplugError } from "./errors.ts";
import type { HostMetric, HostReading } from "./host-listener.ts";
import type { Quality } from "./metric.ts";
import { isTemplate } from "./metric.ts";
import { metricValue, propertyValue, type Metric } from "./payload.ts";
import { mergedTemplate, type TemplateTypes } from "./template.ts";

const QUALITIES: ReadonlyMap<unknown, Quality> = new Map<unknown, Quality>([
  [0, "bad"],
  [192, "good"],
  [500, "stale"],
]);

/** What a metric is read with. */
export interface ReadingContext {
  /** The time to take when the metric tells none, ms UTC. */
  readonly fallback: number;
  readonly templates: TemplateTypes;
}

/** A metric as its birth announces it. */
export function bornMetric(metric: Metric, name: string, context: ReadingContext): HostMetric {
  const datatype = datatypeOf(metric.datatype ?? 0);
  const { alias, properties } = metric;
  const empty = { name, datatype, alias, properties, value: null };
  const told = {
    quality: "good",
    reason: undefined,
    timestamp: context.fallback,
    isTransient: false,
  } as const;
  const born: HostMetric = { ...empty, ...told };
  return { ...born, ...readingOf(metric, born, context) };
}

/** What a metric of a message says of `born`. A value that does not fit is bad, never a guess. */
export function readingOf(metric: Metric, born: HostMetric, context: ReadingContext): HostReading {
  const { name } = born;
  const common = {
    name,
    timestamp: metric.timestamp ?? context.fallback,
    isTransient: metric.isTransient,
  };
  const bad = (reason: string): HostReading => ({ ...common, value: null, quality: "bad", reason });
  if (born.datatype === undefined) return bad("the birth told no datatype of the standard");
  try {
    const told = metricValue(metric, born.datatype, context.templates);
    const isPart = isTemplate(born.value) && isTemplate(told);
    const value = isPart ? mergedTemplate(born.value, told) : told;
    return { ...common, value, ...qualityOf(metric) };
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    return bad(error.message);
  }
}

/** Good unless the metric says otherwise. */
function qualityOf(metric: Metric): Pick<HostReading, "quality" | "reason"> {
  const told = metric.properties.get("Quality");
  const quality = told === undefined ? "good" : (QUALITIES.get(propertyValue(told)) ?? "bad");
  const reason = propertyValue(metric.properties.get("Reason"));
  return { quality, reason: typeof reason === "string" ? reason : undefined };
}
