/** `unshub sinks`: how sinks stand, what their targets refused, and how that is written again. */
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
import { printable } from "./printable.ts";
import { shortDuration, textTable } from "./text-table.ts";

export const SINKS_USAGE = `unshub sinks [list | dead-letters NAME | retry NAME] [--json] [--limit 100] [--url ${DEFAULT_HTTP_URL}]
  Where values go besides: whether each sink writes, how many values wait, how old the oldest is, what went wrong. Exit code
  1 when one is down. dead-letters: values that the target refused, and why; retry writes them again.`;

const sinksAnswer = z.object({
  sinks: z.array(
    z.looseObject({
      name: z.string(),
      type: z.string(),
      target: z.string(),
      status: z.string(),
      error: z.string().optional(),
      backlogRows: z.number(),
      lagMs: z.number(),
      rowsWritten: z.number(),
      missedRows: z.number(),
      deadLetters: z.number(),
    }),
  ),
});
const lettersAnswer = z.object({
  total: z.number(),
  deadLetters: z.array(
    z.looseObject({
      at: z.string(),
      error: z.string(),
      path: z.string(),
      time: z.string().optional(),
      value: z.unknown(),
    }),
  ),
});
const retryAnswer = z.object({ written: z.number(), left: z.number() });
const COLUMNS = [
  ["name", "left"],
  ["type", "left"],
  ["state", "left"],
  ["written", "right"],
  ["waiting", "right"],
  ["lag", "right"],
  ["missed", "right"],
  ["dead", "right"],
  ["target", "left"],
] as const;

interface Asked {
  readonly url: string;
  readonly json: boolean;
  readonly limit: string;
}

export async function sinks(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      ...ASKING_OPTIONS,
      limit: { type: "string", default: "100" },
    },
  });
  const [what = "list", name = ""] = positionals;
  if (what === "list") return await list(values, console);
  if (name === "") throw new UsageError(SINKS_USAGE);
  if (what === "dead-letters") return await deadLetters(name, values, console);
  if (what === "retry") return await retry(name, values, console);
  throw new UsageError(SINKS_USAGE);
}

async function list({ url, json }: Asked, console: Console): Promise<ExitCode> {
  const { sinks: found } = await askHub(url, "/api/v1/sinks", sinksAnswer);
  const exitCode = found.some(({ status }) => status === "down") ? 1 : 0;
  if (json) {
    for (const sink of found) console.print(JSON.stringify(sink));
    return exitCode;
  }
  const rows = found.map((sink) => [
    sink.name,
    sink.type,
    sink.status,
    String(sink.rowsWritten),
    String(sink.backlogRows),
    shortDuration(sink.lagMs),
    String(sink.missedRows),
    String(sink.deadLetters),
    sink.target,
  ]);
  for (const line of textTable(COLUMNS, rows)) console.print(printable(line));
  for (const { name, error } of found) {
    if (error !== undefined) console.print(printable(`${name}: ${error}`));
  }
  return exitCode;
}

async function deadLetters(
  name: string,
  { url, json, limit }: Asked,
  console: Console,
): Promise<ExitCode> {
  const path = `/api/v1/sinks/${encodeURIComponent(name)}/dead-letters?limit=${encodeURIComponent(limit)}`;
  const { total, deadLetters: letters } = await askHub(url, path, lettersAnswer);
  for (const letter of letters) {
    if (json) console.print(JSON.stringify(letter, exactly));
    else {
      const { time = "", path: metric, value, error } = letter;
      console.print(printable(`${time}  ${metric}  ${JSON.stringify(value, exactly)}  ${error}`));
    }
  }
  if (!json && total > letters.length) console.print(`… ${total} in all`);
  return 0;
}

async function retry(name: string, { url, json }: Asked, console: Console): Promise<ExitCode> {
  const path = `/api/v1/sinks/${encodeURIComponent(name)}/retry`;
  const done = await askHub(url, path, retryAnswer, {});
  console.print(
    json ? JSON.stringify(done) : printable(`${name}: ${done.written} written, ${done.left} left`),
  );
  return done.left === 0 ? 0 : 1;
}

function exactly(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? JSON.rawJSON(value.toString()) : value;
}
