/** Which tags of a device are read together, group by group, and how long each stays good. */
import {
  staleAfterMs,
  type BlockLimits,
  type DeviceConfig,
  type GroupConfig,
} from "../config/config.ts";
import {
  defaultLimits,
  planDevice,
  type GroupTags,
  type LearnedHoles,
  type PlanLimits,
  type TableLimits,
} from "../plan/index.ts";
import type { Table } from "../address.ts";
import type { Tag } from "../tag.ts";
import type { PlannedTag } from "../types/index.ts";
import { characterMs } from "../plan/index.ts";
import type { LinkConfig } from "../wire/index.ts";

/** A group with the tags that it asks for; slower ones may ride along in it. */
export interface PlannedGroup {
  readonly config: GroupConfig;
  readonly tags: readonly PlannedTag[];
}

/** All tags of a device in the order of their metrics, and who reads them. */
export interface DevicePlan {
  readonly tags: readonly Tag[];
  /** By index of the tag, in milliseconds. */
  readonly staleAfterMs: readonly number[];
  readonly limits: PlanLimits;
  readonly groups: readonly PlannedGroup[];
}

/** The plan with what is known of the device's holes. */
export function planOf(device: DeviceConfig, link: LinkConfig, learned: LearnedHoles): DevicePlan {
  const limits = planLimits(device.limits, link);
  const tags = device.groups.flatMap((group) => group.tags);
  const indexes = new Map(tags.map((tag, index) => [tag, index]));
  const planned = (group: GroupConfig): readonly PlannedTag[] =>
    group.tags.map((tag) => ({ tag, index: indexes.get(tag) ?? 0, every: 1 }));
  const timed = device.groups.flatMap((group): readonly GroupTags[] =>
    group.schedule.mode === "interval"
      ? [{ name: group.name, intervalMs: group.schedule.intervalMs, tags: planned(group) }]
      : [],
  );
  const plans = new Map(planDevice(timed, limits, learned).map((plan) => [plan.name, plan.tags]));
  return {
    tags,
    limits,
    staleAfterMs: device.groups.flatMap((group) =>
      group.tags.map(() => staleAfterMs(device, group)),
    ),
    groups: device.groups.map((config) => ({
      config,
      tags: plans.get(config.name) ?? planned(config),
    })),
  };
}

/** What the planner asks for, from what the configuration says. */
export function planLimits(limits: BlockLimits, link: LinkConfig): PlanLimits {
  const usual = usualLimits(link);
  const table = (name: Table): TableLimits => ({
    maxBlock: limits.maxBlock[name],
    maxGap: limits.maxGap ?? usual.tables[name].maxGap,
    forbidden: limits.forbidden,
    ...(limits.ranges.length > 0 && { ranges: limits.ranges }),
  });
  return {
    tables: { co: table("co"), di: table("di"), hr: table("hr"), ir: table("ir") },
    order: limits.order === "sorted" ? "byAddress" : "asWritten",
    oneRequestPerTag: limits.oneRequestPerTag,
  };
}

const USUAL_BAUD = 9600;

function usualLimits(link: LinkConfig): PlanLimits {
  if (!isBus(link)) return defaultLimits("tcp");
  const line = {
    baud: link.baud ?? USUAL_BAUD,
    dataBits: link.dataBits ?? 8,
    parity: link.parity ?? "even",
    stopBits: link.stopBits ?? 1,
    turnaroundMs: 0,
  };
  return defaultLimits("rtu", (link.turnaroundMs ?? 0) / characterMs(line));
}

/** Whether RTU frames share a line. */
function isBus(link: LinkConfig): link is Extract<LinkConfig, { framing: "rtu" | "rtuOverTcp" }> {
  return link.framing === "rtu" || link.framing === "rtuOverTcp";
}
