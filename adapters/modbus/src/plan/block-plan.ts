/**
 * The requests of one group and what becomes of them when a device refuses some: a state machine without a clock or a
 * wire. Whoever polls asks for `blocks` in every pass, says what came of each (`afterData`, `afterException`), and
 * asks for `probesOf` when there is time: at most some a pass, and never while blocks of the device are due.
 */
import type { Table } from "../address.ts";
import type { PlannedTag } from "../types/decode-plan.ts";
import {
  learnedOf,
  withCuts,
  withHole,
  withMaxBlock,
  withoutHole,
  type LearnedHoles,
} from "./learned.ts";
import type { PlanLimits, Span } from "./limits.ts";
import { blockOf, planBlocks, type PlannedBlock } from "./plan-blocks.ts";
import { afterAnswer, afterRefusal, startSearch, type Search } from "./search.ts";

/** Tags that are refused alone, and when they are asked for again. */
export interface RefusedTags {
  readonly block: PlannedBlock;
  /** How often in a row they were refused alone. */
  readonly attempts: number;
  readonly retryAtMs: number;
}

/** The requests of one group. Values of it never change. */
export interface BlockPlan {
  readonly limits: PlanLimits;
  readonly learned: LearnedHoles;
  /** Asked for in every pass. */
  readonly blocks: readonly PlannedBlock[];
  /** Refused blocks that are being taken apart. */
  readonly searches: readonly Search[];
  readonly refused: readonly RefusedTags[];
  /** The longest request of each table that was answered. */
  readonly proven: Readonly<Partial<Record<Table, number>>>;
}

/** What a refusal or an answer changed. */
export interface PlanChange {
  readonly plan: BlockPlan;
  /** What to ask next to learn more. */
  readonly probes: readonly PlannedBlock[];
  /** Tags that are bad as of now: the device refuses them alone. */
  readonly refused: readonly PlannedTag[];
}

const MINUTE_MS = 60_000;
const LONGEST_RETRY_MINUTES = 60;

/**
 * The plan to begin with. Tags that the device refused when it was last asked are not in a block: they are asked for
 * alone, at once. `nowMs` is of any clock that does not jump.
 */
export function startPlan(
  tags: readonly PlannedTag[],
  limits: PlanLimits,
  learned: LearnedHoles,
  nowMs: number,
): BlockPlan {
  const asked: PlannedTag[] = [];
  const refused: RefusedTags[] = [];
  for (const planned of tags) {
    if (planned.tag.access === "w") continue;
    if (isInHole(planned, learned)) {
      const alone = planBlocks([planned], limits, learned);
      refused.push(...alone.map((block) => ({ block, attempts: 0, retryAtMs: nowMs })));
    } else asked.push(planned);
  }
  const blocks = planBlocks(asked, limits, learned);
  return { limits, learned, blocks, searches: [], refused, proven: {} };
}

/** The next requests that teach something: one for each search, then refused tags whose time has come. */
export function probesOf(plan: BlockPlan, nowMs: number): readonly PlannedBlock[] {
  const next = plan.searches.flatMap(({ pending }) => pending[0]?.block ?? []);
  const due = plan.refused.filter(({ retryAtMs }) => retryAtMs <= nowMs);
  return [...next, ...due.map(({ block }) => block)];
}

/** `block` (of the plan, or a probe of it) was answered. */
export function afterData(plan: BlockPlan, block: PlannedBlock, nowMs: number): PlanChange {
  const known = withProven(plan, block);
  const search = searchFor(known, block);
  if (search !== undefined) {
    const next = afterAnswer(search, known.proven[block.table] ?? 0);
    return withSearch(known, search, next, nowMs);
  }
  const entry = known.refused.find((refused) => refused.block === block);
  if (entry === undefined) return { plan: known, probes: [], refused: [] };
  return changed(healed(known, entry), nowMs, []);
}

/** `block` (of the plan, or a probe of it) was refused. Other exceptions than refusals are not told here. */
export function afterException(
  plan: BlockPlan,
  block: PlannedBlock,
  code: number,
  nowMs: number,
): PlanChange {
  const search = searchFor(plan, block);
  if (search !== undefined) return withSearch(plan, search, afterRefusal(search, code), nowMs);
  const entry = plan.refused.find((refused) => refused.block === block);
  if (entry !== undefined) return stillRefused(plan, entry, code, nowMs);
  // Told late of a block that is no longer in the plan: nothing to learn.
  if (!plan.blocks.includes(block)) return changed(plan, nowMs, []);
  const begun = startSearch(block, code);
  const without = { ...plan, blocks: plan.blocks.filter((other) => other !== block) };
  return withSearch({ ...without, searches: [...plan.searches, begun] }, begun, begun, nowMs);
}

/** After a reconnect, rescan or reload every refused tag is asked for at once. */
export function retryAll(plan: BlockPlan, nowMs: number): BlockPlan {
  const refused = plan.refused.map(({ block }) => ({ block, attempts: 0, retryAtMs: nowMs }));
  return { ...plan, refused };
}

function withSearch(plan: BlockPlan, old: Search, next: Search, nowMs: number): PlanChange {
  if (next.pending.length > 0) {
    const searches = plan.searches.map((search) => (search === old ? next : search));
    return changed({ ...plan, searches }, nowMs, newlyRefused(old, next));
  }
  const searches = plan.searches.filter((search) => search !== old);
  return changed(concluded({ ...plan, searches }, next, nowMs), nowMs, newlyRefused(old, next));
}

/** Of a search that ends as soon as it begins, all. */
function newlyRefused(old: Search, next: Search): readonly PlannedTag[] {
  return next.refused.slice(old === next ? 0 : old.refused.length).flat();
}

/** The search is over: its tags come back into blocks that no longer touch what is refused. */
function concluded(plan: BlockPlan, search: Search, nowMs: number): BlockPlan {
  const { root, maxBlock } = search;
  if (maxBlock !== undefined) {
    return shortened(plan, search, Math.max(maxBlock, plan.proven[root.table] ?? 0));
  }
  // Nothing at all was answered: that is not the addresses. The whole is asked again, not each tag.
  const isWhole = search.refused.flat().length === root.tags.length;
  if (search.answered.length === 0 && isWhole && search.refused.length > 1) {
    const whole = { block: root, attempts: search.attempts + 1 };
    return {
      ...plan,
      refused: [...plan.refused, { ...whole, retryAtMs: nowMs + retryMs(search.attempts) }],
    };
  }
  const refusedTags = new Set(search.refused.flat());
  const healthy = root.tags.filter((planned) => !refusedTags.has(planned));
  const learned = learnedFrom(plan.learned, search);
  return {
    ...plan,
    learned,
    blocks: [...plan.blocks, ...planBlocks(healthy, plan.limits, learned)],
    refused: [
      ...plan.refused,
      ...search.refused.map((tags) => ({
        // A tag in parts is refused as a whole.
        block: root.parts === undefined ? blockOf(tags) : root,
        attempts: search.attempts + 1,
        retryAtMs: nowMs + retryMs(search.attempts),
      })),
    ],
  };
}

function learnedFrom(learned: LearnedHoles, search: Search): LearnedHoles {
  const { table } = search.root;
  const spans: readonly Span[] = [
    ...search.holes,
    ...search.refused.map((tags) => spanOf(blockOf(tags))),
  ];
  if (spans.length === 0) {
    // Every part can be read and the whole cannot: the device refuses to cross some border.
    return withCuts(learned, table, search.answered.toSorted((a, b) => a - b).slice(1));
  }
  return spans.reduce((known, span) => withHole(known, table, span), learned);
}

/** The device answers shorter requests only: everything of the table is planned anew. */
function shortened(plan: BlockPlan, { root }: Search, maxBlock: number): BlockPlan {
  const { table } = root;
  const learned = withMaxBlock(plan.learned, table, maxBlock);
  const isOther = (block: PlannedBlock): boolean => block.table !== table;
  const blocks = plan.blocks.filter((block) => !isOther(block));
  const tags = [...blocks, root].flatMap((block) => block.tags);
  return {
    ...plan,
    learned,
    blocks: [...plan.blocks.filter(isOther), ...planBlocks(tags, plan.limits, learned)],
  };
}

/** A refused tag was answered: it comes back into the blocks of its table. */
function healed(plan: BlockPlan, entry: RefusedTags): BlockPlan {
  const { block } = entry;
  const learned = withoutHole(plan.learned, block.table, spanOf(block));
  const isOther = (other: PlannedBlock): boolean => other.table !== block.table;
  const tags = [...plan.blocks.filter((other) => !isOther(other)), block].flatMap(
    (other) => other.tags,
  );
  return {
    ...plan,
    learned,
    blocks: [...plan.blocks.filter(isOther), ...planBlocks(tags, plan.limits, learned)],
    refused: plan.refused.filter((other) => other !== entry),
  };
}

/** Refused once more. What can be taken apart is: a part of it may be answered by now. */
function stillRefused(
  plan: BlockPlan,
  entry: RefusedTags,
  code: number,
  nowMs: number,
): PlanChange {
  const without = { ...plan, refused: plan.refused.filter((other) => other !== entry) };
  const begun = startSearch(entry.block, code, entry.attempts);
  const searching = { ...without, searches: [...plan.searches, begun] };
  return withSearch(searching, begun, begun, nowMs);
}

/** 1, 2, 4 … 60 minutes. */
function retryMs(attempts: number): number {
  return Math.min(2 ** attempts, LONGEST_RETRY_MINUTES) * MINUTE_MS;
}

function changed(plan: BlockPlan, nowMs: number, refused: readonly PlannedTag[]): PlanChange {
  return { plan, probes: probesOf(plan, nowMs), refused };
}

function searchFor(plan: BlockPlan, block: PlannedBlock): Search | undefined {
  return plan.searches.find(({ pending }) => pending[0]?.block === block);
}

function withProven(plan: BlockPlan, { table, length, parts }: PlannedBlock): BlockPlan {
  if (parts !== undefined || length <= (plan.proven[table] ?? 0)) return plan;
  return { ...plan, proven: { ...plan.proven, [table]: length } };
}

function isInHole({ tag }: PlannedTag, learned: LearnedHoles): boolean {
  const { holes } = learnedOf(learned, tag.table);
  const last = tag.start + tag.length - 1;
  return holes.some((hole) => hole[0] <= last && hole[1] >= tag.start);
}

function spanOf({ start, length }: PlannedBlock): Span {
  return [start, start + length - 1];
}
