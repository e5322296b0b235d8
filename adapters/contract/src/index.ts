/** The front door of the adapter contract: what an adapter is, and how it reads its configuration. */
export type {
  Adapter,
  AdapterContext,
  AdapterModule,
  DeviceReporter,
  Logger,
  ReloadReport,
} from "./adapter.ts";
export { TRIAL_STEPS, type TrialContext, type TrialStep } from "./trial.ts";
export type { BrowseNode, BrowseRequest } from "./browse.ts";
export { NO_DIAGNOSTICS } from "./diagnostics.ts";
export type {
  AdapterDiagnostics,
  AgreedTerm,
  DeviceDiagnostics,
  DeviceState,
  LinkAgreement,
  PollCycle,
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
export {
  ConfigError,
  describeProblem,
  durationMs,
  parseWith,
  section,
  tryParse,
} from "./config.ts";
export type { ConfigPlace, ConfigProblem } from "./config.ts";
export type {
  LookAnswer,
  LookQuestion,
  NodeLook,
  AskedSpan,
  NodesAnswer,
  RawAnswer,
  RawLook,
  RawQuestion,
  RegisterLook,
  RegistersAnswer,
  RegistersQuestion,
} from "./look.ts";
export {
  LIMIT_KEYS,
  LIMIT_SCHEMA,
  limitProblems,
  limitProperties,
  limitsOf,
} from "./value-limits.ts";
export type { ValueLimits } from "./value-limits.ts";
export { Backoff } from "./backoff.ts";
export { KEPT_SECRET, Secret, secret } from "./secret.ts";
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
export { intervalsIn } from "./written-tags.ts";
export type { WrittenTag, WrittenTags } from "./written-tags.ts";
export { writtenSchemaOf } from "./written-schema.ts";
export type { WrittenSchema } from "./written-schema.ts";
export { tagKeysOf } from "./tag-keys.ts";
export type { TagKey } from "./tag-keys.ts";
