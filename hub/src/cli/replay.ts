/** `unshub replay`: tells a part of the plant again, and follows how far it is. */
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import {
  CommandFailure,
  ASKING_OPTIONS,
  DEFAULT_HTTP_URL,
  readArguments,
  UsageError,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { askHub } from "./http.ts";
import { rangeOf } from "./instant.ts";
import { printable } from "./printable.ts";

export const REPLAY_USAGE = `unshub replay PATH [--since 1h | --from TIME] [--to TIME] [--speed 1..100] [--as historical|sandbox] [--prefix replay] [--json] [--url ${DEFAULT_HTTP_URL}]
unshub replay --list [--json]
unshub replay --stop ID
unshub replay --approve ID | --reject ID
  Tells the values at or below PATH again, in the order of their time, at the pace of then or up to 100 times as fast:
  to hosts as historical values, which touch nothing that is live (the edge node is called as that one with .replay behind);
  as a sandbox on plain topics below a prefix. Follows it to its end; Ctrl-C stops it.
  --list shows what runs, and what assistants have proposed: it starts when you approve it, as the second person.`;

const stateSchema = z.looseObject({
  id: z.number(),
  path: z.string(),
  state: z.enum(["running", "done", "stopped", "failed"]),
  because: z.string().optional(),
  as: z.string(),
  speed: z.number(),
  metrics: z.number(),
  published: z.number(),
  from: z.number(),
  to: z.number(),
  reached: z.number(),
});
type State = z.output<typeof stateSchema>;
const proposalSchema = z.looseObject({
  id: z.number(),
  path: z.string(),
  as: z.string(),
  speed: z.number(),
  from: z.number(),
  to: z.number(),
  by: z.string(),
  reason: z.string(),
});
type Proposal = z.output<typeof proposalSchema>;
const proposalsSchema = z.object({ proposals: z.array(proposalSchema) });
const listSchema = z.object({ replays: z.array(stateSchema) });

const ROUTE = "/api/v1/replays";
const PROPOSALS = `${ROUTE}/proposals`;
const LOOK_MS = 250;

export async function replay(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      ...ASKING_OPTIONS,
      since: { type: "string" },
      from: { type: "string" },
      to: { type: "string" },
      speed: { type: "string", default: "1" },
      as: { type: "string", default: "historical" },
      prefix: { type: "string" },
      list: { type: "boolean", default: false },
      stop: { type: "string" },
      approve: { type: "string" },
      reject: { type: "string" },
    },
  });
  const { url, json } = values;
  const print = (state: State): void =>
    console.print(json ? JSON.stringify(state) : wordsOf(state));
  if (values.list) return await list({ url, json }, console);
  const { reject, approve, stop: stopped } = values;
  if (reject !== undefined) {
    const rejected = await answer(url, reject, "reject", proposalSchema);
    console.print(json ? JSON.stringify(rejected) : `${rejected.id}  rejected`);
    return 0;
  }
  if (approve !== undefined || stopped !== undefined) {
    print(
      approve === undefined
        ? await stop(url, stopped ?? "")
        : await answer(url, approve, "approve", stateSchema),
    );
    return 0;
  }
  const started = await askHub(url, ROUTE, stateSchema, askedIn(values, positionals));
  const ended = await follow(url, started, console);
  print(ended);
  return ended.state === "failed" ? 1 : 0;
}

/** What runs and what ran, and what assistants have proposed. */
async function list(
  { url, json }: { readonly url: string; readonly json: boolean },
  console: Console,
): Promise<ExitCode> {
  const { replays } = await askHub(url, ROUTE, listSchema);
  const { proposals } = await askHub(url, PROPOSALS, proposalsSchema);
  const all = [...replays, ...proposals];
  if (json) for (const one of all) console.print(JSON.stringify(one));
  else
    for (const line of [...replays.map(wordsOf), ...proposals.map(proposalWords)])
      console.print(line);
  if (!json && all.length === 0)
    console.print("Nothing is told again, and nobody has proposed it.");
  return 0;
}

interface Asked {
  readonly since?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly speed: string;
  readonly as: string;
  readonly prefix?: string | undefined;
}

/** What is to be told again. @throws {UsageError} */
function askedIn(
  { as, prefix, since, from, to, speed }: Asked,
  [path, ...more]: readonly string[],
): object {
  if (path === undefined || more.length > 0)
    throw new UsageError(`one PATH, please\n${REPLAY_USAGE}`);
  const range = rangeOf({ since, from, to }, Date.now());
  const asked = { path, ...range, speed: speedOf(speed), as };
  return { ...asked, ...(prefix !== undefined && { prefix }) };
}

async function stop(url: string, id: string): Promise<State> {
  return await askHub(url, `${ROUTE}/${encodeURIComponent(id)}`, stateSchema, "DELETE");
}

async function answer<Schema extends z.ZodType>(
  url: string,
  id: string,
  word: "approve" | "reject",
  schema: Schema,
): Promise<z.output<Schema>> {
  return await askHub(url, `${PROPOSALS}/${encodeURIComponent(id)}/${word}`, schema, {});
}

function proposalWords({ id, path, as, speed, from, to, by, reason }: Proposal): string {
  const [since, until] = [new Date(from).toISOString(), new Date(to).toISOString()];
  return `${id}  ${printable(path)}  ${as} x${speed}  proposed by ${printable(by)}, ${since} to ${until}: ${printable(reason)}`;
}

/** Until it has ended, or is told to. */
async function follow(url: string, started: State, console: Console): Promise<State> {
  let state: State | undefined = started;
  try {
    while (state.state === "running") {
      console.progress?.(wordsOf(state));
      if (console.stop.aborted) return await stop(url, String(state.id));
      await pause(LOOK_MS, undefined, { signal: console.stop }).catch(() => undefined);
      const { replays } = await askHub(url, ROUTE, listSchema);
      state = replays.find(({ id }) => id === started.id);
      if (state === undefined)
        throw new CommandFailure(`the hub knows nothing of replay ${started.id} any more`);
    }
    return state;
  } finally {
    console.progress?.("");
  }
}

function wordsOf({
  id,
  path,
  state,
  because,
  as,
  speed,
  metrics,
  published,
  ...range
}: State): string {
  const { from, to, reached } = range;
  const share = to > from ? Math.round(((reached - from) / (to - from)) * 100) : 100;
  const far = state === "running" ? ` (${share} %)` : "";
  const why = because === undefined ? "" : `: ${because}`;
  return `${id}  ${printable(path)}  ${as} x${speed}  ${state}${far}${why}, ${published} values of ${metrics} ${metrics === 1 ? "metric" : "metrics"}, up to ${new Date(reached).toISOString()}`;
}

function speedOf(text: string): number {
  const speed = Number(text.replace(/^[x×]/, ""));
  if (speed >= 1 && speed <= 100) return speed;
  throw new UsageError(`--speed ${text}: a number from 1 to 100`);
}
