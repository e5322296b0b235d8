/** What differs between two configurations of one entry, and what each difference costs. */
import { isDeepStrictEqual } from "node:util";
import type { PlannedBirth, ReloadReport } from "@unshub/adapter";
import type { Identity, OpcUaConfig } from "./config.ts";
import type { TagConfig } from "./data-config.ts";

/**
 * How much has to be done. `rules`: only when a value is told is another; `tags`: the nodes are located and watched anew on the
 * session there is; `link`: the connection is another.
 */
export type Cost = "nothing" | "rules" | "tags" | "link";

export interface Difference {
  readonly cost: Cost;
  readonly report: ReloadReport;
}

/** Keys that count the next time nodes are located; everything else belongs to the link. */
const OF_TAGS = [
  "tags",
  "groups",
  "methods",
  "readOnly",
  "maxCommandAgeMs",
  "historicalAfterMs",
  "historyBackfill",
  "maxBackfill",
  "uncertainAs",
] as const satisfies readonly (keyof OpcUaConfig)[];

export function differenceBetween(before: OpcUaConfig, after: OpcUaConfig): Difference {
  const old = byDevice(before);
  const young = byDevice(after);
  const both = [...young.keys()].filter((device) => old.has(device));
  const changed = both.filter(
    (device) => !isDeepStrictEqual(bare(old, device), bare(young, device)),
  );
  const cost = costOf(before, after);
  return {
    cost,
    report: {
      added: [...young.keys()].filter((device) => !old.has(device)),
      removed: [...old.keys()].filter((device) => !young.has(device)),
      reborn: cost === "nothing" || cost === "rules" ? [] : changed,
      reconnected: cost === "link" ? [after.endpoint] : [],
      adjustedTags: adjustedTags(before.tags, after.tags),
    },
  };
}

/** The devices as they will be born, as far as tags tell: what browsing finds nobody knows before. */
export function plannedBirths(config: OpcUaConfig): readonly PlannedBirth[] {
  const link = { link: linkPart(config), identity: config.identity };
  return [...Map.groupBy(config.tags, ({ device }) => device)].map(([deviceId, tags]) => ({
    deviceId,
    metrics: tags.map(({ name }) => ({ name })),
    basis: { ...link, tags: withoutRules(tags) },
    link,
  }));
}

function costOf(before: OpcUaConfig, after: OpcUaConfig): Cost {
  if (!isSameIdentity(before.identity, after.identity)) return "link";
  if (!isDeepStrictEqual(linkPart(before), linkPart(after))) return "link";
  const others = OF_TAGS.filter((key) => key !== "tags");
  if (others.some((key) => !isDeepStrictEqual(before[key], after[key]))) return "tags";
  if (!isDeepStrictEqual(withoutRules(before.tags), withoutRules(after.tags))) return "tags";
  if (isDeepStrictEqual(before.tags, after.tags)) return "nothing";
  return isFilterChanged(before, after) ? "tags" : "rules";
}

/** A secret shows nothing of itself, so that a comparison of all keys would not see that it is another. */
function isSameIdentity(before: Identity, after: Identity): boolean {
  if (before.kind !== "user" || after.kind !== "user") return isDeepStrictEqual(before, after);
  return before.user === after.user && before.password.equals(after.password);
}

function linkPart(config: OpcUaConfig): object {
  const skipped: readonly string[] = [...OF_TAGS, "identity"];
  return Object.fromEntries(Object.entries(config).filter(([key]) => !skipped.includes(key)));
}

function withoutRules(tags: readonly TagConfig[]): readonly object[] {
  return tags.map(({ rule, ...tag }) => ({ ...tag, range: rule.euRange })); // the birth tells the range
}

/** A server that leaves out small changes must be told that others are small now. */
function isFilterChanged(before: OpcUaConfig, after: OpcUaConfig): boolean {
  return after.tags.some((tag, index) => {
    const group = after.groups.get(tag.group);
    if (group === undefined || group.mode === "poll" || group.deadbandIn === "local") return false;
    const { deadband, deadbandPercent, of, publish } = tag.rule;
    const old = before.tags[index]?.rule;
    return !isDeepStrictEqual(
      [deadband, deadbandPercent, of, publish === "always"],
      [old?.deadband, old?.deadbandPercent, old?.of, old?.publish === "always"],
    );
  });
}

/** Tags of the same place in both, which differ in nothing but when their value is told. */
function adjustedTags(before: readonly TagConfig[], after: readonly TagConfig[]): number {
  const old = new Map(before.map((tag) => [`${tag.device}/${tag.name}`, tag]));
  return after.filter((tag) => {
    const known = old.get(`${tag.device}/${tag.name}`);
    return (
      known !== undefined &&
      !isDeepStrictEqual(known, tag) &&
      isDeepStrictEqual(withoutRules([known]), withoutRules([tag]))
    );
  }).length;
}

/** What the birth of each device that the configuration names depends on. */
function byDevice(config: OpcUaConfig): ReadonlyMap<string, readonly object[]> {
  const parts = new Map<string, object[]>();
  const add = (device: string, part: object): void => {
    const list = parts.get(device) ?? [];
    parts.set(device, list);
    list.push(part);
  };
  for (const { rule, ...tag } of config.tags) add(tag.device, { ...tag, range: rule.euRange });
  for (const method of config.methods) add(method.device, method);
  for (const event of config.events) add(event.device, event);
  return parts;
}

function bare(parts: ReadonlyMap<string, readonly object[]>, device: string): readonly object[] {
  return parts.get(device) ?? [];
}
