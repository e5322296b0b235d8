/** The part of the address bar that the page of one metric owns, besides the path: range, tab, what is compared. */
import { decodePath, encodePath, pairsOf } from "./path.ts";
import { DEFAULT_RANGE, parseRange, rangeText, type Range } from "./range.ts";

export const METRIC_TABS = [
  "overview",
  "table",
  "raw",
  "births",
  "consumers",
  "writes",
  "explain",
] as const;

export type MetricTab = (typeof METRIC_TABS)[number];

export interface MetricAddress {
  readonly range: Range;
  readonly tab: MetricTab;
  /** Paths of metrics in the same chart. */
  readonly compare: readonly string[];
  /** Times in UTC, not in the browser's zone. */
  readonly isUtc: boolean;
  readonly hasBefore: boolean;
}

const OWN: ReadonlySet<string> = new Set(["r", "tab", "cmp", "tz", "before"]);

export function readMetricAddress(search: string): MetricAddress {
  const given = new Map(pairsOf(search));
  const tab = given.get("tab");
  const paths = (given.get("cmp") ?? "").split(",").filter((path) => path !== "");
  return {
    range: parseRange(decoded(given.get("r") ?? "")) ?? DEFAULT_RANGE,
    tab: METRIC_TABS.find((one) => one === tab) ?? "overview",
    compare: paths.map((path) => encodePath(decodePath(path))),
    isUtc: given.get("tz") === "utc",
    hasBefore: given.get("before") === "1d",
  };
}

/** `search` with the address written into it; parameters of others stay, in their order. */
export function writeMetricAddress(search: string, address: MetricAddress): string {
  const others = pairsOf(search).filter(([key]) => !OWN.has(key));
  const parts = others.map(([key, raw]) => (raw === "" ? key : `${key}=${raw}`));
  parts.push(`r=${rangeText(address.range)}`);
  if (address.tab !== "overview") parts.push(`tab=${address.tab}`);
  // `encodePath` leaves no comma in a path.
  if (address.compare.length > 0) parts.push(`cmp=${address.compare.join(",")}`);
  if (address.isUtc) parts.push("tz=utc");
  if (address.hasBefore) parts.push("before=1d");
  return `?${parts.join("&")}`;
}

/** The page of a metric. */
export function metricHref(path: string, more: Partial<MetricAddress> = {}): string {
  const address = { ...readMetricAddress(""), ...more };
  return `/metric/${writeMetricAddress(`?p=${path}`, address)}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // typed by hand; it is no range then
  }
}
