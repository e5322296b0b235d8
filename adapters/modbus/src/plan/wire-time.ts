/** How long requests occupy a serial line, and how many there are in a second. */
import { isBitTable, type Table } from "../address.ts";
import { charactersMs, frameGapMs } from "../wire/line-timing.ts";
import type { BusConfig } from "../wire/link-config.ts";

/** What is asked for again and again. */
export interface PolledGroup {
  readonly intervalMs: number;
  readonly blocks: readonly PolledBlock[];
}

/** One request of a group. */
export interface PolledBlock {
  readonly table: Table;
  readonly length: number;
  /** It is asked for in every so many passes. */
  readonly every?: number;
  /** Its unit, where units differ in their turnaround. */
  readonly unit?: number;
}

/** Bytes of a request (8) and of an answer without its data (5), check sums included. */
const FRAME_BYTES = 13;
/** Milliseconds that reading `length` registers (or bits) occupies the line. */
export function blockMs(line: BusConfig, { table, length, unit = 0 }: PolledBlock): number {
  const dataBytes = isBitTable(table) ? Math.ceil(length / 8) : 2 * length;
  const turnaroundMs = line.unitTurnaroundMs?.get(unit) ?? line.turnaroundMs ?? 0;
  return charactersMs(line, FRAME_BYTES + dataBytes) + 2 * frameGapMs(line) + turnaroundMs;
}

/** Which part of the time the line is busy; above 1 there is more to ask than there is time. */
export function busLoad(line: BusConfig, groups: readonly PolledGroup[]): number {
  return sumOf(groups, (block) => blockMs(line, block) / 1000);
}

/** How many requests the groups make in a second. */
export function requestsPerSecond(groups: readonly PolledGroup[]): number {
  return sumOf(groups, () => 1);
}

/** The sum of `cost` over all that is asked for in one second. */
function sumOf(groups: readonly PolledGroup[], cost: (block: PolledBlock) => number): number {
  let sum = 0;
  for (const { intervalMs, blocks } of groups) {
    for (const block of blocks) sum += (cost(block) * 1000) / (intervalMs * (block.every ?? 1));
  }
  return sum;
}
