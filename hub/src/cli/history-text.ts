/** What the history answers, as lines of tables. */
import { z } from "zod";
import type { Meaning } from "./paint.ts";
import { printable } from "./printable.ts";
import { jsonText, shortNumber } from "./shown-value.ts";
import { PATH_WIDTH } from "./text-table.ts";

export const valueSchema = z.object({
  time: z.number(),
  value: z.unknown(),
  quality: z.string(),
  reason: z.string().optional(),
  gap: z.boolean().optional(),
  historical: z.boolean().optional(),
  restated: z.boolean().optional(),
  corrected: z.boolean().optional(),
});
export type Past = z.output<typeof valueSchema>;
/** Whole numbers beyond 2^53 come as they are written. */
const exact = z.union([z.number(), z.bigint()]);
export const bucketSchema = z.object({
  time: z.number(),
  count: z.number(),
  first: exact.optional(),
  last: exact.optional(),
  min: exact.optional(),
  max: exact.optional(),
  average: exact.optional(),
  goodMs: z.number(),
});
export const COUNTED = [
  "messages",
  "births",
  "gaps",
  "lost",
  "late",
  "unborn",
  "undecodable",
  "dropped",
];
export const PATH = ["PATH", "left", PATH_WIDTH] as const;
export const HEAD = [
  ["TIME", "left"],
  ["VALUE", "right"],
  ["QUALITY", "left"],
] as const;
export const BUCKET_HEAD = [
  ["FROM", "left"],
  ["FIRST", "right"],
  ["LAST", "right"],
  ["MIN", "right"],
  ["MAX", "right"],
  ["AVERAGE", "right"],
  ["COUNT", "right"],
  ["GOOD", "right"],
] as const;
export const DAY_HEAD = [
  ["DAY", "left"],
  ["EDGE NODE", "left"],
  ...COUNTED.map((name) => [name.toUpperCase(), "right"] as const),
] as const;

export function cells(past: Past): readonly string[] {
  return [dateText(past.time), past.gap === true ? "" : shown(past.value), qualityText(past)];
}

/** What is no good value stands out. */
export function meaningOf({ quality, gap }: Past): Meaning | undefined {
  return gap === true || quality !== "good" ? "warn" : undefined;
}

function qualityText({ quality, reason, gap, historical, restated, corrected }: Past): string {
  const flags = [
    historical === true && "late",
    restated === true && "said again",
    corrected === true && "corrected",
  ];
  const notes = [reason, ...flags].filter((note) => typeof note === "string");
  const word = gap === true ? "gap" : quality;
  return notes.length === 0 ? word : `${word} (${notes.join(", ")})`;
}

export function worth(past: Past | undefined): string {
  if (past === undefined) return "nothing";
  if (past.gap === true) return "not known";
  return past.quality === "good" ? shown(past.value) : `${shown(past.value)} [${past.quality}]`;
}

export function bucketCells(bucket: z.output<typeof bucketSchema>): readonly string[] {
  const { time, first, last, min, max, average, count, goodMs } = bucket;
  const numbers = [first, last, min, max, average].map((value) =>
    value === undefined ? "" : shown(value),
  );
  return [dateText(time), ...numbers, String(count), `${(goodMs / 1000).toFixed(1)} s`];
}

function shown(value: unknown): string {
  if (typeof value === "number") return shortNumber(value);
  return typeof value === "string" ? printable(value) : jsonText(value);
}

export function rangeText(
  { from, to }: { readonly from: number; readonly to: number },
  word = "to",
): string {
  return `${dateText(from)} ${word} ${dateText(to)}`;
}

export function below(path: string): string {
  return path === "" ? "" : ` at or below ${printable(path)}`;
}

export function dateText(time: number): string {
  return new Date(time).toISOString();
}
