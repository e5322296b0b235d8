/** What a message says of one metric, in the words of the tree. A value that does not fit is bad, never a guess. */
import {
  isTemplate,
  mergedTemplate,
  propertyValue,
  SparkplugError,
  type Datatype,
  type MetricReading,
  type MetricValue,
  type Properties,
} from "@unshub/sparkplug";
import type { MetricInfo } from "./session.ts";
import type { TreeReading } from "./tree.ts";

const QUALITIES: ReadonlyMap<unknown, MetricReading["quality"]> = new Map<
  unknown,
  MetricReading["quality"]
>([
  [0, "bad"],
  [192, "good"],
  [500, "stale"],
]);

/** A metric of a birth, or the view of one in data. */
export interface Readable {
  readonly properties: Properties;
  /** @throws {SparkplugError} VALUE_MISFIT */
  value(datatype: Datatype): MetricValue;
}

/** Value and quality of a metric as its birth makes it readable. */
export function readingOf(
  info: MetricInfo,
  metric: Readable,
): Pick<TreeReading, "value" | "quality" | "reason"> {
  if (info.datatype === undefined)
    return bad(`datatype ${info.datatypeCode} is none of Sparkplug's`);
  try {
    const { properties } = metric;
    const value = metric.value(info.datatype);
    if (properties.size === 0) return { value, quality: "good", reason: undefined };
    const quality = QUALITIES.get(propertyValue(properties.get("Quality")) ?? 192) ?? "bad";
    return { value, quality, reason: textProperty(properties, "Reason") };
  } catch (error) {
    if (!(error instanceof SparkplugError) || error.code !== "VALUE_MISFIT") throw error;
    return bad(error.message);
  }
}

function bad(reason: string): Pick<TreeReading, "value" | "quality" | "reason"> {
  return { value: null, quality: "bad", reason };
}

/** A property that is text; `undefined` when it is missing or something else. */
export function textProperty(properties: Properties, key: string): string | undefined {
  const value = propertyValue(properties.get(key));
  return typeof value === "string" ? value : undefined;
}

/** A property that is a number; `undefined` when it is missing or something else. */
export function numberProperty(properties: Properties, key: string): number | undefined {
  const value = propertyValue(properties.get(key));
  return typeof value === "number" ? value : undefined;
}

/** Data may bring only some members of a template: the others stay as they were. */
export function completed(before: MetricValue, value: MetricValue): MetricValue {
  if (!isTemplate(value) || value.isDefinition || !isTemplate(before)) return value;
  return before.templateRef === value.templateRef ? mergedTemplate(before, value) : value;
}
