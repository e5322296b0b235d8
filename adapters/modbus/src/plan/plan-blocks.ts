/**
 * Which registers go into one request. Neighbouring tags of one table are read together, and gaps along with them
 * where that is cheaper than another request. Pure, and fast enough for 50 000 tags.
 */
import type { Table } from "../address.ts";
import type { PlannedTag } from "../types/decode-plan.ts";
import { learnedOf, type LearnedHoles, type LearnedTable } from "./learned.ts";
import type { PlanLimits, Span, TableLimits } from "./limits.ts";

/** One read request and the tags that it serves. */
export interface PlannedBlock {
  readonly table: Table;
  /** Zero-based address of the first register or bit. */
  readonly start: number;
  /** How many registers, or bits in `co` and `di`. */
  readonly length: number;
  /** By address; never empty. */
  readonly tags: readonly PlannedTag[];
  /** It is asked for in every so many passes: more than 1 when only riders of a slower group are in it. */
  readonly every: number;
  /**
   * The one tag in it is longer than a request reads: these are the requests, one after the other. The parts may be
   * of different moments (`torn_possible`).
   */
  readonly parts?: readonly Span[];
}

/** A table with all that restricts its blocks. */
interface Rules extends TableLimits {
  readonly isSingle: boolean;
  /** Forbidden and learned holes, by address. */
  readonly closed: readonly Span[];
  readonly cuts: readonly number[];
}

/** The fewest requests that read all `tags`. Tags that are never read are left out. */
export function planBlocks(
  tags: readonly PlannedTag[],
  limits: PlanLimits,
  learned: LearnedHoles,
): readonly PlannedBlock[] {
  const rules = new Map<Table, Rules>();
  const blocks: PlannedBlock[] = [];
  let open: OpenBlock | undefined;
  for (const planned of inOrder(tags, limits)) {
    const { table } = planned.tag;
    const rule = rules.get(table) ?? rulesOf(limits, table, learnedOf(learned, table));
    rules.set(table, rule);
    if (open?.add(planned, rule) === true) continue;
    if (open !== undefined) blocks.push(open.close());
    open = new OpenBlock(planned, rule);
  }
  if (open !== undefined) blocks.push(open.close());
  return blocks;
}

/** The block that reads exactly `tags`; there must be one. */
export function blockOf(tags: readonly PlannedTag[], end?: number): PlannedBlock {
  const [first] = tags;
  if (first === undefined) throw new RangeError("a block needs a tag");
  let last = end ?? 0;
  let every = first.every;
  for (const { tag, every: own } of tags) {
    last = Math.max(last, tag.start + tag.length);
    every = Math.min(every, own);
  }
  const { table, start } = first.tag;
  return { table, start, length: last - start, tags, every };
}

/** Grows while tags fit in. */
class OpenBlock {
  readonly #tags: PlannedTag[];
  readonly #start: number;
  readonly #table: Table;
  readonly #maxBlock: number;
  readonly #range: Span | undefined;
  #end: number;

  constructor(planned: PlannedTag, { maxBlock, ranges }: Rules) {
    const { start, length, table } = planned.tag;
    this.#tags = [planned];
    this.#start = start;
    this.#end = start + length;
    this.#table = table;
    this.#maxBlock = maxBlock;
    this.#range = ranges?.find(([first, last]) => start >= first && start <= last);
  }

  /** Whether `planned` is now in this block. */
  add(planned: PlannedTag, rules: Rules): boolean {
    const { table, start, length } = planned.tag;
    const isFar = table !== this.#table || start < this.#start || start > this.#end + rules.maxGap;
    if (isFar || rules.isSingle) return false;
    const end = Math.max(this.#end, start + length);
    if (end - this.#start > rules.maxBlock || !this.#isInRange(end, rules)) return false;
    if (isBarred(this.#end, start, rules)) return false;
    this.#end = end;
    this.#tags.push(planned);
    return true;
  }

  close(): PlannedBlock {
    const block = blockOf(this.#tags);
    const parts = partsOf(block, this.#maxBlock);
    return parts === undefined ? block : { ...block, parts };
  }

  #isInRange(end: number, { ranges }: Rules): boolean {
    if (ranges === undefined) return true;
    return this.#range !== undefined && end - 1 <= this.#range[1];
  }
}

/** Whether a closed address lies between the block and the tag, or a cut where they meet. */
function isBarred(end: number, start: number, { closed, cuts }: Rules): boolean {
  if (start > end && closed.length > 0 && touches(closed, end, start - 1)) return true;
  if (cuts.length === 0 || start < end) return false;
  return cuts.some((cut) => cut >= end && cut <= start);
}

function touches(spans: readonly Span[], first: number, last: number): boolean {
  return spans.some((span) => span[0] <= last && span[1] >= first);
}

function rulesOf(limits: PlanLimits, table: Table, learned: LearnedTable): Rules {
  const own = limits.tables[table];
  return {
    ...own,
    maxBlock: Math.min(own.maxBlock, learned.maxBlock ?? own.maxBlock),
    isSingle: limits.oneRequestPerTag,
    closed: [...own.forbidden, ...learned.holes],
    cuts: learned.cuts,
  };
}

/** A tag that is longer than one request: read in parts. */
function partsOf({ start, length }: PlannedBlock, maxBlock: number): readonly Span[] | undefined {
  if (length <= maxBlock) return undefined;
  const parts: Span[] = [];
  for (let first = start; first < start + length; first += maxBlock) {
    parts.push([first, Math.min(first + maxBlock, start + length) - 1]);
  }
  return parts;
}

const TABLE_RANK: Readonly<Record<Table, number>> = { co: 0, di: 1, hr: 2, ir: 3 };
const LONGEST = 2 ** 17 - 1;
/** So many tags have a place in the lowest bits of a sort key: table 2 bits, start 16, length 17, place 18. */
const MOST_TAGS = 2 ** 18;

/** Those that are read, by table and address; of two at one address the longer first. */
function inOrder(tags: readonly PlannedTag[], { order }: PlanLimits): readonly PlannedTag[] {
  const read = tags.filter(({ tag }) => tag.access !== "w");
  if (order === "asWritten") return read;
  if (read.length > MOST_TAGS) return read.toSorted((a, b) => rankOf(a) - rankOf(b));
  // Numbers sort ten times faster than objects by a function, and planning is redone at every change.
  const keys = Float64Array.from(read, (planned, place) => rankOf(planned) * MOST_TAGS + place);
  return Array.from(keys.toSorted(), (key) => read[key % MOST_TAGS]).filter(
    (planned) => planned !== undefined,
  );
}

function rankOf({ tag: { table, start, length } }: PlannedTag): number {
  return (TABLE_RANK[table] * 2 ** 16 + start) * 2 ** 17 + (LONGEST - length);
}
