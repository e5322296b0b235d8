/** A device that is a function, and somebody who polls it by a plan, for tests of planning and splitting. */
import type { Tag } from "../../adapters/modbus/src/tag.ts";
import {
  afterData,
  afterException,
  probesOf,
  startPlan,
  type BlockPlan,
  type PlanChange,
} from "../../adapters/modbus/src/plan/block-plan.ts";
import { NOTHING_LEARNED, type LearnedHoles } from "../../adapters/modbus/src/plan/learned.ts";
import type { PlanLimits } from "../../adapters/modbus/src/plan/limits.ts";
import type { PlannedBlock } from "../../adapters/modbus/src/plan/plan-blocks.ts";
import type { PlannedTag } from "../../adapters/modbus/src/types/decode-plan.ts";
import { makeTag } from "./modbus-tag.ts";

/** Limits of one request; what is not said holds for every table. */
export function makeLimits(fields: {
  maxBlock?: number;
  maxGap?: number;
  forbidden?: readonly (readonly [number, number])[];
  ranges?: readonly (readonly [number, number])[];
  order?: PlanLimits["order"];
  oneRequestPerTag?: boolean;
}): PlanLimits {
  const { order = "byAddress", oneRequestPerTag = false, ...own } = fields;
  const words = { maxBlock: 125, maxGap: 32, forbidden: [], ...own };
  const bits = { maxBlock: 2000, maxGap: 512, forbidden: [], ...own };
  return { tables: { hr: words, ir: words, co: bits, di: bits }, order, oneRequestPerTag };
}

/** Tags at these places, planned under their number. */
export function plannedTags(tags: readonly Partial<Tag>[]): readonly PlannedTag[] {
  return tags.map((tag, index) => ({ tag: makeTag(tag), index, every: 1 }));
}

/** A block as `table start+length: numbers of its tags`. */
export function shownBlock({ table, start, length, tags }: PlannedBlock): string {
  return `${table} ${start}+${length}: ${tags.map(({ index }) => index).join(" ")}`;
}

/** What the device answers: nothing wrong, or the code of an exception. */
export type ModelDevice = (block: PlannedBlock) => number | undefined;

/** Refuses by `code` whatever touches one of these addresses. */
export function deviceWithHoles(holes: ReadonlySet<number>, code = 2): ModelDevice {
  return ({ start, length }) => {
    for (let at = start; at < start + length; at += 1) if (holes.has(at)) return code;
    return undefined;
  };
}

/** Polls a device by a plan. */
export class PlanRun {
  plan: BlockPlan;
  requests = 0;
  nowMs = 0;
  /** Numbers of the tags that were answered, and of those that are bad. */
  readonly good = new Set<number>();
  readonly bad = new Set<number>();
  readonly #device: ModelDevice;

  constructor(
    tags: readonly PlannedTag[],
    device: ModelDevice,
    limits: PlanLimits,
    learned: LearnedHoles = NOTHING_LEARNED,
  ) {
    this.plan = startPlan(tags, limits, learned, 0);
    this.#device = device;
  }

  /** Asks for one block and tells the plan. */
  ask(block: PlannedBlock): void {
    this.requests += 1;
    const code = this.#device(block);
    const change: PlanChange =
      code === undefined
        ? afterData(this.plan, block, this.nowMs)
        : afterException(this.plan, block, code, this.nowMs);
    this.plan = change.plan;
    if (code === undefined) for (const { index } of block.tags) this.good.add(index);
    for (const { index } of change.refused) {
      this.bad.add(index);
      this.good.delete(index);
    }
  }

  /** One pass over the blocks that the plan has now. */
  pass(): void {
    for (const block of this.plan.blocks) this.ask(block);
  }

  /** Asks for what teaches something until nothing does, or `isDone`. */
  learn(isDone: () => boolean = () => false): void {
    for (let rounds = 0; rounds < 10_000 && !isDone(); rounds += 1) {
      const [probe] = probesOf(this.plan, this.nowMs);
      if (probe === undefined) return;
      this.ask(probe);
    }
  }
}
