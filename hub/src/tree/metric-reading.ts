/**
 * What a message says of one metric, in the words of the tree. A value that does not fit is never guessed: there is
 * none then, and the metric is uncertain. Bad is only what its source calls bad.
 */
import {
  isTemplate,
  mergedTemplate,
  propertyValue,
  SparkplugError,
  type Datatype,
  type MetricValue,
  type Properties,
} from "@unshub/sparkplug";
import { textProperty } from "./property-pool.ts";
import type { TreeQuality } from "./quality.ts";
import type { TreeReading } from "./value-recorder.ts";

/** A metric of a birth, or the view of one in data. */
export interface Readable {
  readonly properties: Properties;
  /** @throws {SparkplugError} VALUE_MISFIT */
  value(datatype: Datatype): MetricValue;
}

type Worth = Pick<TreeReading, "value" | "quality" | "reason">;

/** Value and quality of a metric as its birth makes it readable. */
export function readingOf(
  datatype: Datatype | undefined,
  datatypeCode: number,
  metric: Readable,
): Worth {
  if (datatype === undefined) return unreadable(`datatype ${datatypeCode} is none of Sparkplug's`);
  try {
    const { properties } = metric;
    const value = metric.value(datatype);
    if (properties.size === 0) return { value, quality: "good", reason: undefined };
    return { value, ...qualityOf(properties) };
  } catch (error) {
    if (!(error instanceof SparkplugError) || error.code !== "VALUE_MISFIT") throw error;
    return unreadable(error.message);
  }
}

/** No Quality is good. [tck-id-payloads-propertyset-quality-value-value] */
function qualityOf(properties: Properties): Pick<Worth, "quality" | "reason"> {
  const quality = propertyValue(properties.get("Quality")) ?? 192;
  const reason = textProperty(properties, "Reason");
  const known = QUALITIES.get(quality);
  if (known !== undefined) return { quality: known, reason };
  return { quality: "uncertain", reason: reason ?? `its source says quality ${String(quality)}` };
}

const QUALITIES: ReadonlyMap<unknown, TreeQuality> = new Map<unknown, TreeQuality>([
  [0, "bad"],
  [192, "good"],
  [500, "stale"],
]);

function unreadable(reason: string): Worth {
  return { value: null, quality: "uncertain", reason };
}

/** Data may bring only some members of a template: the others stay as they were. */
export function completed(before: MetricValue, value: MetricValue): MetricValue {
  if (!isTemplate(value) || value.isDefinition || !isTemplate(before)) return value;
  return before.templateRef === value.templateRef ? mergedTemplate(before, value) : value;
}
