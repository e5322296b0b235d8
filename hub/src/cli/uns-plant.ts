/** The plant by its paths in the terminal: places, devices, folders in names, metrics with their values. */
import { z } from "zod";
import type { Console } from "./arguments.ts";
import { askHub, everyPage } from "./http.ts";
import { printable } from "./printable.ts";
import { jsonText, jsonValue, qualityWord, shownValue } from "./shown-value.ts";

const rowSchema = z.object({
  key: z.string(),
  id: z.number().optional(),
  name: z.string(),
  path: z.string(),
  kind: z.enum(["place", "group", "edgeNode", "device", "folder", "metric"]),
  branch: z.boolean(),
  level: z.string().optional(),
  unit: z.string().optional(),
  state: z.enum(["online", "offline", "last-known"]).optional(),
  datatype: z.string().optional(),
});
const answerSchema = z.object({
  rows: z.array(rowSchema),
  more: z.boolean(),
  own: rowSchema.partial({ key: true, path: true }).optional(),
  u: z.array(z.unknown()),
});

type Row = z.output<typeof rowSchema>;
type Answer = z.output<typeof answerSchema>;

interface Asked {
  readonly url: string;
  readonly json: boolean;
}

/** What stands at a path and below it; everything when it is empty. */
export async function printPlant(asked: Asked, path: string, console: Console): Promise<void> {
  const first = await page(asked.url, path, { limit: 1 });
  const { own } = first;
  if (own?.kind === "metric")
    console.print(lineOf({ ...own, key: "", path }, { asked, depth: 0, values: valuesOf(first) }));
  const count = await printBelow(asked, { path, depth: 0 }, console);
  if (count === 0 && path === "" && !asked.json) console.print("Nothing has been published yet.");
}

/** Answers how many rows there were. */
async function printBelow(
  asked: Asked,
  { path, depth }: { readonly path: string; readonly depth: number },
  console: Console,
): Promise<number> {
  let count = 0;
  const pages = everyPage(
    (after: string | undefined) => page(asked.url, path, { limit: PAGE, after }),
    ({ rows }) => rows.at(-1)?.key,
  );
  for await (const answer of pages) {
    const values = valuesOf(answer);
    count += answer.rows.length;
    for (const row of answer.rows) {
      console.print(lineOf(row, { asked, depth, values }));
      if (row.branch) await printBelow(asked, { path: row.path, depth: depth + 1 }, console);
    }
  }
  return count;
}

const PAGE = 1000;

async function page(
  url: string,
  path: string,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
): Promise<Answer> {
  const query = new URLSearchParams({ p: path, values: "1", limit: String(limit) });
  if (after !== undefined) query.set("after", after);
  return await askHub(url, `/api/ns/uns?${query.toString()}`, answerSchema);
}

interface Value {
  readonly value: unknown;
  readonly quality: string | undefined;
}

/** By the row in the tree; five numbers for each. */
function valuesOf({ u }: Answer): ReadonlyMap<number, Value> {
  const values = new Map<number, Value>();
  for (let at = 0; at + 4 < u.length; at += 5)
    values.set(Number(u[at]), { value: u[at + 1], quality: qualityWord(u[at + 2]) });
  return values;
}

interface Shown {
  readonly asked: Asked;
  readonly depth: number;
  readonly values: ReadonlyMap<number, Value>;
}

function lineOf(row: Row, { asked, depth, values }: Shown): string {
  const { id, name, path, kind, level, unit, state, datatype } = row;
  const found = id === undefined ? undefined : values.get(id);
  const quality = found?.quality;
  if (asked.json) {
    const value = jsonValue(found?.value, datatype);
    return jsonText({ path, kind, level, state, value, unit, datatype, quality });
  }
  const value = found && shownValue(found.value, datatype);
  const label = `${"  ".repeat(depth)}${name}`;
  const remark = state ?? level;
  if (kind !== "metric") return printable(remark === undefined ? label : `${label}  (${remark})`);
  const worth = quality === "good" ? "" : `  [${quality}]`;
  return printable(
    `${label.padEnd(40)} ${value ?? ""}${unit === undefined ? "" : ` ${unit}`}${worth}`,
  );
}
