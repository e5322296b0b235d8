/**
 * Measures two ways of doing the same thing side by side: one process, rounds in turn, so that what else the machine
 * does falls on both. Of each way the best round counts, because a disturbed round says nothing of the code.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";

/** One thing that is done, ours and theirs. */
export interface Contest {
  readonly what: string;
  readonly ours: () => void;
  /** `undefined`: only our own time counts. */
  readonly peer: (() => void) | undefined;
  /** What to reach: how many times as fast as the peer, or microseconds. */
  readonly target: { readonly times: number } | { readonly microseconds: number } | undefined;
  /** How often it is done in one round. */
  readonly repeat: number;
}

export interface Row {
  readonly what: string;
  /** Nanoseconds per operation, best round. */
  readonly oursNs: number;
  readonly peerNs: number | undefined;
  /** The same, median of the rounds. */
  readonly oursMedianNs: number;
  readonly peerMedianNs: number | undefined;
  readonly ratio: number | undefined;
  readonly target: string;
  readonly reached: boolean | undefined;
}

/** One thing that was measured without a peer. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
}

const WARM_UP_ROUNDS = 6;
const ROUNDS = 60;

export function measure(contest: Contest): Row {
  const { ours, peer, repeat, what, target } = contest;
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) {
    nanoseconds(ours, repeat);
    if (peer !== undefined) nanoseconds(peer, repeat);
  }
  const oursRounds: number[] = [];
  const peerRounds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    oursRounds.push(nanoseconds(ours, repeat));
    if (peer !== undefined) peerRounds.push(nanoseconds(peer, repeat));
  }
  const oursNs = Math.min(...oursRounds);
  const peerNs = peer === undefined ? undefined : Math.min(...peerRounds);
  const ratio = peerNs === undefined ? undefined : peerNs / oursNs;
  return {
    what,
    oursNs,
    peerNs,
    oursMedianNs: median(oursRounds),
    peerMedianNs: peer === undefined ? undefined : median(peerRounds),
    ratio,
    ...judged(target, oursNs, ratio),
  };
}

function judged(
  target: Contest["target"],
  oursNs: number,
  ratio: number | undefined,
): Pick<Row, "target" | "reached"> {
  if (target === undefined) return { target: "", reached: undefined };
  if ("times" in target) {
    return { target: `≥ ${target.times} ×`, reached: (ratio ?? 0) >= target.times };
  }
  return { target: `≤ ${target.microseconds} µs`, reached: oursNs <= target.microseconds * 1000 };
}

function nanoseconds(work: () => void, repeat: number): number {
  const start = process.hrtime.bigint();
  for (let count = 0; count < repeat; count += 1) work();
  return Number(process.hrtime.bigint() - start) / repeat;
}

function median(rounds: readonly number[]): number {
  return rounds.toSorted((a, b) => a - b)[rounds.length >> 1] ?? 0;
}

export function printFigures(figures: readonly Figure[]): void {
  for (const { what, value, unit } of figures) {
    console.log(`${what.padEnd(56)}${value.toFixed(value < 10 ? 2 : 1).padStart(10)} ${unit}`);
  }
}

export function print(rows: readonly Row[]): void {
  console.log(line(["", "ours ns", "peer ns", "ratio", "target", ""]));
  for (const row of rows) {
    const { what, oursNs, peerNs, ratio, target, reached } = row;
    const verdict = reached === undefined ? "" : reached ? "reached" : "MISSED";
    const peer = peerNs === undefined ? "" : peerNs.toFixed(0);
    const times = ratio === undefined ? "" : `${ratio.toFixed(1)} ×`;
    console.log(line([what, oursNs.toFixed(0), peer, times, target, verdict]));
  }
}

function line([what = "", ...cells]: readonly string[]): string {
  return what.padEnd(48) + cells.map((cell) => cell.padStart(10)).join("");
}

/**
 * Writes `results/<suite>-<date>.json` with the facts of the machine; gives its path.
 * `versions`: of the programs that took part, where it matters.
 */
export function keep(
  suite: string,
  rows: readonly object[],
  versions: Readonly<Record<string, string | undefined>> = {},
): string {
  const date = new Date().toISOString();
  const file = fileOf(suite, date);
  const machine = {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    ...versions,
  };
  writeFileSync(file, `${JSON.stringify({ suite, date, machine, rows }, null, 2)}\n`);
  return file;
}

/** What was kept of a suite earlier today. */
export function keptToday(suite: string): readonly { readonly part?: string }[] {
  const file = fileOf(suite, new Date().toISOString());
  if (!existsSync(file)) return [];
  const { rows }: { readonly rows: readonly { readonly part?: string }[] } = JSON.parse(
    readFileSync(file, "utf8"),
  );
  return rows;
}

function fileOf(suite: string, date: string): string {
  return fileURLToPath(new URL(`./results/${suite}-${date.slice(0, 10)}.json`, import.meta.url));
}
