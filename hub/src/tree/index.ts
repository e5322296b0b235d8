/** The door of the live tree. */
export { restoreCertificates } from "./certificates.ts";
export type { Changed, ChangedSet, Watch } from "./changes.ts";
export { DECODING } from "./inflate.ts";
export { metricName } from "./metric-info.ts";
export type { MetricInfo } from "./metric-info.ts";
export type { Trouble, TroubleKind } from "./chronicle.ts";
export { joinPath, splitPath } from "./path.ts";
export { QUALITIES, QUALITY_CODES, reasonCode, REASONS } from "./quality.ts";
export type { OwnReason, TreeQuality } from "./quality.ts";
export { ROOT } from "./rows.ts";
export type { Counts, RowKind } from "./rows.ts";
export type { MemberNow, SessionNow } from "./session-now.ts";
export { isBorn } from "./session.ts";
export type { Member, NodeId, NodeSession } from "./session.ts";
export { NodeSessions } from "./sessions.ts";
export type { NeedsRebirth, RebirthCause } from "./sessions.ts";
export { SLOT_MS } from "./state-day.ts";
export { openTree, SnapshotKeeper } from "./snapshot-keeper.ts";
export { UnsTree } from "./tree.ts";
export type {
  Loss,
  MetricNow,
  NodeState,
  TreeObserver,
  TreeReading,
  ValueRecorder,
} from "./tree.ts";
export { propertiesJson, timeText, valueJson } from "./value-json.ts";
