/** From readings to metrics of a message: report by exception, nulls for bad values, quality as properties. */
import type { Datatype } from "./datatype.ts";
import type { MetricToSend, PropertyToSend } from "./encode.ts";
import type { BornMetric, MetricReading, MetricValue, Quality } from "./metric.ts";

/** [tck-id-payloads-propertyset-quality-value-value] */
const QUALITY_CODES: Readonly<Record<Quality, number>> = { bad: 0, good: 192, stale: 500 };

/**
 * Report by exception: the readings whose value or quality differs from the one before, which is the last reported one
 * or an earlier one of the same batch: of true, false after false both are news.
 * [tck-id-principles-rbe-recommended]
 */
export function changedSince(
  last: ReadonlyMap<string, MetricReading>,
  readings: readonly MetricReading[],
): readonly MetricReading[] {
  const latest = new Map<string, MetricReading>();
  return readings.filter((reading) => {
    const before = latest.get(reading.name) ?? last.get(reading.name);
    latest.set(reading.name, reading);
    if (before === undefined) return true;
    return !sameValue(before.value, reading.value) || before.quality !== reading.quality;
  });
}

function sameValue(a: MetricValue, b: MetricValue): boolean {
  if (!(a instanceof Uint8Array) || !(b instanceof Uint8Array)) return Object.is(a, b);
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** A reading as it stands in a data message: alias instead of name, no datatype. */
export function dataMetric(
  reading: MetricReading,
  datatype: Datatype,
  alias: number,
): MetricToSend {
  return { alias, tellDatatype: false, ...body(reading, datatype), properties: qualityOf(reading) };
}

/** A metric as a birth announces it: name, alias, datatype, value and everything known of it. */
export function birthMetric(metric: BornMetric, alias: number): MetricToSend {
  const properties = [...describe(metric), ...qualityOf(metric)];
  return {
    name: metric.name,
    alias,
    tellDatatype: true,
    ...body(metric, metric.datatype),
    properties,
  };
}

function body(
  reading: MetricReading,
  datatype: Datatype,
): Pick<MetricToSend, "timestamp" | "datatype" | "value"> {
  const value = reading.quality === "bad" ? null : reading.value;
  return { timestamp: reading.timestamp, datatype, value };
}

/** Left out when good. [tck-id-payloads-propertyset-quality-value-type] */
function qualityOf(reading: MetricReading): readonly PropertyToSend[] {
  if (reading.quality === "good") return [];
  const quality: PropertyToSend = {
    key: "Quality",
    datatype: "Int32",
    value: QUALITY_CODES[reading.quality],
  };
  if (reading.reason === undefined) return [quality];
  return [quality, { key: "Reason", datatype: "String", value: reading.reason }];
}

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
