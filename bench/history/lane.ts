/** The latency of messages while 48 000 values/s pass as DDATA, with the history and without it, in turns. */
import { runRound } from "../broker/round.ts";
import type { Scenario } from "../broker/scenario.ts";
import { startServer } from "../broker/servers/start.ts";
import type { Figure } from "../measure.ts";

const ROUNDS = 3;
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

interface Seen {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpu: number;
  readonly lost: number;
}

export async function lane(): Promise<readonly Figure[]> {
  const [off, on]: [Seen[], Seen[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    off.push(await seen(false));
    on.push(await seen(true));
  }
  return [...figuresOf("without the history", off), ...figuresOf("with the history", on)];
}

async function seen(record: boolean): Promise<Seen> {
  const config = `history: { record: ${record} }\n`;
  const server = await startServer("hub", "none", undefined, () => ({ config, files: new Map() }));
  try {
    const round = { port: server.port, serverPid: server.pid, warmUpSeconds: 3 };
    const [values, probe] = await Promise.all([
      runRound({ ...round, scenario: VALUES, seconds: SECONDS + 2, number: 1 }),
      runRound({ ...round, scenario: PROBE, seconds: SECONDS, number: 2 }),
    ]);
    const { p50Ms = 0, p99Ms = 0, serverCpuSeconds, seconds } = probe;
    return { p50Ms, p99Ms, cpu: serverCpuSeconds / seconds, lost: values.lost + probe.lost };
  } finally {
    await server.stop();
  }
}

function figuresOf(how: string, rounds: readonly Seen[]): readonly Figure[] {
  const median = (of: (round: Seen) => number): number =>
    rounds.map(of).toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? 0;
  return [
    { what: `p50 of a message, ${how}`, value: median(({ p50Ms }) => p50Ms), unit: "ms" },
    { what: `p99 of a message, ${how}`, value: median(({ p99Ms }) => p99Ms), unit: "ms" },
    { what: `cores the hub takes, ${how}`, value: median(({ cpu }) => cpu), unit: "" },
    { what: `messages lost, ${how}`, value: median(({ lost }) => lost), unit: "" },
  ];
}
