/** What a device allows in one request, and what a request costs. */
import type { Table } from "../address.ts";

/** Addresses from first to last, both inclusive. */
export type Span = readonly [first: number, last: number];

/** What one request may read of one table. Registers, or bits in `co` and `di`. */
export interface TableLimits {
  /** Most in one request. */
  readonly maxBlock: number;
  /** Most that may be read for nothing between two tags. */
  readonly maxGap: number;
  /** Never read along. */
  readonly forbidden: readonly Span[];
  /** When given, no block leaves the range in which it begins. */
  readonly ranges?: readonly Span[];
}

/** What a device allows. */
export interface PlanLimits {
  readonly tables: Readonly<Record<Table, TableLimits>>;
  /** `asWritten`: requests follow the order of the configuration, not of the addresses. */
  readonly order: "byAddress" | "asWritten";
  readonly oneRequestPerTag: boolean;
}

/** The most that the protocol allows in one read. */
export const MOST_REGISTERS = 125;
/** The most bits that the protocol allows in one read. */
export const MOST_BITS = 2000;
/** A request over TCP costs about as much as this many registers. */
const TCP_GAP = 32;
const BITS_PER_REGISTER = 16;

/** What is not said: everything that the protocol allows, and gaps that cost less than another request. */
export function defaultLimits(carrier: "tcp" | "rtu", turnaroundInCharacters = 0): PlanLimits {
  const maxGap = carrier === "tcp" ? TCP_GAP : Math.floor((20 + turnaroundInCharacters) / 2);
  const words: TableLimits = { maxBlock: MOST_REGISTERS, maxGap, forbidden: [] };
  const bits: TableLimits = {
    maxBlock: MOST_BITS,
    maxGap: maxGap * BITS_PER_REGISTER,
    forbidden: [],
  };
  return {
    tables: { hr: words, ir: words, co: bits, di: bits },
    order: "byAddress",
    oneRequestPerTag: false,
  };
}
