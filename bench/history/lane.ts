/**
 * `npm run bench -- lane`: how long a plain message takes while 48 000 values/s pass as DDATA: without history and plain topics,
 * with each of them, with both, and with both while somebody listens to all plain topics. In turns, so that what else the machine
 * does falls on all of them.
 */
import { parseArgs } from "node:util";
import { Client } from "../broker/load/client.ts";
import { runRound } from "../broker/round.ts";
import type { Scenario } from "../broker/scenario.ts";
import { startServer, type Server } from "../broker/servers/start.ts";
import { keep, printFigures, type Figure } from "../measure.ts";

const SECONDS = 6;

const BASE = {
  says: "",
  routing: "pairs",
  qos: 0,
  persistent: false,
  target: undefined,
} as const;

/** 50 edge nodes, 10 metrics in a message, 32 messages in a write, 3 writes a second: 48 000 values/s. */
const VALUES: Scenario = {
  ...BASE,
  name: "values",
  publishers: 50,
  subscribers: 50,
  payload: { kind: "sparkplug", metrics: 10 },
  load: { kind: "paced", perSecondEach: 3 },
};

/** What is measured: plain messages beside them. */
const PROBE: Scenario = {
  ...BASE,
  name: "probe",
  publishers: 50,
  subscribers: 50,
  payload: { kind: "plain", bytes: 200 },
  load: { kind: "paced", perSecondEach: 20 },
};

interface Variant {
  readonly what: string;
  readonly config: string;
  /** Plain topics that somebody listens to. */
  readonly filter?: string;
}

const NO_HISTORY = "history: { record: false }\n";
const HISTORY = "history: {}\n";
/** Below a level of their own: where plain topics stand nobody else may publish. */
const PLAIN_TOPICS = "uns: { projection: { root: plain } }\n";
const NEITHER: Variant = { what: "with neither", config: NO_HISTORY };
const VARIANTS: readonly Variant[] = [
  NEITHER,
  { what: "with the history", config: HISTORY },
  { what: "with plain topics", config: NO_HISTORY + PLAIN_TOPICS },
  { what: "with both", config: HISTORY + PLAIN_TOPICS },
  { what: "with both, all are listened to", config: HISTORY + PLAIN_TOPICS, filter: "plain/#" },
];

interface Seen {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpu: number;
  readonly lost: number;
}

/** @throws {TypeError} for arguments it does not know. */
export async function lane(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "5" },
      keep: { type: "boolean", default: false },
    },
  });
  const figures = await laneFigures(Number(values.rounds), VARIANTS);
  printFigures(figures);
  if (values.keep) console.log(`\nkept in ${keep("lane", figures)}`);
}

/** With the history and without it. */
export function historyLane(): Promise<readonly Figure[]> {
  return laneFigures(3, VARIANTS.slice(0, 2));
}

async function laneFigures(
  rounds: number,
  variants: readonly Variant[],
): Promise<readonly Figure[]> {
  const all = new Map<Variant, Seen[]>(variants.map((variant) => [variant, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [variant, own] of all) own.push(await seen(variant));
  }
  const bare = all.get(NEITHER) ?? [];
  return [...all].flatMap(([{ what }, own]) => figuresOf(what, own, bare));
}

async function seen({ config, filter }: Variant): Promise<Seen> {
  const server = await startServer("hub", "none", undefined, () => ({ config, files: new Map() }));
  const reader = filter === undefined ? undefined : await readerOf(server, filter);
  try {
    const round = { port: server.port, serverPid: server.pid, warmUpSeconds: 3 };
    const [values, probe] = await Promise.all([
      runRound({ ...round, scenario: VALUES, seconds: SECONDS + 2, number: 1 }),
      runRound({ ...round, scenario: PROBE, seconds: SECONDS, number: 2 }),
    ]);
    const { p50Ms = 0, p99Ms = 0, serverCpuSeconds, seconds } = probe;
    return { p50Ms, p99Ms, cpu: serverCpuSeconds / seconds, lost: values.lost + probe.lost };
  } finally {
    await reader?.close();
    await server.stop();
  }
}

async function readerOf({ port }: Server, filter: string): Promise<Client> {
  const reader = await Client.open({ port, clientId: "reader", clean: true });
  await reader.subscribe(filter, 0);
  return reader;
}

/** The round in the middle counts. `bare`: the rounds with neither. */
function figuresOf(how: string, rounds: readonly Seen[], bare: readonly Seen[]): readonly Figure[] {
  const p99 = median(rounds, ({ p99Ms }) => p99Ms);
  const times = p99 / median(bare, ({ p99Ms }) => p99Ms);
  return [
    { what: `p50 of a message, ${how}`, value: median(rounds, ({ p50Ms }) => p50Ms), unit: "ms" },
    { what: `p99 of a message, ${how}`, value: p99, unit: "ms" },
    ...(rounds === bare
      ? []
      : [{ what: "  that many times as with neither", value: times, unit: "" }]),
    { what: `cores the hub takes, ${how}`, value: median(rounds, ({ cpu }) => cpu), unit: "" },
    { what: `messages lost, ${how}`, value: median(rounds, ({ lost }) => lost), unit: "" },
  ];
}

function median(rounds: readonly Seen[], of: (round: Seen) => number): number {
  return rounds.map(of).toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? Number.NaN;
}
