/**
 * Which registers go into one request. Neighbouring tags of one table are read together, small gaps are read along.
 * When a device refuses such a block, it is split until the tag that it refuses stands alone.
 */
import { isBitTable, type Table } from "./address.ts";
import type { BlockLimits } from "./config.ts";
import type { Tag } from "./tag.ts";

/** One read request and the tags it serves. */
export interface Block {
  readonly table: Table;
  /** Zero-based address of the first register or bit. */
  readonly start: number;
  /** How many registers, or bits in `co` and `di`. */
  readonly length: number;
  /** By address; never empty. */
  readonly tags: readonly Tag[];
}

/** Bits of `co` and `di` that count as one register. */
const BITS_PER_REGISTER = 16;

/** The fewest requests that read all `tags` within `limits`. Tags that are never read are left out. */
export function planBlocks(tags: readonly Tag[], limits: BlockLimits): readonly Block[] {
  const blocks: Block[] = [];
  for (const tag of inOrder(tags.filter(({ access }) => access !== "w"))) {
    const open = blocks.at(-1);
    const joined = open === undefined ? undefined : join(open, tag, limits);
    if (joined === undefined) blocks.push(blockOf([tag]));
    else blocks[blocks.length - 1] = joined;
  }
  return blocks;
}

/**
 * The parts to ask for when a device refused `block`: without gaps if it has any, since a gap may be a hole, else
 * its two halves. A block with a single tag has no parts.
 */
export function splitBlock(block: Block): readonly Block[] {
  const { tags } = block;
  if (tags.length < 2) return [];
  const withoutGaps = planBlocks(tags, { maxBlock: block.length, maxGap: 0 });
  if (withoutGaps.length > 1) return withoutGaps;
  const middle = Math.ceil(tags.length / 2);
  return [blockOf(tags.slice(0, middle)), blockOf(tags.slice(middle))];
}

function join(block: Block, tag: Tag, limits: BlockLimits): Block | undefined {
  if (block.table !== tag.table) return undefined;
  const perRegister = isBitTable(tag.table) ? BITS_PER_REGISTER : 1;
  const end = block.start + block.length;
  if (tag.start > end + limits.maxGap * perRegister) return undefined;
  const length = Math.max(end, tag.start + tag.length) - block.start;
  if (length > limits.maxBlock * perRegister) return undefined;
  return { ...block, length, tags: [...block.tags, tag] };
}

function blockOf(tags: readonly Tag[]): Block {
  const [first] = tags;
  if (first === undefined) throw new RangeError("a block needs a tag");
  const end = Math.max(...tags.map((tag) => tag.start + tag.length));
  return { table: first.table, start: first.start, length: end - first.start, tags };
}

function inOrder(tags: readonly Tag[]): readonly Tag[] {
  return tags.toSorted((a, b) => a.table.localeCompare(b.table) || a.start - b.start);
}
