/** Which registers go into one request, what that costs, and what is learned of devices that refuse some. */
export { afterData, afterException, probesOf, retryAll, startPlan } from "./block-plan.ts";
export type { BlockPlan, PlanChange, RefusedTags } from "./block-plan.ts";
export { costOf } from "./cost.ts";
export { describePlan } from "./describe.ts";
export { HoleStore } from "./hole-store.ts";
export type { DeviceKey } from "./hole-store.ts";
export { learnedTogether, NOTHING_LEARNED } from "./learned.ts";
export type { LearnedHoles } from "./learned.ts";
export { planLimits } from "./limits.ts";
export type { PlanLimits, RequestCost, Span } from "./limits.ts";
export { planBlocks } from "./plan-blocks.ts";
export type { PlannedBlock } from "./plan-blocks.ts";
export { planDevice } from "./ride-along.ts";
export type { GroupPlan, GroupTags } from "./ride-along.ts";
export { blockMs, busLoad, requestsPerSecond } from "./wire-time.ts";
export type { PolledBlock, PolledGroup } from "./wire-time.ts";
