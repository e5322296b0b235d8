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
import {
  below,
  BUCKET_HEAD,
  bucketCells,
  bucketSchema,
  cells,
  COUNTED,
  dateText,
  DAY_HEAD,
  HEAD,
  meaningOf,
  PATH,
  rangeText,
  valueSchema,
  worth,
  type Past,
} from "./history-text.ts";
import { paintFor } from "./paint.ts";
import { printable } from "./printable.ts";
import { jsonText } from "./shown-value.ts";
import { PagedTable, textTable } from "./text-table.ts";

export const HISTORY_USAGE = `unshub history PATH [--since 1h | --from TIME] [--to TIME] [--buckets N] [--url ${DEFAULT_HTTP_URL}] [--json]
unshub history [PATH] --at TIME [--and TIME]
unshub history --completeness [--since 1d | --from TIME] [--to TIME]
  What a metric was worth, or N parts of that time with first, last, least, greatest, average and count; what all
  metrics below PATH were worth at an instant, or how they differ between two; what was heard of each edge node, day by
  day, and what is missing. TIME is 10m (ago), 2026-09-01T06:00Z or milliseconds since 1970 UTC.`;

const valuesSchema = z.object({
  values: z.array(z.looseObject(valueSchema.shape)),
  more: z.boolean(),
  damaged: z.number(),
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

/** As the hub has it. */
const MOST_BUCKETS = 10_000;

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
  refuseIdle(values, positionals);
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

/** Options that belong to another question than the one that is asked would be left out in silence. @throws {UsageError} */
function refuseIdle(
  { at, and, buckets, since, from, to, ...rest }: Partial<Record<string, unknown>>,
  positionals: readonly string[],
): void {
  const given = { PATH: positionals[0], "--at": at, "--and": and, "--buckets": buckets };
  const range = { "--since": since, "--from": from, "--to": to };
  if (rest["completeness"] === true) return refuse(given, "says nothing to --completeness");
  if (at === undefined) return refuse({ "--and": and }, "needs --at: two instants are compared");
  refuse({ "--buckets": buckets, ...range }, "says nothing to --at: an instant has no length");
}

function refuse(options: Readonly<Record<string, unknown>>, because: string): void {
  const idle = Object.keys(options).find((name) => options[name] !== undefined);
  if (idle !== undefined) throw new UsageError(`${idle} ${because}`);
}

interface Range {
  readonly from: number;
  readonly to: number;
}

async function raw({ url, json, path, console }: Asked, range: Range): Promise<ExitCode> {
  const ask = async (after: number | undefined) =>
    await askHub(url, query("/api/history", { path, ...range, after }), valuesSchema);
  const table = new PagedTable(HEAD);
  let damaged = 0;
  for await (const page of everyPage(ask, ({ values }) => values.at(-1)?.time)) {
    damaged += page.damaged;
    if (json) for (const past of page.values) console.print(jsonText({ path, ...past }));
    else printRows(table, { all: page.values, cells }, console);
  }
  if (!json && table.isEmpty) console.print(`No value in that time: ${rangeText(range)}.`);
  if (damaged > 0)
    console.complain(`${damaged} blocks are damaged on the disk; their values are missing`);
  return 0;
}

async function parts(asked: Asked, range: Range, text: string): Promise<ExitCode> {
  const { url, json, path, console } = asked;
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > MOST_BUCKETS)
    throw new UsageError(`--buckets ${text}: a number from 1 to ${MOST_BUCKETS}`);
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
  const table = new PagedTable([PATH, ...HEAD]);
  for await (const { metrics } of everyPage(ask, ({ next }) => next)) {
    if (json) for (const metric of metrics) console.print(jsonText(metric));
    else printRows(table, { all: metrics, cells: (one) => [one.path, ...cells(one)] }, console);
  }
  if (!json && table.isEmpty) console.print(`Nothing is known of ${dateText(at)}${below(path)}.`);
  return 0;
}

/** With the colour of their quality. */
function printRows<Row extends Past>(
  table: PagedTable,
  {
    all,
    cells: cellsOf,
  }: { readonly all: readonly Row[]; readonly cells: (row: Row) => readonly string[] },
  console: Console,
): void {
  const paint = paintFor(console);
  const lines = table.lines(all.map(cellsOf));
  const heads = lines.length - all.length;
  for (const [at, line] of lines.entries()) {
    const row = all[at - heads];
    console.print(paint(printable(line), row === undefined ? "strong" : meaningOf(row)));
  }
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
  const table = new PagedTable([PATH, [dateText(from), "right"], [dateText(to), "right"]]);
  for await (const { metrics } of everyPage(ask, ({ next }) => next)) {
    if (json) for (const metric of metrics) console.print(jsonText(metric));
    const rows = json
      ? []
      : metrics.map((each) => [each.path, worth(each.before), worth(each.now)]);
    for (const line of table.lines(rows)) console.print(printable(line));
  }
  if (!json && table.isEmpty)
    console.print(`Nothing differs between ${rangeText({ from, to }, "and")}${below(path)}.`);
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
  for (const line of new PagedTable(DAY_HEAD).lines(rows)) console.print(printable(line));
  if (rows.length === 0) console.print(`No edge node was heard from ${rangeText(range)}.`);
  for (const { from, to, cause } of answer.gaps)
    console.print(`nothing recorded from ${dateText(from)} to ${dateText(to)}: ${cause}`);
  return 0;
}

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
