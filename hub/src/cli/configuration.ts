/** `unshub plan`, `apply` and `rollback`: a changed configuration of a running hub, looked at before it is done. */
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import {
  ASKING_OPTIONS,
  CommandFailure,
  DEFAULT_HTTP_URL,
  readArguments,
  UsageError,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { askHub } from "./http.ts";
import { paintFor, type Meaning } from "./paint.ts";
import { printable } from "./printable.ts";

export const PLAN_USAGE = `unshub plan FILE [--json] [--url ${DEFAULT_HTTP_URL}]
  What a changed configuration would do to a running hub: births that are issued again, metrics added, removed and retyped,
  plain topics that are cleared, and the clients that read them. Changes nothing. Exit code 2 when FILE has a problem. The
  last line is the basis: the SHA-256 of the file that the hub has now.`;

export const APPLY_USAGE = `unshub apply FILE [--basis SHA256] [--json] [--url ${DEFAULT_HTTP_URL}]
  Shows the plan and applies it: the hub keeps FILE as its unshub.yaml and gives it to its adapters; when one of them refuses
  it, everything goes back by itself. Files that FILE names are seen from the folder of the hub's own. Nothing is done when
  the hub's file is another by then than the plan was made for; with --basis, than the one that FILE was made from, so that
  nobody else's change is taken back: unshub plan says it, and sha256sum of the file.`;

export const ROLLBACK_USAGE = `unshub rollback [--list] [--json] [--url ${DEFAULT_HTTP_URL}]
  Applies the configuration before the one that runs; --list shows those that were applied.`;

const planSchema = z.object({
  /** A hub of another version may not tell. */
  basis: z.string().optional(),
  sections: z.array(z.string()),
  secrets: z.array(z.object({ key: z.string(), change: z.string() })).default([]),
  adapters: z.array(z.object({ adapter: z.string(), edgeNode: z.string(), change: z.string() })),
  births: z.array(z.object({ edgeNode: z.string(), device: z.string(), change: z.string() })),
  metrics: z.array(
    z.object({
      path: z.string(),
      change: z.enum(["added", "removed", "retyped"]),
      before: z.string().optional(),
      after: z.string().optional(),
    }),
  ),
  topics: z.array(z.string()),
  clients: z.array(
    z.object({
      clientId: z.string(),
      address: z.string(),
      isConnected: z.boolean(),
      filters: z.array(z.string()),
    }),
  ),
});
const generationSchema = z.object({ number: z.number(), at: z.number(), by: z.string() });
const appliedSchema = z.object({ generation: generationSchema, plan: planSchema });
const listSchema = z.object({
  running: z.number().nullable(),
  generations: z.array(generationSchema),
});

type Plan = z.output<typeof planSchema>;

const OPTIONS = {
  ...ASKING_OPTIONS,
} as const;

export async function plan(args: readonly string[], console: Console): Promise<ExitCode> {
  const given = { args: [...args], allowPositionals: true, options: OPTIONS } as const;
  const { values, positionals } = readArguments(given);
  const text = textNamed(positionals, "plan");
  const found = await planned(values.url, text);
  printPlan(found, values.json, console);
  if (!values.json && found.basis !== undefined) console.print(`Basis: ${found.basis}`);
  return 0;
}

export async function apply(args: readonly string[], console: Console): Promise<ExitCode> {
  const options = { ...OPTIONS, basis: { type: "string" } } as const;
  const given = { args: [...args], allowPositionals: true, options } as const;
  const { values, positionals } = readArguments(given);
  const { url, json } = values;
  const told = basisIn(values.basis);
  const text = textNamed(positionals, "apply");
  const found = await planned(url, text);
  if (!json) printPlan(found, false, console);
  const basis = told ?? found.basis;
  const wanted = { text, ...(basis !== undefined && { basis }) };
  const done = await askHub(url, "/api/v1/configuration/apply", appliedSchema, wanted);
  printApplied(done, json, console);
  return 0;
}

export async function rollback(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values } = readArguments({
    args: [...args],
    options: { ...OPTIONS, list: { type: "boolean", default: false } },
  });
  const { url, json } = values;
  if (values.list) return await list(url, json, console);
  const done = await askHub(url, "/api/v1/configuration/rollback", appliedSchema, {});
  if (!json) printPlan(done.plan, false, console);
  printApplied(done, json, console);
  return 0;
}

async function list(url: string, isJson: boolean, console: Console): Promise<ExitCode> {
  const { running, generations } = await askHub(url, "/api/v1/configuration", listSchema);
  for (const each of generations) {
    const isRunning = each.number === running;
    if (isJson) console.print(JSON.stringify({ ...each, isRunning }));
    else {
      const mark = isRunning ? "*" : " ";
      const at = new Date(each.at).toISOString();
      console.print(`${mark} ${String(each.number).padStart(4)}  ${at}  ${printable(each.by)}`);
    }
  }
  if (!isJson && generations.length === 0) console.print("Nothing was applied yet.");
  return 0;
}

/** @throws {UsageError} when that is no SHA-256. */
function basisIn(text: string | undefined): string | undefined {
  if (text === undefined || /^[0-9a-f]{64}$/i.test(text)) return text?.toLowerCase();
  throw new UsageError("--basis is the SHA-256 of a file, 64 hex digits: unshub plan says it");
}

function textNamed([file, ...more]: readonly string[], command: string): string {
  if (file === undefined || more.length > 0)
    throw new UsageError(`name one file: unshub ${command} FILE`);
  if (!existsSync(file)) throw new UsageError(`there is no file ${file}`);
  return readFileSync(file, "utf8");
}

/** @throws {UsageError} with every problem of the file. */
async function planned(url: string, text: string): Promise<Plan> {
  try {
    return await askHub(url, "/api/v1/configuration/plan", planSchema, { text });
  } catch (error) {
    const isProblem = error instanceof CommandFailure && error.status === 400;
    throw isProblem ? new UsageError(error.message, { cause: error }) : error;
  }
}

function printApplied(
  { generation, plan: done }: z.output<typeof appliedSchema>,
  isJson: boolean,
  console: Console,
): void {
  if (isJson) console.print(JSON.stringify({ generation, ...done }));
  else console.print(`Applied: generation ${generation.number}. Back: unshub rollback`);
}

function printPlan(found: Plan, isJson: boolean, console: Console): void {
  if (isJson) console.print(JSON.stringify(found));
  else {
    const paint = paintFor(console);
    for (const line of planText(found)) console.print(paint(line, meaningOf(line)));
  }
}

/** So many lines of a kind; the JSON has them all. */
const SHOWN = 50;

const SIGNS = { added: "+", removed: "-", retyped: "~" } as const;

function meaningOf(line: string): Meaning | undefined {
  if (line.startsWith("  + ")) return "good";
  if (line.startsWith("  - ")) return "bad";
  if (line.startsWith("  ~ ")) return "warn";
  return line.startsWith(" ") ? undefined : "strong";
}

function planText(found: Plan): readonly string[] {
  const { sections, secrets, adapters, births, metrics, topics, clients } = found;
  const lines = [
    ...some("Adapters", adapters, (each) => `${each.adapter} (${each.edgeNode}) ${each.change}`),
    ...some("Births", births, (each) => `${each.edgeNode}/${each.device} ${each.change}`),
    ...some("Metrics", metrics, metricText),
    ...some("Plain topics cleared", topics, (topic) => topic),
    ...some("Read by", clients, clientText),
    ...some("Secrets changed", secrets, secretText),
    ...some("Only at the next start of the hub", sections, (section) => `${section}:`),
  ];
  return lines.length === 0 ? ["Nothing would change."] : lines.map(printable);
}

function some<Item>(
  head: string,
  items: readonly Item[],
  text: (item: Item) => string,
): readonly string[] {
  if (items.length === 0) return [];
  const rest = items.length - SHOWN;
  return [
    `${head} (${items.length}):`,
    ...items.slice(0, SHOWN).map((item) => `  ${text(item)}`),
    ...(rest > 0 ? [`  … and ${rest} more; --json shows all`] : []),
  ];
}

function metricText({ path, change, before, after }: Plan["metrics"][number]): string {
  const type = change === "retyped" ? `${before} → ${after}` : (after ?? before ?? "");
  return `${SIGNS[change]} ${path}${type === "" ? "" : `  ${type}`}`;
}

function secretText({ key, change }: Plan["secrets"][number]): string {
  return change === "content"
    ? `${key} (taken at the next connection)`
    : `${key} (named otherwise)`;
}

function clientText({ clientId, address, isConnected, filters }: Plan["clients"][number]): string {
  return `${clientId} (${isConnected ? address : "away"}): ${filters.join(", ")}`;
}
