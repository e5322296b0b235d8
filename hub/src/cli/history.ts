/** `unshub history`: what a metric was worth, what everything was at an instant, what changed between two. */
import { z } from "zod";
import {
  ASKING_OPTIONS,
  DEFAULT_HTTP_URL,
  readArguments,
  UsageError,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { askHub, everyPage } from "./http.ts";
import { instantMs, rangeOf } from "./instant.ts";
import { printable } from "./printable.ts";
import { shortNumber } from "./shown-value.ts";
import { PATH_WIDTH, textTable } from "./text-table.ts";

export const HISTORY_USAGE = `unshub history PATH [--since 1h | --from TIME] [--to TIME] [--buckets N] [--url ${DEFAULT_HTTP_URL}] [--json]
unshub history [PATH] --at TIME [--and TIME]
unshub history --completeness [--since 1d | --from TIME] [--to TIME]
  What a metric was worth, or N parts of that time with first, last, least, greatest, average and count; what all
  metrics below PATH were worth at an instant, or how they differ between two; what was heard of each edge node, day by
  day, and what is missing. TIME is 10m (ago), 2026-09-01T06:00Z or milliseconds since 1970 UTC.`;

const valueSchema = z.object({
  time: z.number(),
  value: z.unknown(),
  quality: z.string(),
  reason: z.string().optional(),
  gap: z.boolean().optional(),
  historical: z.boolean().optional(),
  restated: z.boolean().optional(),
  corrected: z.boolean().optional(),
});
type Past = z.output<typeof valueSchema>;
const valuesSchema = z.object({
  values: z.array(z.looseObject(valueSchema.shape)),
  more: z.boolean(),
  damaged: z.number(),
});
const bucketSchema = z.object({
  time: z.number(),
  count: z.number(),
  first: z.number().optional(),
  last: z.number().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  average: z.number().optional(),
  goodMs: z.number(),
});
const bucketsSchema = z.object({ buckets: z.array(z.looseObject(bucketSchema.shape)) });
const atSchema = z.object({
  metrics: z.array(z.looseObject({ path: z.string(), ...valueSchema.shape })),
  next: z.number().optional(),
});
const changeSchema = z.object({
  path: z.string(),
  before: valueSchema.optional(),
  now: valueSchema.optional(),
});
const differenceSchema = z.object({
  metrics: z.array(z.looseObject(changeSchema.shape)),
  next: z.number().optional(),
});
const countsSchema = z.record(z.string(), z.number());
const completenessSchema = z.object({
  days: z.array(
    z.object({
      day: z.string(),
      groupId: z.string(),
      edgeNodeId: z.string(),
      counts: countsSchema,
    }),
  ),
  gaps: z.array(z.object({ from: z.number(), to: z.number(), cause: z.string() })),
});

const OPTIONS = {
  ...ASKING_OPTIONS,
  since: { type: "string" },
  from: { type: "string" },
  to: { type: "string" },
  at: { type: "string" },
  and: { type: "string" },
  buckets: { type: "string" },
  completeness: { type: "boolean", default: false },
} as const;

interface Asked {
  readonly url: string;
  readonly json: boolean;
  readonly path: string;
  readonly console: Console;
}

export async function history(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: OPTIONS,
  });
  if (positionals.length > 1)
    throw new UsageError("one PATH at most; quote paths that contain spaces");
  const { url, json, at, and, since, from, to, buckets } = values;
  const asked = { url, json, path: positionals[0] ?? "", console };
  const now = Date.now();
  if (values.completeness) {
    const range = rangeOf({ since: from === undefined ? (since ?? "1d") : since, from, to }, now);
    return await completeness(asked, range);
  }
  if (at !== undefined) {
    const first = instantMs(at, now, "--at");
    if (and === undefined) return await instant(asked, first);
    return await difference(asked, first, instantMs(and, now, "--and"));
  }
  if (asked.path === "") throw new UsageError("say which metric: unshub history PATH");
  const range = rangeOf({ since, from, to }, now);
  if (buckets !== undefined) return await parts(asked, range, buckets);
  return await raw(asked, range);
}

interface Range {
  readonly from: number;
  readonly to: number;
}

async function raw({ url, json, path, console }: Asked, range: Range): Promise<ExitCode> {
  const ask = async (after: number | undefined) =>
    await askHub(url, query("/api/history", { path, ...range, after }), valuesSchema);
  let damaged = 0;
  for await (const page of everyPage(ask, ({ values }) => values.at(-1)?.time)) {
    damaged += page.damaged;
    if (json) for (const past of page.values) console.print(jsonText({ path, ...past }));
    else for (const line of textTable(HEAD, page.values.map(cells))) console.print(line);
  }
  if (damaged > 0)
    console.complain(`${damaged} blocks are damaged on the disk; their values are missing`);
  return 0;
}

async function parts(asked: Asked, range: Range, text: string): Promise<ExitCode> {
  const { url, json, path, console } = asked;
  if (!/^\d{1,5}$/.test(text)) throw new UsageError(`--buckets ${text}: not a number`);
  const answer = await askHub(
    url,
    query("/api/history", { path, ...range, buckets: text }),
    bucketsSchema,
  );
  if (json) for (const bucket of answer.buckets) console.print(jsonText(bucket));
  else
    for (const line of textTable(BUCKET_HEAD, answer.buckets.map(bucketCells))) console.print(line);
  return 0;
}

async function instant({ url, json, path, console }: Asked, at: number): Promise<ExitCode> {
  const ask = async (after: number | undefined) =>
    paged(await askHub(url, query("/api/history/at", { path, at, after }), atSchema));
  let isFirst = true;
  for await (const { metrics } of everyPage(ask, ({ next }) => next)) {
    if (json) for (const metric of metrics) console.print(jsonText(metric));
    else {
      const rows = metrics.map((metric) => [metric.path, ...cells(metric)]);
      const lines = textTable([["PATH", "left", PATH_WIDTH], ...HEAD], rows);
      for (const line of isFirst ? lines : lines.slice(1)) console.print(printable(line));
    }
    isFirst = false;
  }
  return 0;
}

async function difference(asked: Asked, from: number, to: number): Promise<ExitCode> {
  const { url, json, path, console } = asked;
  const ask = async (after: number | undefined) =>
    paged(
      await askHub(
        url,
        query("/api/history/difference", { path, from, to, after }),
        differenceSchema,
      ),
    );
  for await (const { metrics } of everyPage(ask, ({ next }) => next)) {
    for (const metric of metrics) {
      const line = `${metric.path}: ${worth(metric.before)} → ${worth(metric.now)}`;
      console.print(json ? jsonText(metric) : printable(line));
    }
  }
  return 0;
}

async function completeness({ url, json, console }: Asked, range: Range): Promise<ExitCode> {
  const answer = await askHub(
    url,
    query("/api/history/completeness", { ...range }),
    completenessSchema,
  );
  if (json) {
    for (const day of answer.days) console.print(JSON.stringify(day));
    for (const gap of answer.gaps) console.print(JSON.stringify({ gap }));
    return 0;
  }
  const rows = answer.days.map(({ day, groupId, edgeNodeId, counts }) => [
    day,
    `${groupId}/${edgeNodeId}`,
    ...COUNTED.map((name) => String(counts[name] ?? 0)),
  ]);
  for (const line of textTable(DAY_HEAD, rows)) console.print(printable(line));
  for (const { from, to, cause } of answer.gaps)
    console.print(`nothing recorded from ${dateText(from)} to ${dateText(to)}: ${cause}`);
  return 0;
}

const COUNTED = ["messages", "births", "gaps", "lost", "late", "unborn", "undecodable", "dropped"];
const HEAD = [
  ["TIME", "left"],
  ["VALUE", "right"],
  ["QUALITY", "left"],
] as const;
const BUCKET_HEAD = [
  ["FROM", "left"],
  ["FIRST", "right"],
  ["LAST", "right"],
  ["MIN", "right"],
  ["MAX", "right"],
  ["AVERAGE", "right"],
  ["COUNT", "right"],
  ["GOOD", "right"],
] as const;
const DAY_HEAD = [
  ["DAY", "left"],
  ["EDGE NODE", "left"],
  ...COUNTED.map((name) => [name.toUpperCase(), "right"] as const),
] as const;

/** What `everyPage` asks of a page. */
function paged<Page extends { readonly next?: number | undefined }>(
  page: Page,
): Page & { readonly more: boolean } {
  return { ...page, more: page.next !== undefined };
}

function query(path: string, asked: Readonly<Record<string, string | number | undefined>>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(asked)) {
    if (value !== undefined) search.set(key, String(value));
  }
  return `${path}?${search.toString()}`;
}

function cells(past: Past): readonly string[] {
  return [dateText(past.time), past.gap === true ? "" : shown(past.value), qualityText(past)];
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

function worth(past: Past | undefined): string {
  if (past === undefined) return "nothing";
  if (past.gap === true) return "not known";
  return past.quality === "good" ? shown(past.value) : `${shown(past.value)} [${past.quality}]`;
}

function bucketCells(bucket: z.output<typeof bucketSchema>): readonly string[] {
  const { time, first, last, min, max, average, count, goodMs } = bucket;
  const numbers = [first, last, min, max, average].map((value) =>
    value === undefined ? "" : shortNumber(value),
  );
  return [dateText(time), ...numbers, String(count), `${(goodMs / 1000).toFixed(1)} s`];
}

function shown(value: unknown): string {
  if (typeof value === "number") return shortNumber(value);
  return typeof value === "string" ? printable(value) : jsonText(value);
}

function dateText(time: number): string {
  return new Date(time).toISOString();
}

/** Integers beyond 2^53 stay exact. */
function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "bigint" ? JSON.rawJSON(String(part)) : part,
  );
}
