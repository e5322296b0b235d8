/** The table of `npm run bench -- broker`. */
import { SERVERS, type Outcome } from "./outcome.ts";

const COLUMNS = [
  ["messages/s", 11],
  ["CPU µs/msg", 11],
  ["load", 6],
  ["p50 ms", 8],
  ["p99 ms", 8],
  ["KB/conn", 8],
  ["ratio", 9],
  ["gen.", 6],
] as const;

/** Near enough to a whole core that there is nothing left. */
const FULL = 0.9;

export function printHead(): void {
  const cells = COLUMNS.map(([title, width]) => title.padStart(width));
  console.log(`${"".padEnd(18)}${cells.join("")}  to reach`);
}

export function printOutcomes(says: string, outcomes: readonly Outcome[]): void {
  console.log(says);
  for (const outcome of outcomes) {
    console.log(line(outcome));
    for (const note of notes(outcome)) console.log(`      ${note}`);
  }
}

function line(outcome: Outcome): string {
  const { ratio, target, reached, bytesPerConnection } = outcome;
  const values = [
    outcome.rounds.length === 0 ? "" : Math.round(outcome.messagesPerSecond).toString(),
    outcome.cpuMicrosecondsPerMessage === 0 ? "" : outcome.cpuMicrosecondsPerMessage.toFixed(2),
    percent(outcome.serverLoad),
    outcome.p50Ms?.toFixed(2) ?? "",
    outcome.p99Ms?.toFixed(2) ?? "",
    bytesPerConnection === undefined ? "" : (bytesPerConnection / 1024).toFixed(1),
    ratio === undefined ? "" : `${ratio.toFixed(2)} ×`,
    percent(outcome.generatorLoad),
  ];
  const cells = values.map((value, index) => value.padStart(COLUMNS[index]?.[1] ?? 0));
  const verdict = reached === undefined ? "" : `  ${target}: ${reached ? "reached" : "MISSED"}`;
  return `  ${SERVERS[outcome.server].padEnd(16)}${cells.join("")}${verdict}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function notes({ rounds, ...outcome }: Outcome): readonly string[] {
  const found: string[] = [];
  if (outcome.failed !== undefined) found.push(`fell over: ${outcome.failed}`);
  if (outcome.lost > 0) found.push(`LOST ${outcome.lost} messages`);
  if (outcome.lost < 0) found.push(`${-outcome.lost} messages came twice`);
  const commands = rounds.reduce((total, round) => total + (round.commands ?? 0), 0);
  if (commands > 0)
    found.push(`${commands} commands reached the edge nodes: is the session right?`);
  if (outcome.generatorLoad > FULL && outcome.serverLoad < FULL) {
    found.push("the load generator is the limit of messages/s, not the server");
  }
  const drained = rounds.at(-1);
  if (drained?.drainedPerSecond !== undefined) {
    const perCpu = Math.round(drained.drainedPerCpuSecond ?? 0);
    found.push(`fetched: ${Math.round(drained.drainedPerSecond)}/s, ${perCpu} per CPU second`);
  }
  return found;
}
