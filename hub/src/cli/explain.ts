/** `unshub explain`: why a value is stale, from the PLC to its readers. */
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
import { paintFor, type Meaning } from "./paint.ts";
import { printable } from "./printable.ts";
import { shortDuration } from "./text-table.ts";
import { wrapped } from "./wrapped.ts";

export const EXPLAIN_USAGE = `unshub explain PATH [--url ${DEFAULT_HTTP_URL}] [--json]
  Why a value is stale: PATH is a metric, device or edge node as in unshub tree. Shows each hop from the PLC to the
  readers, the first one that is broken, and what to do next.`;

const hopSchema = z.object({
  hop: z.string(),
  status: z.enum(["ok", "broken", "suspect", "unknown"]),
  since: z.number().optional(),
  says: z.string(),
  evidence: z.array(z.tuple([z.string(), z.string()])),
  todo: z.string().optional(),
});
const explanationSchema = z.object({
  path: z.string(),
  kind: z.string(),
  quality: z.string().optional(),
  receivedAt: z.number().optional(),
  now: z.number(),
  startedAt: z.number(),
  verdict: z.object({
    status: z.enum(["ok", "broken", "suspect"]),
    hop: z.string().optional(),
    says: z.string(),
    todo: z.string().optional(),
  }),
  hops: z.array(hopSchema),
});

type Explanation = z.output<typeof explanationSchema>;
type Hop = z.output<typeof hopSchema>;

export async function explain(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: ASKING_OPTIONS,
  });
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0)
    throw new UsageError(`one PATH, in quotes when it contains spaces.\n${EXPLAIN_USAGE}`);
  const question = `/api/v1/explain?path=${encodeURIComponent(path)}`;
  const explanation = await askHub(values.url, question, explanationSchema);
  if (values.json) console.print(JSON.stringify(explanation));
  else {
    const paint = paintFor(console);
    for (const line of asText(explanation)) console.print(paint(printable(line), meaningOf(line)));
  }
  return 0;
}

/** Of a line by how it begins. */
function meaningOf(line: string): Meaning | undefined {
  if (line.startsWith("BROKEN")) return "bad";
  if (line.startsWith("suspect ") || line.startsWith(HEADS.suspect)) return "warn";
  return line.startsWith("ok ") || line === HEADS.ok ? "good" : undefined;
}

const MARKS = { ok: "ok", broken: "BROKEN", suspect: "suspect", unknown: "unknown" } as const;
const HEADS = {
  ok: "Nothing is broken.",
  broken: "BROKEN at",
  suspect: "Nothing is surely broken; look at",
} as const;

/** The answer first, then the way to it. */
function asText(explanation: Explanation): readonly string[] {
  const { path, kind, quality, receivedAt, verdict, hops, now } = explanation;
  const { status, hop, says, todo } = verdict;
  const head = hop === undefined ? HEADS[status] : `${HEADS[status]}: ${hop}`;
  const what = kind === "edgeNode" ? "edge node" : kind;
  const from = receivedAt === undefined ? "" : `, received ${age(receivedAt, now)} ago`;
  return [
    `${path}  (${what}${quality === undefined ? "" : `, ${quality}`}${from})`,
    "",
    head,
    ...wrapped(says, "  "),
    ...(todo === undefined ? [] : wrapped(`To do: ${todo}`, "  ")),
    "",
    ...hops.flatMap((each) => hopLines(each, now)),
    "",
    `Figures count from the start of the hub, ${age(explanation.startedAt, now)} ago.`,
  ];
}

/** `BROKEN   PLC           for 12m 5s`, then its sentence and its figures. */
function hopLines({ hop, status, since, says, evidence }: Hop, now: number): readonly string[] {
  const time = since === undefined ? "" : `for ${age(since, now)}, since ${clock(since)}`;
  const head = `${MARKS[status].padEnd(8)} ${hop.padEnd(13)} ${time}`.trimEnd();
  const figures = evidence.map(([name, value]) => `${name}: ${value}`);
  return [head, ...wrapped(says, INDENT), ...figures.flatMap((each) => wrapped(each, FIGURE))];
}

const INDENT = " ".repeat(9);
const FIGURE = " ".repeat(11);

function age(at: number, now: number): string {
  return shortDuration(Math.max(0, now - at));
}

function clock(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}
