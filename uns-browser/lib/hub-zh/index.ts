/** Everything that the hub says, in Simplified Chinese; loaded with the first answer that may have a sentence in it. */
import { ADAPTERS } from "./adapters.ts";
import { AUDIT } from "./audit.ts";
import { COMMANDS } from "./commands.ts";
import { CONNECTIONS } from "./connections.ts";
import { ENTRY_KEYS } from "./entry-keys.ts";
import { EXPLAIN } from "./explain.ts";
import { FILTER } from "./filter.ts";
import { FINDINGS } from "./findings.ts";
import { METRICS } from "./metrics.ts";
import { OPCUA } from "./opcua.ts";
import { REASONS } from "./reasons.ts";
import { REFUSALS } from "./refusals.ts";
import { METRIC_RULES } from "./rules-of-metrics.ts";
import { SESSION_RULES } from "./rules-of-sessions.ts";
import { RULES } from "./rules.ts";
import { TAG_KEYS } from "./tag-keys.ts";
import { TAGS } from "./tags.ts";
import { TRIALS } from "./trials.ts";
import { WRITES } from "./writes.ts";

export const HUB_WORDS = {
  ...RULES,
  ...SESSION_RULES,
  ...METRIC_RULES,
  ...FINDINGS,
  ...METRICS,
  ...EXPLAIN,
  ...REASONS,
  ...COMMANDS,
  ...REFUSALS,
  ...CONNECTIONS,
  ...WRITES,
  ...ADAPTERS,
  ...OPCUA,
  ...TAGS,
  ...TAG_KEYS,
  ...ENTRY_KEYS,
  ...FILTER,
  ...AUDIT,
  ...TRIALS,
};
