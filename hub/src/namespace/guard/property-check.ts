/** The properties of a metric, nested ones too. */
import { propertyDatatypeOf, type Metric, type Properties, type Property } from "@unshub/sparkplug";
import type { Faults } from "./faults.ts";
import { isBirth } from "./head-check.ts";
import { called, type MetricsAbout } from "./metric-about.ts";

const INT32 = 3;
/** BAD, GOOD, STALE. */
const QUALITIES: readonly unknown[] = [0, 192, 500];

export function checkProperties(metric: Metric, about: MetricsAbout): void {
  const { faults } = about;
  about.saw("properties");
  const quality = metric.properties.get("Quality");
  if (quality !== undefined) {
    about.saw("quality");
    checkQuality(metric, quality, faults);
  }
  checkSet(metric.properties, metric, { typeNeeded: isBirth(about.type), faults });
}

function checkQuality(metric: Metric, { type, isNull, value }: Property, faults: Faults): void {
  const about = { occasion: "quality" } as const;
  if (type !== undefined && type !== INT32)
    faults.add(
      "M15",
      () => `Quality of ${called(metric)} has type ${type}, expected ${INT32} (Int32)`,
      about,
    );
  else if (!isNull && (value?.field !== "int" || !QUALITIES.includes(value.raw)))
    faults.add(
      "M15",
      () => `Quality of ${called(metric)} is ${rawOf(value)}, expected 0, 192 or 500`,
      about,
    );
}

function rawOf(value: Property["value"]): string {
  if (value === undefined) return "empty";
  return typeof value.raw === "object" ? value.field : String(value.raw);
}

interface SetAbout {
  readonly typeNeeded: boolean;
  readonly faults: Faults;
}

function checkSet(properties: Properties, metric: Metric, about: SetAbout): void {
  for (const [key, property] of properties) checkProperty(key, property, metric, about);
}

// oxlint-disable-next-line max-params -- key and property belong together
function checkProperty(
  key: string,
  { type, value }: Property,
  metric: Metric,
  about: SetAbout,
): void {
  const { typeNeeded, faults } = about;
  const occasion = { occasion: "properties" } as const;
  if (type === undefined && typeNeeded)
    faults.add("M14", () => `property "${key}" of ${called(metric)} has no type`, occasion);
  if (type !== undefined && propertyDatatypeOf(type) === undefined)
    faults.add(
      "M14",
      () => `property "${key}" of ${called(metric)} has type ${type}, which no property may have`,
      occasion,
    );
  if (value?.field === "propertyset") checkSet(value.raw, metric, about);
  if (value?.field === "propertysets") for (const set of value.raw) checkSet(set, metric, about);
}
