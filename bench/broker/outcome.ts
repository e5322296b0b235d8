/** What the rounds of one scenario come to: the median of each server, and its ratio to Mosquitto. */
import type { RoundResult, Scenario, Target } from "./scenario.ts";
import type { ServerName } from "./servers/start.ts";

/** All rounds of one server. */
export interface Series {
  readonly server: ServerName;
  readonly rounds: readonly RoundResult[];
  /** Why there are fewer rounds than asked for. */
  readonly failed: string | undefined;
}

export interface Outcome extends Series {
  readonly scenario: string;
  readonly says: string;
  readonly messagesPerSecond: number;
  readonly messagesPerCpuSecond: number;
  readonly cpuMicrosecondsPerMessage: number;
  /** Server CPU seconds per second. */
  readonly serverLoad: number;
  /** The same of the load generator. Near 1, while the server is not, it is what limits. */
  readonly generatorLoad: number;
  readonly lost: number;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly bytesPerConnection: number | undefined;
  /** Messages per CPU second, as a multiple of Mosquitto's. */
  readonly ratio: number | undefined;
  readonly p99Ratio: number | undefined;
  readonly target: string;
  readonly reached: boolean | undefined;
}

/** Names as a reader knows them. */
export const SERVERS: Readonly<Record<ServerName, string>> = {
  broker: "our MQTT server",
  recorded: "with a black box",
  hub: "our whole hub",
  mosquitto: "Mosquitto",
  aedes: "aedes",
};

export function outcomesOf(scenario: Scenario, series: readonly Series[]): readonly Outcome[] {
  const plain = series.map((one) => figures(scenario, one));
  const mosquitto = plain.find(({ server }) => server === "mosquitto");
  return plain.map((outcome) => judged(outcome, mosquitto, scenario.target));
}

function figures({ name, says }: Scenario, series: Series): Outcome {
  const { rounds } = series;
  const perSecond = median(rounds, ({ messages, seconds }) => messages / seconds) ?? 0;
  const perCpu = median(rounds, messagesPerCpuSecond) ?? 0;
  return {
    ...series,
    scenario: name,
    says,
    messagesPerSecond: perSecond,
    messagesPerCpuSecond: perCpu,
    cpuMicrosecondsPerMessage: perCpu > 0 ? 1e6 / perCpu : 0,
    serverLoad: median(rounds, (round) => round.serverCpuSeconds / round.seconds) ?? 0,
    generatorLoad: median(rounds, (round) => round.generatorCpuSeconds / round.seconds) ?? 0,
    lost: rounds.reduce((total, round) => total + round.lost, 0),
    p50Ms: median(rounds, (round) => round.p50Ms),
    p99Ms: median(rounds, (round) => round.p99Ms),
    bytesPerConnection: median(rounds, (round) => round.bytesPerConnection),
    ratio: undefined,
    p99Ratio: undefined,
    target: "",
    reached: undefined,
  };
}

function messagesPerCpuSecond({ messages, serverCpuSeconds }: RoundResult): number {
  return messages === 0 ? 0 : messages / serverCpuSeconds;
}

function judged(outcome: Outcome, mosquitto: Outcome | undefined, target?: Target): Outcome {
  if (mosquitto === undefined || outcome.server === "mosquitto") return outcome;
  if (outcome.rounds.length === 0 || mosquitto.rounds.length === 0) return outcome;
  const ratio = quotient(outcome.messagesPerCpuSecond, mosquitto.messagesPerCpuSecond);
  const p99Ratio = quotient(outcome.p99Ms, mosquitto.p99Ms);
  const withRatios = { ...outcome, ratio, p99Ratio };
  if (target === undefined || outcome.server === "aedes") return withRatios;
  if (target.kind === "messages per CPU second") {
    const reached = ratio !== undefined && ratio >= target.atLeast;
    return { ...withRatios, target: `≥ ${target.atLeast} ×`, reached };
  }
  const { cpuAtMost, p99AtMost } = target;
  const reached =
    ratio !== undefined &&
    1 / ratio <= cpuAtMost &&
    p99Ratio !== undefined &&
    p99Ratio <= p99AtMost;
  return { ...withRatios, target: `CPU ≤ ${cpuAtMost} ×, p99 ≤ ${p99AtMost} ×`, reached };
}

function quotient(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined || b === 0 || a === 0 ? undefined : a / b;
}

function median(
  rounds: readonly RoundResult[],
  value: (round: RoundResult) => number | undefined,
): number | undefined {
  const values = rounds.map(value).filter((found) => found !== undefined);
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
