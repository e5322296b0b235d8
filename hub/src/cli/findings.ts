/** `unshub findings`: what the guard found, one paragraph each. */
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import {
  ASKING_OPTIONS,
  DEFAULT_HTTP_URL,
  readArguments,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { askHub } from "./http.ts";
import { paintFor, type Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { sinceMs } from "./since.ts";

export const FINDINGS_USAGE = `unshub findings [--follow] [--since 10m] [--json] [--url ${DEFAULT_HTTP_URL}]
  What clients do against the rules of Sparkplug: sentence, sender, statements broken, what to do.`;

const findingSchema = z.looseObject({
  code: z.string(),
  title: z.string(),
  level: z.string(),
  clientId: z.string(),
  address: z.string(),
  subject: z.string(),
  topic: z.string(),
  because: z.string(),
  advice: z.string(),
  ids: z.array(z.string()),
  count: z.number(),
  lastAt: z.number(),
  acknowledged: z.object({ by: z.string() }).nullish(),
  muted: z.object({ by: z.string(), until: z.number() }).nullish(),
  resolved: z.object({ at: z.number() }).nullish(),
});
const answerSchema = z.object({ now: z.number(), findings: z.array(findingSchema) });

type Finding = z.output<typeof findingSchema>;

const FOLLOW_MS = 1000;

export async function findings(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values } = readArguments({
    args: [...args],
    options: {
      ...ASKING_OPTIONS,
      follow: { type: "boolean", default: false },
      since: { type: "string" },
    },
  });
  const paint = paintFor(console);
  const counts = new Map<string, number>();
  let since = sinceMs(values.since, Date.now());
  do {
    const answer = await askHub(values.url, `/api/v1/findings?since=${since}`, answerSchema);
    for (const finding of news(answer.findings, counts))
      console.print(values.json ? JSON.stringify(finding) : asText(finding, paint));
    if (!values.follow && !values.json && counts.size === 0) console.print("Nothing was found.");
    since = answer.now - FOLLOW_MS;
    if (values.follow) await pauseUntilNext(console.stop);
  } while (values.follow && !console.stop.aborted);
  return 0;
}

/** Those that were seen again since they were printed. */
function news(all: readonly Finding[], counts: Map<string, number>): readonly Finding[] {
  return all.filter(({ code, clientId, count }) => {
    const key = JSON.stringify([code, clientId]);
    const isNew = counts.get(key) !== count;
    counts.set(key, count);
    return isNew;
  });
}

async function pauseUntilNext(signal: AbortSignal): Promise<void> {
  await pause(FOLLOW_MS, undefined, { signal }).catch(() => undefined); // told to stop
}

function asText(finding: Finding, paint: Paint): string {
  const {
    code,
    title,
    level,
    clientId,
    address,
    subject,
    topic,
    because,
    advice,
    ids,
    count,
    lastAt,
  } = finding;
  const time = new Date(lastAt).toISOString();
  const who = clientId === subject ? "" : `, client "${clientId}" (${address})`; // a place has no client
  const [head = "", ...lines] = [
    `${time} ${code} ${title} [${level}${becameOf(finding)}]  ${count} times`,
    `  ${because}`,
    `  ${subject}${who}${topic === "" ? "" : `, ${topic}`}`,
    `  To do: ${advice}`,
    ...(ids.length === 0 ? [] : [`  ${ids.join(" ")}`]),
  ].map(printable);
  return [paint(head, level === "reject" ? "bad" : "warn"), ...lines].join("\n");
}

/** What became of it, where it is not simply open. */
function becameOf({ acknowledged, muted, resolved }: Finding): string {
  const said = [
    ...(acknowledged ? [`acknowledged by ${acknowledged.by}`] : []),
    ...(resolved ? [`resolved by itself ${new Date(resolved.at).toISOString()}`] : []),
    ...(muted ? [`muted by ${muted.by} until ${new Date(muted.until).toISOString()}`] : []),
  ];
  return said.map((one) => `, ${one}`).join("");
}
