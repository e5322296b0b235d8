/** The catalogue of all diagnoses, and the level that the configuration gives to one. */
import {
  RULE_CODES,
  type NamespaceConfig,
  type RuleCode,
  type RuleLevel,
} from "../../config/index.ts";
import { CONNECT_RULES } from "./connect-rules.ts";
import type { Fault } from "./faults.ts";
import { METRIC_RULES } from "./metric-rules.ts";
import { PAYLOAD_RULES } from "./payload-rules.ts";
import type { Occasion, Rule } from "./rule.ts";
import { SESSION_RULES } from "./session-rules.ts";
import { TOPIC_RULES } from "./topic-rules.ts";

export const CATALOGUE: Readonly<Record<RuleCode, Rule>> = {
  ...TOPIC_RULES,
  ...CONNECT_RULES,
  ...PAYLOAD_RULES,
  ...SESSION_RULES,
  ...METRIC_RULES,
};

/** The statements that a rule watches on an occasion, as `tck-id-…`. */
export function idsOf(code: RuleCode, occasion: Occasion): readonly string[] {
  const { ids } = CATALOGUE[code];
  const texts = occasion === "any" ? [ids.any] : [ids[occasion], ids.any];
  return texts.flatMap((text) => text?.split(" ") ?? []).map((id) => `tck-id-${id}`);
}

/** Statements that say SHOULD, and the one about late DBIRTHs, which the standard itself contradicts (#470, #492). */
const ADVICE: ReadonlySet<string> = new Set([
  "tck-id-case-sensitivity-sparkplug-ids",
  "tck-id-case-sensitivity-metric-names",
  "tck-id-operational-behavior-data-commands-ncmd-metric-name",
  "tck-id-operational-behavior-data-commands-dcmd-metric-name",
  "tck-id-payloads-metric-datatype-not-req",
  "tck-id-payloads-dbirth-order",
]);

/** Whether who does otherwise still conforms. */
export function isAdvice(id: string): boolean {
  return ADVICE.has(id);
}

/** The occasions on which a rule watches statements. */
export function occasionsOf(code: RuleCode): readonly Occasion[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of a record of occasions
  return Object.keys(CATALOGUE[code].ids) as Occasion[];
}

/**
 * The level of a fault. The server's own topics are nobody's to write, whatever is configured. What is so common in
 * plants that refusing it would stop them is refused only when its rule is named.
 */
export function levelOf(config: NamespaceConfig, fault: Kind): RuleLevel {
  const level = configuredLevel(config, fault);
  return level === "reject" && fault.isToldOnly === true ? "warn" : level;
}

/** A rule as people read it, with its level now. */
export interface ShownRule extends Pick<Rule, "title" | "advice" | "strict"> {
  readonly code: RuleCode;
  readonly level: RuleLevel;
  /** Whether the configuration names it, or its profile gives the level. */
  readonly isNamed: boolean;
  /** Statements of the standard. */
  readonly ids: readonly string[];
}

export function shownRules(config: NamespaceConfig): readonly ShownRule[] {
  return RULE_CODES.map((code) => {
    const { title, advice, strict, ids } = CATALOGUE[code];
    const texts = Object.values(ids).flatMap((text) => text.split(" "));
    return {
      code,
      title,
      advice,
      strict,
      level: levelOf(config, { code }),
      isNamed: code !== "T10" && config.sparkplug.rules[code] !== undefined,
      ids: [...new Set(texts)].map((id) => `tck-id-${id}`),
    };
  });
}

type Kind = Pick<Fault, "code"> & Partial<Pick<Fault, "isCommon" | "isToldOnly" | "isReserved">>;

function configuredLevel(
  { sparkplug }: NamespaceConfig,
  { code, isCommon = false, isReserved = false }: Kind,
): RuleLevel {
  if (code === "T10" || isReserved) return "reject";
  const named = sparkplug.rules[code];
  if (named !== undefined) return named;
  if (sparkplug.profile === "observe") return "observe";
  const { strict } = CATALOGUE[code];
  return strict === "reject" && isCommon ? "warn" : strict;
}
