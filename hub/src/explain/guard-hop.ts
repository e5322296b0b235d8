/** The guard: were messages refused, and which rules does the edge node break? */
import type { RuleBroken } from "../namespace/index.ts";
import type { Facts } from "./facts.ts";
import { evidenceOf, timeOf, type Evidence, type Hop } from "./hop.ts";
import { nodeName } from "./words.ts";

/** Rules that are told; the rest is in `unshub findings`. */
const MOST = 5;

export function guardHop(facts: Facts): Hop {
  const { report, session } = facts;
  const hop = { hop: "guard", evidence: guardEvidence(facts) } as const;
  if (report === undefined) {
    const says = `Nothing of the ${nodeName(facts)} came by since the hub started.`;
    return { ...hop, status: "unknown", says };
  }
  const { refused, broken } = report;
  const openSince = Math.max(session?.node.bornAt ?? 0, 1);
  if (refused !== undefined && refused.at >= openSince) {
    const isOver = (session?.lastHeardAt ?? 0) > refused.at;
    return {
      ...hop,
      status: isOver ? "suspect" : "broken",
      since: refused.at,
      says: `The guard refused ${refused.count} messages or connections of the ${nodeName(facts)}, the last with ${refused.what}.`,
      todo: adviceOn(refused.what, facts),
    };
  }
  const count = new Set(broken.map(({ code }) => code)).size;
  const says =
    count === 0
      ? "All that came keeps the rules."
      : `Nothing was refused; the ${nodeName(facts)} breaks ${count === 1 ? "a rule" : `${count} rules`}.`;
  return { ...hop, status: "ok", says };
}

/** What to do about the rule that refused; its code stands before the sentence. */
function adviceOn(what: string, { report }: Facts): string {
  const rule = report?.broken.find(({ code }) => what.includes(`${code}: `));
  return `${rule?.advice ?? "See unshub findings."} Or let it pass: namespace.sparkplug.rules in unshub.yaml.`;
}

function guardEvidence(facts: Facts): readonly Evidence[] {
  const { report } = facts;
  if (report === undefined) return [];
  const { refused } = report;
  const broken = report.broken.toSorted((a, b) => mentions(facts, b) - mentions(facts, a));
  const byCode = Map.groupBy(broken, ({ code }) => code); // a rule may be broken on several occasions
  const rules = [...byCode.values()].slice(0, MOST).flatMap(ruleEvidence);
  return [
    ...evidenceOf({
      refused: refused && `${refused.count}, the last ${timeOf(refused.at)}: ${refused.what}`,
    }),
    ...rules,
    ...evidenceOf({ "more rules": byCode.size > MOST ? byCode.size - MOST : undefined }),
  ];
}

/** 2: its sentence names this metric; 1: this device; 0: neither. */
function mentions({ metric, deviceId }: Facts, { because }: RuleBroken): number {
  if (metric !== undefined && because.includes(`"${metric.info.name}"`)) return 2;
  return deviceId !== undefined && because.includes(`"${deviceId}"`) ? 1 : 0;
}

/** `same`: one rule on its occasions, the newest first. */
function ruleEvidence(same: readonly RuleBroken[]): readonly Evidence[] {
  const [newest] = same;
  if (newest === undefined) return [];
  const { code, title, lastAt, because } = newest;
  const count = same.reduce((sum, each) => sum + each.count, 0);
  return [[`${code} ${title}`, `${count}, the last ${timeOf(lastAt)}: ${because}`]];
}
