/** The door of the history: what the tree heard, on disk, and how it is asked. */
export { History } from "./history.ts";
export type { HistoryOptions, HistoryState } from "./history.ts";
export type { CorrectedRow } from "./corrections.ts";
export { HistoryError } from "./log-thread.ts";
export { HistoryReader } from "./reader.ts";
export type { LogEntry, LogPage, MetricThen, PastValue, PastValues, TimeRange } from "./reader.ts";
export type { Bucket } from "./log/questions.ts";
export { isRecording } from "./rules.ts";
