/** `unshub write`: a command through the hub; done only when the value has come back. */
import { z } from "zod";
import {
  DEFAULT_HTTP_URL,
  readArguments,
  URL_OPTION,
  UsageError,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { askHub } from "./http.ts";

export const WRITE_USAGE = `unshub write PATH VALUE [--reason TEXT] [--url ${DEFAULT_HTTP_URL}] [--json]
  Writes one metric and waits for the read-back. Exit code 0 only when the value came back. PATH as in the tree, or in the
  plant (unshub uns); the reason stands on the audit trail.`;

/** What came of a command. */
export const outcomeSchema = z.discriminatedUnion("result", [
  z.object({ result: z.literal("confirmed"), afterMs: z.number(), unchanged: z.boolean() }),
  z.object({
    result: z.enum(["mismatch", "timeout", "offline", "failed", "waiting"]),
    because: z.string(),
    id: z.number().optional(),
  }),
  z.object({
    result: z.literal("refused"),
    because: z.string(),
    code: z.string().optional(),
  }),
]);

export async function write(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values, positionals } = readArguments({
    args: negativesLast(args),
    allowPositionals: true,
    options: {
      ...URL_OPTION,
      reason: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const [path, value, ...more] = positionals;
  if (path === undefined || value === undefined || more.length > 0) {
    throw new UsageError(
      `PATH and VALUE, please; a text that begins with "-" needs "--" before PATH\n${WRITE_USAGE}`,
    );
  }
  const { reason } = values;
  const wish = { path, value, ...(reason !== undefined && { reason }) };
  const outcome = await askHub(values.url, "/api/ns/write", outcomeSchema, wish);
  if (values.json) {
    console.print(JSON.stringify({ path, ...outcome }));
    return outcome.result === "confirmed" ? 0 : 1;
  }
  return tellOutcome(`${path} = ${value}`, outcome, console);
}

/** A negative number is a value, no option: it goes behind the `--` that says so. */
function negativesLast(args: readonly string[]): string[] {
  const at = args.findIndex((arg) => /^-(\d|\.\d)/.test(arg));
  const ends = args.indexOf("--");
  if (at === -1 || (ends !== -1 && ends < at)) return [...args];
  const [value = ""] = args.slice(at, at + 1);
  const others = args.toSpliced(at, 1);
  return ends === -1 ? [...others, "--", value] : [...others, value];
}

/** In a sentence. */
export function tellOutcome(
  what: string,
  outcome: z.output<typeof outcomeSchema>,
  console: Console,
): ExitCode {
  if (outcome.result === "confirmed") {
    const how = outcome.unchanged ? "as it was before" : `read back after ${outcome.afterMs} ms`;
    console.print(`${what}, ${how}`);
    return 0;
  }
  const id =
    "id" in outcome && outcome.id !== undefined ? ` (unshub commands approve ${outcome.id})` : "";
  console.complain(`${outcome.result}: ${outcome.because}${id}`);
  return 1;
}
