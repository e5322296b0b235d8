/** When a value is worth publishing: the rule of one metric, and what of a rule makes no sense. */
import { integerRange, type Datatype } from "@unshub/sparkplug";

/** Report by exception, for one metric. */
export interface PublishRule {
  /**
   * `onChange`: what differs from what was last published. `onChangeOrInterval`: that, and the value again after
   * `maxIntervalMs` without. `always`: every value.
   */
  readonly publish: "onChange" | "always" | "onChangeOrInterval";
  /** A change must be larger than this, in engineering units. 0: only exact repeats are left out, as without any. */
  readonly deadband?: number;
  /** As `deadband`, in percent of `of`. With both, a change must be larger than both. */
  readonly deadbandPercent?: number;
  /** `range` (default): of `euRange`. `value`: of the value last published. */
  readonly of?: "range" | "value";
  readonly euRange?: readonly [low: number, high: number];
  /** No more often than this; the last value meanwhile is published when the time is over. */
  readonly minIntervalMs?: number;
  /** The value again when nothing was published for so long. */
  readonly maxIntervalMs?: number;
}

/** Every change, at once. */
export const ON_CHANGE: PublishRule = { publish: "onChange" };

/** What is allowed but does nothing: a sentence for the log and for `unshub check`; `undefined` when all is well. */
export function ruleWarning(rule: PublishRule, datatype: Datatype): string | undefined {
  return deadbandWarning(rule, datatype) ?? intervalWarning(rule);
}

function deadbandWarning(rule: PublishRule, datatype: Datatype): string | undefined {
  const { deadband, deadbandPercent, of = "range", euRange, publish } = rule;
  const hasDeadband = deadband !== undefined || deadbandPercent !== undefined;
  if (hasDeadband && !isNumeric(datatype)) {
    return `a deadband does nothing for ${datatype}; every change is published`;
  }
  if (hasDeadband && publish === "always") {
    return "a deadband does nothing with publish: always";
  }
  if (deadbandPercent !== undefined && of === "range" && euRange === undefined) {
    return "deadbandPercent does nothing without euRange; add one, or say of: value";
  }
  return undefined;
}

function intervalWarning({ publish, maxIntervalMs }: PublishRule): string | undefined {
  if (publish === "onChange" && maxIntervalMs !== undefined) {
    return "maxInterval does nothing with publish: onChange; say onChangeOrInterval";
  }
  if (publish === "onChangeOrInterval" && maxIntervalMs === undefined) {
    return "onChangeOrInterval without maxInterval is the same as onChange";
  }
  return undefined;
}

/** Whether values of `datatype` can be a little apart. */
export function isNumeric(datatype: Datatype): boolean {
  if (datatype === "Float" || datatype === "Double") return true;
  return datatype !== "DateTime" && integerRange(datatype) !== undefined;
}
