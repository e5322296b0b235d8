/** `unshub commands`: what was commanded lately, step by step; and the yes or no of a second person. */
import { z } from "zod";
import {
  ASKING_OPTIONS,
  DEFAULT_HTTP_URL,
  readArguments,
  UsageError,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { askHub } from "./http.ts";
import { paintFor, type Meaning, type Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { jsonText, shownValue } from "./shown-value.ts";
import { PATH_WIDTH, textTable } from "./text-table.ts";
import { outcomeSchema, tellOutcome } from "./write.ts";

export const COMMANDS_USAGE = `unshub commands [ID] [--url ${DEFAULT_HTTP_URL}] [--json]
unshub commands approve ID | reject ID [--url URL]
  The last commands to metrics, whoever gave them, and what came of each; with ID each step of one. \`approve\` is the
  second person's yes to a command that waits for one; exit code 0 only when the value came back.`;

const stepSchema = z.object({ step: z.string(), at: z.number(), note: z.string().optional() });
const commandSchema = z.looseObject({
  id: z.number(),
  path: z.string(),
  by: z.object({ actor: z.string(), via: z.string() }),
  asked: z.unknown(),
  before: z.unknown(),
  reason: z.string().optional(),
  steps: z.array(stepSchema),
  outcome: z
    .looseObject({
      result: z.string(),
      because: z.string().optional(),
      value: z.unknown().optional(),
      unchanged: z.boolean().optional(),
    })
    .optional(),
});
const listSchema = z.object({ commands: z.array(commandSchema) });
type Command = z.output<typeof commandSchema>;

export async function commands(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: ASKING_OPTIONS,
  });
  const [first, second, ...more] = positionals;
  if (more.length > 0) throw new UsageError(COMMANDS_USAGE);
  if (first === "approve" || first === "reject") {
    const path = `/api/v1/commands/${idIn(second)}/${first}`;
    const outcome = await askHub(values.url, path, outcomeSchema, {});
    if (first === "reject" && outcome.result === "refused" && outcome.code === "REJECTED") {
      console.print(`command ${second} will not be carried out`);
      return 0;
    }
    return tellOutcome(`command ${second}`, outcome, console);
  }
  if (second !== undefined) throw new UsageError(COMMANDS_USAGE);
  if (first !== undefined) return await showOne(idIn(first), values, console);
  const { commands: all } = await askHub(values.url, "/api/v1/commands", listSchema);
  if (values.json) for (const command of all) console.print(jsonText(command));
  else for (const line of lines(all, paintFor(console))) console.print(line);
  return 0;
}

function idIn(text: string | undefined): number {
  if (text !== undefined && /^[1-9]\d*$/.test(text)) return Number(text);
  throw new UsageError(
    `${text === undefined ? "ID is missing" : `"${text}" is no ID`}\n${COMMANDS_USAGE}`,
  );
}

async function showOne(
  id: number,
  { url, json }: { readonly url: string; readonly json: boolean },
  console: Console,
): Promise<ExitCode> {
  const command = await askHub(url, `/api/v1/commands/${id}`, commandSchema);
  if (json) {
    console.print(jsonText(command));
    return 0;
  }
  const { path, before, asked, by, reason, steps, outcome } = command;
  console.print(
    printable(`${path}: ${valueText(before)} → ${valueText(asked)}, by ${by.actor} (${by.via})`),
  );
  if (reason !== undefined) console.print(printable(`reason: ${reason}`));
  const start = steps[0]?.at ?? 0;
  const rows = steps.map(({ step, at, note = "" }) => [clock(at), `+${at - start} ms`, step, note]);
  for (const line of textTable(STEPS, rows)) console.print(printable(line));
  console.print(paintFor(console)(printable(outcomeText(outcome)), meaningOf(outcome)));
  return 0;
}

/** How it ended, which the last step alone does not say. */
function outcomeText(outcome: Command["outcome"]): string {
  if (outcome === undefined) return "under way";
  const { result, because, value, unchanged } = outcome;
  if (because !== undefined) return `${result}: ${because}`;
  const how = unchanged === true ? "it was so before" : "read back";
  return result === "confirmed" ? `confirmed: ${valueText(value)}, ${how}` : result;
}

const STEPS = [
  ["TIME", "left"],
  ["AFTER", "right"],
  ["STEP", "left"],
  ["NOTE", "left"],
] as const;

const HEAD = [
  ["ID", "right"],
  ["TIME", "left"],
  ["METRIC", "left", PATH_WIDTH],
  ["FROM", "right"],
  ["TO", "right"],
  ["BY", "left"],
  ["RESULT", "left"],
] as const;

function lines(all: readonly Command[], paint: Paint): readonly string[] {
  if (all.length === 0) return ["Nothing was commanded since the hub started."];
  return textTable(HEAD, all.map(cells)).map((line, at) =>
    paint(line, at === 0 ? "strong" : meaningOf(all[at - 1]?.outcome)),
  );
}

/** What is under way has no colour yet. */
function meaningOf(outcome: Command["outcome"]): Meaning | undefined {
  if (outcome === undefined) return undefined;
  return outcome.result === "confirmed" ? "good" : "warn";
}

function cells({ id, path, before, asked, by, steps, outcome }: Command): readonly string[] {
  const result = outcome?.result ?? "under way";
  const because = outcome?.because === undefined ? "" : `: ${outcome.because}`;
  return [
    String(id),
    clock(steps[0]?.at ?? 0),
    printable(path),
    printable(valueText(before)),
    printable(valueText(asked)),
    printable(by.actor),
    printable(`${result}${because}`),
  ];
}

/** What was asked for is text as it was typed, where it was typed. */
function valueText(value: unknown): string {
  return typeof value === "string" ? value : shownValue(value, undefined);
}

/** UTC, as everywhere else. */
function clock(at: number): string {
  return new Date(at).toISOString();
}
