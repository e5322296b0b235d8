/** What a tag may say and probably does not mean. */
import { ON_CHANGE, ruleWarning, type ConfigProblem } from "@unshub/adapter";
import type { Tag } from "../tag.ts";

/** Paths begin at the tag. */
export function tagWarnings({ publish, euRange, datatype }: Tag): readonly ConfigProblem[] {
  const rule = { ...(publish ?? ON_CHANGE), ...(euRange !== undefined && { euRange }) };
  const message = ruleWarning(rule, datatype);
  if (message === undefined) return [];
  return [{ path: [rule.deadband === undefined ? "deadbandPercent" : "deadband"], message }];
}
