/** `unshub audit`: what people and programs did, and whether a trail is whole. */
import { z } from "zod";
import { verifyAudit } from "../identity/index.ts";
import {
  ASKING_OPTIONS,
  CommandFailure,
  readArguments,
  UsageError,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { askHub } from "./http.ts";
import { paintFor } from "./paint.ts";
import { printable } from "./printable.ts";
import { jsonText, shownValue } from "./shown-value.ts";
import { PATH_WIDTH, textTable } from "./text-table.ts";

export const AUDIT_USAGE = `unshub audit [--last N] [--json] [--url URL] | unshub audit verify FILE
  What people and programs did. \`verify\` says whether a trail is whole; exit code 1 when it is not.`;

const lineSchema = z.looseObject({
  at: z.string(),
  actor: z.string(),
  via: z.string(),
  action: z.string(),
  object: z.string().optional(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  result: z.string(),
  reason: z.string().optional(),
});
const auditAnswer = z.object({ lines: z.array(lineSchema) });
type Line = z.output<typeof lineSchema>;

const COLUMNS = [
  ["TIME", "left"],
  ["WHO", "left"],
  ["BY", "left"],
  ["ACTION", "left"],
  ["OBJECT", "left", PATH_WIDTH],
  ["RESULT", "left"],
] as const;

export async function audit(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: { ...ASKING_OPTIONS, last: { type: "string", default: "20" } },
  });
  const [what, file] = positionals;
  if (what === "verify") {
    if (file === undefined) throw new UsageError("verify which file? e.g. data/audit.jsonl");
    return verified(file, console);
  }
  if (what !== undefined) throw new UsageError(AUDIT_USAGE);
  const { url, json, last } = values;
  if (!/^[1-9]\d{0,5}$/.test(last)) throw new UsageError(`--last ${last}: how many lines? e.g. 20`);
  const { lines } = await askHub(url, `/api/v1/audit?last=${last}`, auditAnswer);
  if (json) for (const line of lines) console.print(jsonText(line));
  else printTable(lines, console);
  return 0;
}

/** What was refused or failed stands out. */
function printTable(lines: readonly Line[], console: Console): void {
  const paint = paintFor(console);
  for (const [at, text] of textTable(COLUMNS, lines.map(cells)).entries()) {
    const result = lines[at - 1]?.result;
    const meaning = result === "refused" || result === "failed" ? "warn" : undefined;
    console.print(paint(printable(text), at === 0 ? "strong" : meaning));
  }
}

function cells({ at, actor, via, action, object = "", result, ...rest }: Line): readonly string[] {
  const { before, after, reason } = rest;
  const change = isPlain(after)
    ? `: ${isPlain(before) ? `${told(before)} → ` : ""}${told(after)}`
    : "";
  const outcome = reason === undefined ? result : `${result}: ${reason}`;
  return [at, actor, via, action, `${object}${change}`, outcome];
}

/** Whole objects are for `--json`. */
function isPlain(value: unknown): boolean {
  return value !== undefined && (typeof value !== "object" || value === null);
}

/** What was asked for is text as it was typed. */
function told(value: unknown): string {
  return typeof value === "string" ? value : shownValue(value, undefined);
}

function verified(file: string, console: Console): ExitCode {
  const faults = faultsOf(file);
  for (const { line, because } of faults) console.complain(`${file}:${line}: this line ${because}`);
  if (faults.length === 0) console.print(`${file} is whole`);
  return faults.length === 0 ? 0 : 1;
}

function faultsOf(file: string): ReturnType<typeof verifyAudit> {
  try {
    return verifyAudit(file);
  } catch (cause) {
    throw new CommandFailure(`${file} cannot be read`, { cause });
  }
}
