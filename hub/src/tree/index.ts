/** The door of the live tree. */
export { DECODING } from "./inflate.ts";
export { joinPath, splitPath } from "./path.ts";
export { ROOT } from "./rows.ts";
export type { Counts, RowKind } from "./rows.ts";
export type { MetricInfo } from "./session.ts";
export { NodeSessions } from "./sessions.ts";
export type { NeedsRebirth, NodeId, RebirthCause } from "./sessions.ts";
export { UnsTree } from "./tree.ts";
export type { MetricNow, TreeObserver } from "./tree.ts";
export type { TreeQuality } from "./values.ts";
