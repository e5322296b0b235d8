/** Which tags of a device are read together, group by group, and how long each stays good. */
import { staleAfterMs, type DeviceConfig, type GroupConfig } from "../config/config.ts";
import {
  costOf,
  planDevice,
  planLimits,
  type GroupTags,
  type LearnedHoles,
  type PlanLimits,
} from "../plan/index.ts";
import type { Tag } from "../tag.ts";
import type { PlannedTag } from "../types/index.ts";
import type { LinkConfig } from "../wire/index.ts";

/** A group with the tags that it asks for; slower ones may ride along in it. */
interface PlannedGroup {
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

/** The interval of the fastest group; 0 when none has one. */
export function scanRateMs({ groups }: DeviceConfig): number {
  const intervals = groups.flatMap(({ schedule }) =>
    schedule.mode === "interval" ? [schedule.intervalMs] : [],
  );
  return intervals.length === 0 ? 0 : Math.min(...intervals);
}

/** The device with another interval in its fastest groups. */
export function withScanRate(device: DeviceConfig, ms: number): DeviceConfig {
  const fastest = scanRateMs(device);
  const groups = device.groups.map((group): GroupConfig => {
    const { schedule } = group;
    const isFastest = schedule.mode === "interval" && schedule.intervalMs === fastest;
    return isFastest ? { ...group, schedule: { ...schedule, intervalMs: ms } } : group;
  });
  return { ...device, groups };
}

/** The plan with what is known of the device's holes. */
export function planOf(device: DeviceConfig, link: LinkConfig, learned: LearnedHoles): DevicePlan {
  const limits = planLimits(device.limits, costOf(device, link));
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
