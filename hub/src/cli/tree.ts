/** `unshub tree`: the live tree in the terminal. */
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
import { paintFor, type Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { jsonText, jsonValue, qualityWord, shownValue } from "./shown-value.ts";

export const TREE_USAGE = `unshub tree [PATH] [--url ${DEFAULT_HTTP_URL}] [--json]
  Prints the live tree, or what stands below PATH (e.g. Plant1/gw-press/press-01).`;

const rowSchema = z.object({
  id: z.number(),
  name: z.string(),
  kind: z.enum(["group", "edgeNode", "device", "folder", "metric"]),
  branch: z.boolean(),
  unit: z.string().optional(),
  state: z.enum(["online", "offline", "last-known"]).optional(),
  datatype: z.string().optional(),
});
const childrenSchema = z.object({
  rows: z.array(rowSchema),
  more: z.boolean(),
  t: z.number(),
  u: z.array(z.unknown()),
});
const pathSchema = z.object({ rows: z.array(rowSchema).min(1) });

type Row = z.output<typeof rowSchema>;

interface Line {
  readonly row: Row;
  readonly depth: number;
  readonly path: string;
  /** As it came over HTTP. */
  readonly value: unknown;
  readonly quality: string | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly timestamp: number | undefined;
}

export async function tree(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: ASKING_OPTIONS,
  });
  if (positionals.length > 1)
    throw new UsageError(`one PATH at most; quote paths that contain spaces`);
  const paint = paintFor(console);
  let count = 0;
  for await (const line of linesFrom(values.url, positionals[0])) {
    count += 1;
    console.print(values.json ? asJson(line) : painted(line, paint));
  }
  if (count === 0 && !values.json) console.print("Nothing has been published yet.");
  return 0;
}

/** What stands at a path and below it, or everything. */
async function* linesFrom(url: string, path: string | undefined): AsyncGenerator<Line> {
  const start = path === undefined ? [] : await rowsTo(url, path);
  const top = start.at(-1);
  const parentPath = start.map((row) => encodeURIComponent(row.name)).join("/");
  if (top?.kind === "metric") yield await metricLine(url, top, parentPath);
  yield* below(url, { id: top?.id, path: parentPath, depth: 0 });
}

async function rowsTo(url: string, path: string): Promise<readonly Row[]> {
  const { rows } = await askHub(url, `/api/ns/path?p=${encodeURIComponent(path)}`, pathSchema);
  return rows;
}

const valueSchema = z.object({
  value: z.unknown(),
  quality: z.number(),
  timestamp: z.number().nullable(),
});

/** A metric that was asked for itself. */
async function metricLine(url: string, row: Row, path: string): Promise<Line> {
  const answer = await askHub(url, `/api/ns/value?id=${row.id}`, valueSchema);
  return {
    row,
    depth: 0,
    path,
    value: answer.value,
    quality: qualityWord(answer.quality),
    timestamp: answer.timestamp ?? undefined,
  };
}

interface Parent {
  readonly id: number | undefined;
  readonly path: string;
  readonly depth: number;
}

/** Everything below a row, depth first, page by page. */
async function* below(url: string, parent: Parent): AsyncGenerator<Line> {
  for await (const answer of everyPage(childrenAfter(url, parent.id), lastRow)) {
    const readings = readingsOf(answer);
    for (const row of answer.rows) {
      const path = [parent.path, encodeURIComponent(row.name)]
        .filter((part) => part !== "")
        .join("/");
      yield { row, depth: parent.depth, path, ...(readings.get(row.id) ?? NOTHING) };
      if (row.branch) yield* below(url, { id: row.id, path, depth: parent.depth + 1 });
    }
  }
}

type Children = z.output<typeof childrenSchema>;

function childrenAfter(
  url: string,
  id: number | undefined,
): (after: number | undefined) => Promise<Children> {
  return async (after) => {
    const query = new URLSearchParams({ values: "1", limit: "1000" });
    if (id !== undefined) query.set("id", String(id));
    if (after !== undefined) query.set("after", String(after));
    return await askHub(url, `/api/ns/children?${query.toString()}`, childrenSchema);
  };
}

function lastRow({ rows }: Children): number | undefined {
  return rows.at(-1)?.id;
}

type Reading = Pick<Line, "value" | "quality" | "timestamp">;

const NOTHING: Reading = { value: undefined, quality: undefined, timestamp: undefined };

function readingsOf({ u, t }: Children): ReadonlyMap<number, Reading> {
  const readings = new Map<number, Reading>();
  for (let at = 0; at + 4 < u.length; at += 5) {
    const age = u[at + 3];
    readings.set(Number(u[at]), {
      value: u[at + 1],
      quality: qualityWord(u[at + 2]),
      timestamp: typeof age === "number" ? t + age : undefined,
    });
  }
  return readings;
}

function asText({ row, depth, value, quality }: Line): string {
  const indent = "  ".repeat(depth);
  if (row.kind !== "metric")
    return `${indent}${row.name}${row.state === undefined ? "" : `  (${row.state})`}`;
  const worth = quality === "good" ? "" : `  [${quality}]`;
  const shown = value === undefined ? "" : shownValue(value, row.datatype);
  return `${`${indent}${row.name}`.padEnd(40)} ${shown}${row.unit === undefined ? "" : ` ${row.unit}`}${worth}`;
}

function painted(line: Line, paint: Paint): string {
  const { row, quality } = line;
  const text = printable(asText(line));
  if (row.kind === "metric") return paint(text, quality === "good" ? undefined : "warn");
  if (row.state === "offline") return paint(text, "bad");
  return paint(text, row.state === "last-known" ? "warn" : "strong");
}

function asJson({ row, path, value, quality, timestamp }: Line): string {
  const { kind, unit, state, datatype } = row;
  const exact = jsonValue(value, datatype);
  return jsonText({ path, kind, state, value: exact, unit, datatype, quality, timestamp });
}
