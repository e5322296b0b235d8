/** What the adapter would do with a configuration, for `unshub check`. What browsing will find nobody knows beforehand. */
import {
  ruleWarning,
  type AdapterPlan,
  type ConfigProblem,
  type PlannedDevice,
  type PlannedRequest,
} from "@unshub/adapter";
import type { OpcUaConfig } from "./config.ts";
import type { TagConfig } from "./data-config.ts";

export function describeConfig(config: OpcUaConfig): AdapterPlan {
  const used = [...config.groups].filter(([name]) => isUsed(config, name));
  const perSecond = used.reduce((sum, [, { intervalMs }]) => sum + 1_000 / intervalMs, 0);
  const link = {
    name: config.endpoint,
    address: config.endpoints.join(", "),
    requestsPerSecond: perSecond,
    devices: devicesOf(config),
  };
  return { links: [link], warnings: [...warningsOf(config)] };
}

function isUsed({ tags, browse }: OpcUaConfig, name: string): boolean {
  return [...tags, ...browse].some(({ group }) => group === name);
}

function devicesOf(config: OpcUaConfig): readonly PlannedDevice[] {
  const byDevice = Map.groupBy(config.tags, ({ device }) => device);
  return [...byDevice].map(([deviceId, tags]) => ({
    deviceId,
    tags: tags.length,
    requests: requestsOf(tags, config),
  }));
}

function requestsOf(tags: readonly TagConfig[], config: OpcUaConfig): readonly PlannedRequest[] {
  return [...Map.groupBy(tags, ({ group }) => group)].map(([group, own]) => {
    const { mode, intervalMs = 0 } = config.groups.get(group) ?? {};
    return {
      what: mode === "poll" ? "read" : "subscription",
      group,
      intervalMs,
      tags: own.length,
    };
  });
}

function* warningsOf(config: OpcUaConfig): Generator<ConfigProblem> {
  const { trust, security, groups } = config;
  if (trust.onFirstUse) {
    yield { path: ["trustOnFirstUse"], message: "whoever answers first is taken for the server" };
  }
  if (security.kind === "none") {
    yield { path: ["security"], message: "everybody in between can read and change values" };
  }
  for (const tag of config.tags) {
    const message = ruleFault(tag, config.describeTags);
    if (message !== undefined) yield { path: ["tags"], message: `${tag.name}: ${message}` };
  }
  for (const name of groups.keys()) {
    const message = "no tag and no browse rule is in this group";
    if (!isUsed(config, name)) yield { path: ["groups", name], message };
  }
}

/** As far as it can be told without the server, which knows the type, and may know the range. */
function ruleFault({ rule }: TagConfig, isDescribed: boolean): string | undefined {
  const range = rule.euRange ?? (isDescribed ? UNKNOWN_RANGE : undefined);
  return ruleWarning({ ...rule, ...(range !== undefined && { euRange: range }) }, "Double");
}

const UNKNOWN_RANGE = [0, 1] as const;
