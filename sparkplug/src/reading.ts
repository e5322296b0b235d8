/** From readings to metrics of a message: report by exception, nulls for bad values, quality as properties. */
import type { Datatype } from "./datatype.ts";
import type { MetricToSend } from "./encode.ts";
import type { BornMetric, MetricReading, PropertyToSend, Quality } from "./metric.ts";

/** A metric as an edge node announces it, with whatever else shall be known of it. */
export interface AnnouncedMetric extends BornMetric {
  /** Go into births beside `readOnly`, `engUnit` and `Documentation`. */
  readonly properties?: readonly PropertyToSend[];
}

/** [tck-id-payloads-propertyset-quality-value-value] */
const QUALITY_CODES: Readonly<Record<Quality, number>> = { bad: 0, good: 192, stale: 500 };

/**
 * Report by exception: whether a reading says something else than the one before it.
 * [tck-id-principles-rbe-recommended] [tck-id-operational-behavior-data-publish-nbirth-change]
 * [tck-id-operational-behavior-data-publish-dbirth-change]
 */
export function isNews(before: MetricReading, reading: MetricReading): boolean {
  return before.quality !== reading.quality || !sameValue(before.value, reading.value);
}

/** Whether two values are the same, down to the members of arrays, DataSets and Templates. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Map || b instanceof Map) {
    return a instanceof Map && b instanceof Map && sameValue([...a], [...b]);
  }
  const before = Object.entries(a);
  const now = new Map<string, unknown>(Object.entries(b));
  return (
    before.length === now.size && before.every(([key, value]) => sameValue(value, now.get(key)))
  );
}

/**
 * Metrics in the order of their timestamps. [tck-id-operational-behavior-data-publish-nbirth-order]
 * [tck-id-operational-behavior-data-publish-dbirth-order]
 */
export function inTimeOrder(metrics: readonly MetricToSend[]): readonly MetricToSend[] {
  return metrics.toSorted((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0));
}

/** How a metric is named in a message: by alias alone, or by name where aliases are not in use. */
export type MetricLabel = { readonly alias: number } | { readonly name: string };

/**
 * A reading as it stands in a data message: alias instead of name, no datatype, the time of its capture.
 * [tck-id-payloads-alias-data-cmd-requirement] [tck-id-payloads-metric-datatype-not-req]
 * [tck-id-payloads-name-requirement] [tck-id-payloads-name-birth-data-requirement]
 */
export function dataMetric(
  reading: MetricReading,
  datatype: Datatype,
  label: MetricLabel,
): MetricToSend {
  return {
    ...label,
    tellDatatype: false,
    ...body(reading, datatype),
    properties: qualityOf(reading),
  };
}

/**
 * A metric as a birth announces it: name, alias, datatype, value and everything known of it.
 * [tck-id-topics-nbirth-metrics] [tck-id-topics-dbirth-metrics] [tck-id-payloads-alias-birth-requirement]
 * [tck-id-payloads-metric-datatype-req]
 */
export function birthMetric(metric: AnnouncedMetric, alias: number | undefined): MetricToSend {
  const properties = [...describe(metric), ...(metric.properties ?? []), ...qualityOf(metric)];
  return {
    name: metric.name,
    alias,
    tellDatatype: true,
    ...body(metric, metric.datatype),
    properties,
  };
}

/**
 * The value, or null when there is none: never both.
 * [tck-id-operational-behavior-data-publish-nbirth-values] [tck-id-operational-behavior-data-publish-dbirth-values]
 */
function body(
  reading: MetricReading,
  datatype: Datatype,
): Pick<MetricToSend, "timestamp" | "datatype" | "value"> {
  const isNothing = reading.quality === "bad" && reading.isKept !== true;
  const value = isNothing ? null : reading.value;
  return { timestamp: reading.timestamp, datatype, value };
}

/** Left out when good, but for what the device adds to that. [tck-id-payloads-propertyset-quality-value-type] */
function qualityOf(reading: MetricReading): readonly PropertyToSend[] {
  const overflow = reading.isOverflow === true ? OVERFLOW : [];
  if (reading.quality === "good") {
    if (reading.code === undefined) return overflow;
    return [{ key: "Code", datatype: "UInt32", value: reading.code }, ...overflow];
  }
  const quality: PropertyToSend = {
    key: "Quality",
    datatype: "Int32",
    value: QUALITY_CODES[reading.quality],
  };
  const { reason, code, since } = reading;
  const properties: PropertyToSend[] = [quality];
  if (reason !== undefined) properties.push({ key: "Reason", datatype: "String", value: reason });
  if (code !== undefined) properties.push({ key: "Code", datatype: "UInt32", value: code });
  if (since !== undefined) properties.push({ key: "Since", datatype: "DateTime", value: since });
  return [...properties, ...overflow];
}

const OVERFLOW: readonly PropertyToSend[] = [{ key: "Overflow", datatype: "Boolean", value: true }];

function describe(metric: BornMetric): readonly PropertyToSend[] {
  const properties: PropertyToSend[] = [
    { key: "readOnly", datatype: "Boolean", value: !metric.writable },
  ];
  if (metric.unit !== undefined) {
    properties.push({ key: "engUnit", datatype: "String", value: metric.unit });
  }
  if (metric.description !== undefined) {
    properties.push({ key: "Documentation", datatype: "String", value: metric.description });
  }
  if (metric.range !== undefined) {
    const [low, high] = metric.range;
    properties.push({ key: "engLow", datatype: "Double", value: low });
    properties.push({ key: "engHigh", datatype: "Double", value: high });
  }
  return properties;
}
