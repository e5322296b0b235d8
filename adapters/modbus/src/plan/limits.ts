/** What a device allows in one request, and what a request costs. */
import { isBitTable, type Table } from "../address.ts";
import type { BlockLimits } from "../config/config.ts";

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

/** A request over TCP costs about as much as this many registers. */
const TCP_GAP = 32;
/** Characters of a request and its answer without the data: what a gap on a serial line is weighed against. */
const RTU_OVERHEAD = 20;

const BITS_PER_REGISTER = 16;

/** What a request costs beside its registers. */
export type RequestCost =
  | { readonly carrier: "tcp" }
  /** `turnaround`: the pause after an answer, in characters of the line. */
  | { readonly carrier: "rtu"; readonly turnaround: number };

/** How many registers cost as much as another request: so long may a gap be that is read for nothing. */
function worthwhileGap(cost: RequestCost): number {
  return cost.carrier === "tcp" ? TCP_GAP : Math.floor((RTU_OVERHEAD + cost.turnaround) / 2);
}

/** The limits of a device as configured; what it does not say about gaps, the cost of a request decides. */
export function planLimits(limits: BlockLimits, cost: RequestCost): PlanLimits {
  const { forbidden, ranges, maxGap, oneRequestPerTag } = limits;
  const gap = worthwhileGap(cost);
  const tableOf = (table: Table): TableLimits => ({
    maxBlock: limits.maxBlock[table],
    maxGap: maxGap?.[table] ?? (isBitTable(table) ? gap * BITS_PER_REGISTER : gap),
    forbidden: forbidden[table],
    ...(ranges[table].length > 0 && { ranges: ranges[table] }),
  });
  return {
    tables: { hr: tableOf("hr"), ir: tableOf("ir"), co: tableOf("co"), di: tableOf("di") },
    order: limits.order === "asWritten" ? "asWritten" : "byAddress",
    oneRequestPerTag,
  };
}
