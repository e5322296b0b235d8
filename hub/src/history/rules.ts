/** Which rule of the configuration a metric falls under: the first whose filter matches its path. */
import type { HistoryConfig, HistoryRule } from "../config/index.ts";
import type { Keeping, MetricName } from "./log/messages.ts";

/** What is to be done with the values of one metric. */
export interface Recording {
  /** The filter of its rule; empty when none names it. */
  readonly rule: string;
  /** In the unit of the metric; 0: every value is kept. */
  readonly deadband: number;
  /** Milliseconds within which one value is kept at least. */
  readonly atLeastEveryMs: number;
}

/** The range that the birth of a metric announces. */
export interface MetricRange {
  readonly low: number | undefined;
  readonly high: number | undefined;
}

const UNNAMED: Recording = { rule: "", deadband: 0, atLeastEveryMs: 0 };

/** Whether anything is to be recorded. */
export function isRecording({ record, rules }: HistoryConfig): boolean {
  return record || rules.some((rule) => rule.record);
}

/** `undefined`: its values are not recorded. */
export function recordingOf(
  { record, rules }: HistoryConfig,
  metric: MetricName,
  range: MetricRange,
): Recording | undefined {
  const levels = levelsOf(metric);
  const rule = rules.find(({ filter }) => matches(filter.split("/"), levels));
  if (rule === undefined) return record ? UNNAMED : undefined;
  if (!rule.record) return undefined;
  const deadband = deadbandOf(rule.deadband, range);
  return { rule: rule.filter, deadband, atLeastEveryMs: rule.atLeastEvery };
}

/** How long and how much is kept, rule by rule; what no rule names is kept as the section itself says. */
export function keepingOf({ keep, rules }: HistoryConfig): readonly Keeping[] {
  const unlimited = Number.POSITIVE_INFINITY;
  const own = rules.map((rule) => ({
    rule: rule.filter,
    keepMs: rule.keep ?? keep,
    maxBytes: rule.maxSize ?? unlimited,
  }));
  return [...own, { rule: "", keepMs: keep, maxBytes: unlimited }];
}

/** A share of a range that was not announced is nothing: every value is kept. */
function deadbandOf(deadband: HistoryRule["deadband"], { low, high }: MetricRange): number {
  if (typeof deadband !== "string") return deadband ?? 0;
  if (low === undefined || high === undefined) return 0;
  return (Math.abs(high - low) * Number.parseFloat(deadband)) / 100;
}

function levelsOf({ groupId, edgeNodeId, deviceId, name }: MetricName): readonly string[] {
  const member = deviceId === "" ? [groupId, edgeNodeId] : [groupId, edgeNodeId, deviceId];
  return [...member, ...name.split("/")];
}

function matches(filter: readonly string[], levels: readonly string[]): boolean {
  for (const [depth, level] of filter.entries()) {
    if (level === "#") return true;
    if (depth >= levels.length || (level !== "+" && level !== levels[depth])) return false;
  }
  return filter.length === levels.length;
}
