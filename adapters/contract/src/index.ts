/** The front door of the adapter contract: what an adapter is, and how it reads its configuration. */
export type {
  Adapter,
  AdapterContext,
  AdapterModule,
  DeviceReporter,
  Logger,
  ReloadReport,
} from "./adapter.ts";
export type { BrowseNode, BrowseRequest } from "./browse.ts";
export { NO_DIAGNOSTICS } from "./diagnostics.ts";
export type {
  AdapterDiagnostics,
  DeviceDiagnostics,
  DeviceState,
  LinkDiagnostics,
  LinkState,
  TracedFrame,
} from "./diagnostics.ts";
export { ANSWER_BOUNDS, DurationCounter } from "./durations.ts";
export type { Durations } from "./durations.ts";
export type { DeviceEvent } from "./event.ts";
export type { ExportedTags, ExportWish, TagLoss } from "./exported-tags.ts";
export { AdapterError } from "./errors.ts";
export type { AdapterErrorCode } from "./errors.ts";
export { ConfigError, describeProblem, durationMs, parseWith, section } from "./config.ts";
export type { ConfigPlace, ConfigProblem } from "./config.ts";
export type {
  LookAnswer,
  LookQuestion,
  NodeLook,
  NodesAnswer,
  RegisterLook,
  RegistersAnswer,
  RegistersQuestion,
} from "./look.ts";
export { Backoff } from "./backoff.ts";
export { Secret, secret } from "./secret.ts";
export { deviceControl, OWN_PREFIXES, OwnMetrics } from "./own-metrics.ts";
export type { DeviceControl, OwnState } from "./own-metrics.ts";
export {
  ageFault,
  integerFault,
  MAX_COMMAND_AGE_MS,
  rangeFault,
  rejected,
} from "./write-checks.ts";
export { auditFields, WriteDesk } from "./write-desk.ts";
export type { WriteAudit, WriteDeskOptions } from "./write-desk.ts";
export { LastPublished } from "./last-published.ts";
export type { RuledMetric } from "./last-published.ts";
export { ON_CHANGE, ruleWarning } from "./publish-rule.ts";
export type { PublishRule } from "./publish-rule.ts";
export type {
  AdapterPlan,
  PlannedBirth,
  PlannedDevice,
  PlannedLink,
  PlannedPeer,
  PlannedRequest,
} from "./plan.ts";
export { SampleBatchBuilder } from "./sample-batch.ts";
export type { SampleMark } from "./sample-batch.ts";
export type {
  SimulatedFault,
  SimulatedServer,
  SimulatedSetting,
  SimulateOptions,
  Simulation,
} from "./simulation.ts";
export type { AdapterFolders, AdapterTool, ToolContext } from "./tool.ts";
export { failedWrite, isDone, writeInOrder } from "./write.ts";
export type {
  WriteCommand,
  WriteOrigin,
  WriteOutcome,
  WriteRejection,
  WriteResult,
} from "./write.ts";
export type { TagFields } from "./table/cells.ts";
export { MERGE_MODES, mergeTags, nameOf } from "./table/merge.ts";
export type { Merged, MergeMode } from "./table/merge.ts";
export type { WrittenTag, WrittenTags } from "./written-tags.ts";
export { tagKeysOf } from "./tag-keys.ts";
export type { TagKey } from "./tag-keys.ts";
