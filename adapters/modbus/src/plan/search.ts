/**
 * Finds out what a device refuses in a block that it refused: halves it at the borders of tags until the wrong address
 * stands alone. A part that is answered gives its values on the way, so that healthy tags do not wait for the end.
 *
 * A gap between two halves stays with the left one. So the halves are together what was refused, and when the left is
 * answered the wrong address is in the right: that one is halved without asking. The smaller half is the left one,
 * since a wrong left costs a request more. What stands alone is asked alone before it is called wrong, because some
 * devices refuse requests that cross a border of theirs though both sides can be read. One wrong address among N
 * tags costs at most 2·log2(N) + 2 requests, the refused one included.
 *
 * When every part was answered the whole is asked once more: either the device had a bad moment, or it has a border.
 *
 * Exception 3 may mean "too long". Until a request of that length was answered, nothing is concluded of a half.
 */
import type { PlannedTag } from "../types/decode-plan.ts";
import type { Span } from "./limits.ts";
import { blockOf, type PlannedBlock } from "./plan-blocks.ts";

/** The exception by which some devices say that a request is too long. */
const ILLEGAL_VALUE = 3;

/** A part of the refused block that has to be asked for. */
interface Probe {
  readonly block: PlannedBlock;
  /** The other half of a part that is refused. */
  readonly rest?: Rest;
  /** The gap behind the tag that is now asked without it: the hole, when the tag is answered. */
  readonly gap?: Span;
  /** The left half was answered and this is the right one: when it is too, the whole was too long. */
  readonly leftLength?: number;
}

interface Rest {
  readonly block: PlannedBlock;
  /** Length of the whole that was refused, and how. */
  readonly whole: number;
  readonly code: number;
}

/** A refused block that is being taken apart. Over when nothing is pending. */
export interface Search {
  readonly root: PlannedBlock;
  /** The first is the next to ask. */
  readonly pending: readonly Probe[];
  /** Gaps that turned out to be refused. */
  readonly holes: readonly Span[];
  /** Tags that are refused alone; those of one entry have the same registers. */
  readonly refused: readonly (readonly PlannedTag[])[];
  /** Where the answered parts begin. */
  readonly answered: readonly number[];
  /** How often in a row nothing of the block was answered, before this time. */
  readonly attempts: number;
  /** Nothing wrong was found, and the whole is asked once more. */
  readonly isConfirming: boolean;
  /** Longest request that the device answers, when that is what was found. */
  readonly maxBlock?: number;
}

/** The search for what is wrong in `root`, which was refused by `code`. */
export function startSearch(root: PlannedBlock, code: number, attempts = 0): Search {
  const search: Search = {
    root,
    pending: [],
    holes: [],
    refused: [],
    answered: [],
    attempts,
    isConfirming: false,
  };
  return takenApart(search, root, code);
}

/** The first pending part was answered. `proven`: longest request of this table that ever was. */
export function afterAnswer(search: Search, proven: number): Search {
  const [probe, ...pending] = search.pending;
  if (probe === undefined) return search;
  // A bad moment of the device: there is nothing to learn.
  if (search.isConfirming) return { ...search, pending: [], answered: [] };
  const { block, rest, gap, leftLength } = probe;
  if (leftLength !== undefined) {
    // Both halves can be read, the whole cannot, and nothing that long ever could.
    return { ...search, pending: [], maxBlock: Math.max(leftLength, block.length) };
  }
  const next: Search = {
    ...search,
    pending,
    answered: [...search.answered, block.start],
    holes: gap === undefined ? search.holes : [...search.holes, gap],
  };
  if (rest === undefined) return confirmed(next);
  const mayBeLength = rest.code === ILLEGAL_VALUE && rest.whole > proven;
  if (!mayBeLength) return knownWrong(next, rest.block, rest.code);
  const right: Probe = { block: rest.block, leftLength: block.length };
  return { ...next, pending: [right, ...pending] };
}

/** The first pending part was refused. */
export function afterRefusal(search: Search, code: number): Search {
  const [probe, ...pending] = search.pending;
  if (probe === undefined) return search;
  if (search.isConfirming) return { ...search, pending: [] };
  const others = probe.rest === undefined ? pending : [{ block: probe.rest.block }, ...pending];
  return takenApart({ ...search, pending: others }, probe.block, code);
}

/** Before it is over without a find, the whole is asked once more. */
function confirmed(search: Search): Search {
  const { pending, holes, refused, root } = search;
  const isFound = holes.length > 0 || refused.length > 0;
  if (pending.length > 0 || isFound) return search;
  return { ...search, pending: [{ block: root }], isConfirming: true };
}

/** `block` was asked for and refused. */
function takenApart(search: Search, block: PlannedBlock, code: number): Search {
  if (cellsOf(block).length > 1) return halved(search, block, code);
  return gapBehind(block) === undefined
    ? { ...search, refused: [...search.refused, block.tags] }
    : alone(search, block);
}

/** `block` was not asked for, but something in it must be wrong. */
function knownWrong(search: Search, block: PlannedBlock, code: number): Search {
  return cellsOf(block).length > 1 ? halved(search, block, code) : alone(search, block);
}

/** Asks for a tag without the gap behind it. */
function alone(search: Search, block: PlannedBlock): Search {
  const gap = gapBehind(block);
  const probe: Probe = { block: blockOf(block.tags), ...(gap !== undefined && { gap }) };
  return { ...search, pending: [probe, ...search.pending] };
}

function halved(search: Search, block: PlannedBlock, code: number): Search {
  const cells = cellsOf(block);
  const middle = cells.length >> 1;
  const right = blockOf(cells.slice(middle).flat(), block.start + block.length);
  const left = blockOf(cells.slice(0, middle).flat(), right.start);
  const rest: Rest = { block: right, whole: block.length, code };
  return { ...search, pending: [{ block: left, rest }, ...search.pending] };
}

/** The tags of a block; those with the same registers together, since no request can tell them apart. */
function cellsOf({ tags }: PlannedBlock): readonly (readonly PlannedTag[])[] {
  const cells: PlannedTag[][] = [];
  for (const planned of tags) {
    const last = cells.at(-1);
    const { start, length } = planned.tag;
    const before = last?.[0]?.tag;
    if (last !== undefined && before?.start === start && before.length === length) {
      last.push(planned);
    } else cells.push([planned]);
  }
  return cells;
}

/** The registers behind the last tag that are read for nothing. */
function gapBehind(block: PlannedBlock): Span | undefined {
  const end = block.start + block.length;
  const used = Math.max(...block.tags.map(({ tag }) => tag.start + tag.length));
  return used < end ? [used, end - 1] : undefined;
}
