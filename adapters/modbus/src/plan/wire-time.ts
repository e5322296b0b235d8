/** How long requests occupy a serial line, and how many there are in a second. */
import { isBitTable, type Table } from "../address.ts";

/** The settings of a serial line that time depends on. */
export interface LineSettings {
  readonly baud: number;
  readonly dataBits: number;
  readonly parity: "none" | "even" | "odd" | "mark" | "space";
  readonly stopBits: number;
  /** What a device needs before it answers. */
  readonly turnaroundMs: number;
}

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
}

/** Bytes of a request (8) and of an answer without its data (5), check sums included. */
const FRAME_BYTES = 13;
/** Above this rate the silence between two frames has a fixed length. */
const FAST_BAUD = 19_200;
const FAST_SILENCE_MS = 1.75;

/** Bits of one character on the line. */
function bitsPerCharacter({ dataBits, parity, stopBits }: LineSettings): number {
  return 1 + dataBits + (parity === "none" ? 0 : 1) + stopBits;
}

/** Milliseconds that one character takes. */
export function characterMs(line: LineSettings): number {
  return (bitsPerCharacter(line) * 1000) / line.baud;
}

/** Milliseconds that reading `length` registers (or bits) occupies the line. */
export function blockMs(line: LineSettings, { table, length }: PolledBlock): number {
  const dataBytes = isBitTable(table) ? Math.ceil(length / 8) : 2 * length;
  const silenceMs = line.baud > FAST_BAUD ? FAST_SILENCE_MS : 3.5 * characterMs(line);
  return (FRAME_BYTES + dataBytes) * characterMs(line) + 2 * silenceMs + line.turnaroundMs;
}

/** Which part of the time the line is busy; above 1 there is more to ask than there is time. */
export function busLoad(line: LineSettings, groups: readonly PolledGroup[]): number {
  return sumOf(groups, (block) => blockMs(line, block) / 1000);
}

/** How many requests the groups make in a second. */
export function requestsPerSecond(groups: readonly PolledGroup[]): number {
  return sumOf(groups, () => 1);
}

/** Milliseconds that one pass over all blocks takes on the line. */
export function passMs(line: LineSettings, blocks: readonly PolledBlock[]): number {
  return blocks.reduce((sum, block) => sum + blockMs(line, block), 0);
}

/** The sum of `cost` over all that is asked for in one second. */
function sumOf(groups: readonly PolledGroup[], cost: (block: PolledBlock) => number): number {
  let sum = 0;
  for (const { intervalMs, blocks } of groups) {
    for (const block of blocks) sum += (cost(block) * 1000) / (intervalMs * (block.every ?? 1));
  }
  return sum;
}
