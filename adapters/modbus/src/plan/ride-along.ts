/**
 * Tags of slower groups whose registers a faster group of the same device reads anyway: they ride along there and
 * are looked at in every k-th pass, and nobody reads them twice.
 */
import type { Table } from "../address.ts";
import type { PlannedTag } from "../types/decode-plan.ts";
import type { LearnedHoles } from "./learned.ts";
import type { PlanLimits } from "./limits.ts";
import { planBlocks, type PlannedBlock } from "./plan-blocks.ts";

/** Tags with one interval. */
export interface GroupTags {
  readonly name: string;
  /** Infinity: it is not polled at an interval. */
  readonly intervalMs: number;
  readonly tags: readonly PlannedTag[];
}

/** What one group asks for. */
export interface GroupPlan {
  readonly name: string;
  readonly intervalMs: number;
  /** Its own tags and the riders, each with its `every`: what a new plan of this group is made of. */
  readonly tags: readonly PlannedTag[];
  readonly blocks: readonly PlannedBlock[];
}

/** The requests of a device, group by group in the order given; a group all of whose tags ride along has none. */
export function planDevice(
  groups: readonly GroupTags[],
  limits: PlanLimits,
  learned: LearnedHoles,
): readonly GroupPlan[] {
  const plans = new Map<GroupTags, GroupPlan>();
  for (const group of groups.toSorted((a, b) => a.intervalMs - b.intervalMs)) {
    const faster = limits.oneRequestPerTag ? [] : [...plans.values()];
    const own = withoutRiders(group, faster, (plan) => plans.set(groupOf(plan, groups), plan));
    plans.set(group, {
      name: group.name,
      intervalMs: group.intervalMs,
      tags: own,
      blocks: planBlocks(own, limits, learned),
    });
  }
  return groups.flatMap((group) => plans.get(group) ?? []);
}

function groupOf(plan: GroupPlan, groups: readonly GroupTags[]): GroupTags {
  const found = groups.find(({ name }) => name === plan.name);
  if (found === undefined) throw new RangeError(`there is no group ${plan.name}`);
  return found;
}

/** The tags of `group` that have to be read for it; the others were added to faster plans. */
function withoutRiders(
  group: GroupTags,
  faster: readonly GroupPlan[],
  update: (plan: GroupPlan) => void,
): readonly PlannedTag[] {
  let rest = group.tags;
  for (const plan of faster) {
    const every = Math.floor(group.intervalMs / plan.intervalMs);
    // Groups without an interval (Infinity) ride along nowhere, and nothing in them.
    if (!Number.isSafeInteger(every) || every < 2 || plan.blocks.length === 0) continue;
    const lookup = new BlockLookup(plan.blocks);
    const riders = new Map<PlannedBlock, PlannedTag[]>();
    const stay: PlannedTag[] = [];
    for (const planned of rest) {
      const block = planned.tag.access === "w" ? undefined : lookup.covering(planned);
      if (block === undefined) stay.push(planned);
      else riders.set(block, [...(riders.get(block) ?? []), { ...planned, every }]);
    }
    rest = stay;
    if (riders.size > 0) update(withRiders(plan, riders));
  }
  return rest;
}

function withRiders(
  plan: GroupPlan,
  riders: ReadonlyMap<PlannedBlock, readonly PlannedTag[]>,
): GroupPlan {
  const blocks = plan.blocks.map((block) => {
    const own = riders.get(block) ?? [];
    const tags = [...block.tags, ...own].toSorted((a, b) => a.tag.start - b.tag.start);
    return own.length === 0 ? block : { ...block, tags };
  });
  return { ...plan, tags: [...plan.tags, ...[...riders.values()].flat()], blocks };
}

/** Finds the block in which a tag lies, by halving. */
class BlockLookup {
  readonly #byTable = new Map<Table, PlannedBlock[]>();

  constructor(blocks: readonly PlannedBlock[]) {
    for (const block of blocks) {
      if (block.parts !== undefined) continue;
      const own = this.#byTable.get(block.table);
      if (own === undefined) this.#byTable.set(block.table, [block]);
      else own.push(block);
    }
    for (const own of this.#byTable.values()) own.sort((a, b) => a.start - b.start);
  }

  covering({ tag }: PlannedTag): PlannedBlock | undefined {
    const blocks = this.#byTable.get(tag.table) ?? [];
    let low = 0;
    let high = blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((blocks[middle]?.start ?? Infinity) <= tag.start) low = middle + 1;
      else high = middle;
    }
    const block = blocks[low - 1];
    const isInside = block !== undefined && tag.start + tag.length <= block.start + block.length;
    return isInside ? block : undefined;
  }
}
