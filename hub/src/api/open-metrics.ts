/**
 * The form of OpenMetrics 1.0 of what Prometheus' client has counted. Its own writer of that form renames the counters
 * for good, so that the classic text is wrong afterwards; this one changes nothing.
 */
import type { MetricValue, MetricValueWithName } from "prom-client";

export const OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** A metric with its samples; those of a histogram carry the name of what they are. */
export interface Family {
  readonly name: string;
  readonly help: string;
  /** The word for it; the library declares an enumeration, for the compiler only. */
  readonly type: unknown;
  readonly values: readonly (MetricValue<string> &
    Partial<Pick<MetricValueWithName<string>, "metricName">>)[];
}

export function openMetricsText(families: readonly Family[]): string {
  return `${families.map(familyText).join("")}# EOF\n`;
}

function familyText(family: Family): string {
  const { kind, ending } = shapeOf(family);
  const name = ending === "" ? family.name : family.name.slice(0, -ending.length);
  const unit = UNITS.find((each) => name.endsWith(`_${each}`));
  return [
    `# TYPE ${name} ${kind}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(family.help)}`,
    ...family.values.map(
      ({ metricName = name + ending, labels, value }) =>
        `${metricName}${labelText(labels)} ${numberText(value)}`,
    ),
    "",
  ].join("\n");
}

/** The unit is what the name of a family ends in; nothing else may be said of it. */
const UNITS = ["seconds", "bytes"];

interface Shape {
  readonly kind: string;
  /** What the samples end in, and the name of their family does not. */
  readonly ending: "" | "_total" | "_info";
}

function shapeOf({ name, type }: Family): Shape {
  const kind = String(type);
  if (kind === "counter" && name.endsWith("_total")) return { kind, ending: "_total" };
  if (kind === "gauge" && name.endsWith("_info")) return { kind: "info", ending: "_info" };
  return { kind, ending: "" };
}

function labelText(labels: Readonly<Record<string, string | number | undefined>>): string {
  const parts = Object.entries(labels).map(([name, value = ""]) => {
    const text = name === "le" ? boundText(value) : String(value);
    return `${name}="${escaped(text)}"`;
  });
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

/** Bounds of buckets are opaque texts to who stores them, and 1 is to be the same text everywhere. */
function boundText(bound: string | number): string {
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

function numberText(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? "+Inf" : "-Inf";
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
