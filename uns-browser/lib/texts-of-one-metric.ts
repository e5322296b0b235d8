/** The page of one metric in English, what no other page says; `texts-of-one-metric-zh.ts` says the same in Chinese. */
import type { CopyKind } from "./copies.ts";
import type { ExportFormat } from "./exports.ts";

export type OneMetricTexts = typeof oneMetricTextsEn;

export const oneMetricTextsEn = {
  every: (span: string) => `every ~${span}`,
  ago: (span: string) => `${span} ago`,
  range: (low: string, high: string) => `range ${low} … ${high}`,
  fromLow: (low: string) => `range from ${low}`,
  toHigh: (high: string) => `range to ${high}`,
  limits: "limits",
  marks: { highHigh: "HH", high: "H", low: "L", lowLow: "LL" },
  limitNames: { highHigh: "high high", high: "high", low: "low", lowLow: "low low" },
  outside: "outside its range",
  beyond: (limit: string) => `beyond its limit ${limit}`,
  menu: "More for this metric",
  deleteRetained: "Delete retained message…",
  toTag: "Go to the tag of its adapter",
  noTag: "No adapter of this hub makes it",
  noPlace: "It has no place in the plant, so no plain topic",
  copies: {
    title: (name: string) => `Copy of ${name}`,
    kinds: {
      uns: "UNS path",
      sparkplug: "Sparkplug",
      topic: "MQTT topic",
      origin: "Origin",
      link: "Link",
      value: "Value",
      json: "JSON",
    } satisfies Record<CopyKind, string>,
  },
  exports: {
    title: "Values of the past as a file",
    what: "What is in the file",
    chosen: (count: number) => `${count} chosen rows`,
    filter: (filter: string) => `What fits now: ${filter}`,
    row: (path: string) => `${path} and all below it`,
    all: "Everything",
    tooMany: "More rows are chosen than can be asked for at once; use the filter instead.",
    formats: { csv: "CSV file", jsonl: "JSON lines" } satisfies Record<ExportFormat, string>,
  },
  lastDelivery: "Last delivery",
  noDelivery: "none yet",
};
