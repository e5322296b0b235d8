/** `unshub conformance`: how each edge node and host that connects stands with the statements of Sparkplug 3.0. */
import { z } from "zod";
import {
  ASKING_OPTIONS,
  DEFAULT_HTTP_URL,
  readArguments,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { askHub } from "./http.ts";
import { printable } from "./printable.ts";
import { sinceMs } from "./since.ts";

export const CONFORMANCE_USAGE = `unshub conformance [--since 10m] [--json] [--url ${DEFAULT_HTTP_URL}]
  Grades each edge node and host by what it sent: statements kept, broken, not seen yet. Exit code 1 when one is broken;
  what only goes against a SHOULD is told as "advice".`;

const statementSchema = z.object({
  id: z.string(),
  code: z.string(),
  count: z.number(),
  because: z.string(),
  lastAt: z.number(),
});
const gradeSchema = z.object({
  kind: z.string(),
  name: z.string(),
  fine: z.array(z.string()),
  broken: z.array(statementSchema),
  unadvised: z.array(statementSchema),
  notSeen: z.array(z.string()),
  lastAt: z.number(),
});
const answerSchema = z.object({ grades: z.array(gradeSchema) });

type Grade = z.output<typeof gradeSchema>;

export async function conformance(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values } = readArguments({
    args: [...args],
    options: {
      ...ASKING_OPTIONS,
      since: { type: "string" },
    },
  });
  const since = sinceMs(values.since, Date.now());
  const { grades } = await askHub(values.url, `/api/v1/conformance?since=${since}`, answerSchema);
  for (const grade of grades) console.print(values.json ? JSON.stringify(grade) : asText(grade));
  if (grades.length === 0 && !values.json) console.print("No edge node or host was heard.");
  return grades.some(({ broken }) => broken.length > 0) ? 1 : 0;
}

function asText({ kind, name, fine, broken, unadvised, notSeen }: Grade): string {
  const counts = `${fine.length} kept, ${broken.length} broken, ${notSeen.length} not seen yet`;
  const lines = [...broken.map(lineOf("broken")), ...unadvised.map(lineOf("advice"))];
  return [`${kind} ${name}: ${counts}`, ...lines].map(printable).join("\n");
}

function lineOf(what: string): (statement: z.output<typeof statementSchema>) => string {
  return ({ id, code, count, because }) => `  ${what} ${id}  ${code}, ${count} times: ${because}`;
}
