/** `unshub write`: a command through the hub; done only when the value has come back. */
import { z } from "zod";
import {
  DEFAULT_HTTP_URL,
  readArguments,
  UsageError,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { askHub } from "./http.ts";

export const WRITE_USAGE = `unshub write PATH VALUE [--json] [--url ${DEFAULT_HTTP_URL}]
  Writes one metric and waits for the read-back. Exit code 0 only when the value came back.`;

const outcomeSchema = z.discriminatedUnion("result", [
  z.object({ result: z.literal("confirmed"), afterMs: z.number(), unchanged: z.boolean() }),
  z.object({
    result: z.enum(["mismatch", "timeout", "offline", "failed", "waiting"]),
    because: z.string(),
  }),
  z.object({ result: z.literal("refused"), because: z.string() }),
]);

export async function write(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      url: { type: "string", default: DEFAULT_HTTP_URL },
      json: { type: "boolean", default: false },
    },
  });
  const [path, value, ...more] = positionals;
  if (path === undefined || value === undefined || more.length > 0) {
    throw new UsageError(
      `PATH and VALUE, please; a negative VALUE needs "--" before PATH\n${WRITE_USAGE}`,
    );
  }
  const outcome = await askHub(values.url, "/api/ns/write", outcomeSchema, { path, value });
  if (values.json) {
    console.print(JSON.stringify({ path, value, ...outcome }));
    return outcome.result === "confirmed" ? 0 : 1;
  }
  if (outcome.result === "confirmed") {
    const how = outcome.unchanged ? "as it was before" : `read back after ${outcome.afterMs} ms`;
    console.print(`${path} = ${value}, ${how}`);
    return 0;
  }
  console.complain(`${outcome.result}: ${outcome.because}`);
  return 1;
}
