/** `unshub counters`: what is counted of an edge node begins anew. */
import { z } from "zod";
import {
  ASKING_OPTIONS,
  DEFAULT_HTTP_URL,
  oneNode,
  readArguments,
  UsageError,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { askHub } from "./http.ts";
import { printable } from "./printable.ts";

export const COUNTERS_USAGE = `unshub counters reset GROUP/NODE [--json] [--url ${DEFAULT_HTTP_URL}]
  Counts anew what an edge node and its devices do. Its life goes on, and tells of it; so does the audit trail.`;

const answerSchema = z.object({ countedSince: z.number() });

export async function counters(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: ASKING_OPTIONS,
  });
  const [what, ...rest] = positionals;
  if (what !== "reset") throw new UsageError(COUNTERS_USAGE);
  const { node, path } = oneNode(rest, COUNTERS_USAGE);
  const url = `/api/v1/nodes/${path}/counters`;
  const { countedSince } = await askHub(values.url, url, answerSchema, "DELETE");
  if (values.json) console.print(JSON.stringify({ edgeNode: node, countedSince }));
  else console.print(`The counters of ${printable(node)} begin anew.`);
  return 0;
}
