/** The door of the configuration: one file in, one checked value or all its problems out. */
export { ConfigFileError, loadConfig, parseConfig } from "./load.ts";
export type { CheckAdapter, LocatedProblem } from "./load.ts";
export { withEditedList, type ListEdit } from "./edited-list.ts";
export { withChangedEntry, withEntry, withoutEntry } from "./edited-entries.ts";
export { EditFault, withValue } from "./edited-value.ts";
export {
  locateProblems,
  readWrittenDataDir,
  readWrittenEntry,
  readWrittenHome,
  withChanges,
  writtenEntries,
  writtenEntry,
} from "./written.ts";
export { marksIn, valueWithoutSecrets, withoutSecrets, withSecretsOf } from "./written-secrets.ts";
export { isLoopback } from "./cross-check.ts";
export type { HistoryConfig, HistoryRule } from "./history-schema.ts";
export type { McpConfig } from "./mcp-schema.ts";
export type { ReplayConfig } from "./replay-schema.ts";
export { RULE_CODES, type RuleCode } from "./rule-codes.ts";
export { RULE_LEVELS } from "./schema.ts";
export type {
  AdapterEntry,
  HttpListener,
  HubConfig,
  I3xConfig,
  Listener,
  NamedListener,
  NamespaceConfig,
  RuleLevel,
  StoppedAdapter,
} from "./schema.ts";
