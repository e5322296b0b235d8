/** What the last births said of a metric, for those who check what is said later. */
import type { Metric } from "@unshub/sparkplug";
import { infoOf, metricName, type MetricInfo } from "./metric-info.ts";
import type { Member, NodeSession } from "./session.ts";
import type { UnsTree } from "./tree.ts";

/** By name in the edge node or its device; by alias in that member first, then in the others of the edge node. */
export function bornMetric(
  tree: UnsTree,
  session: NodeSession,
  deviceId: string | undefined,
  { name, alias }: Pick<Metric, "name" | "alias">,
): MetricInfo | undefined {
  const member = deviceId === undefined ? session.own : session.devices.get(deviceId);
  const id = name === undefined ? idByAlias(session, member, alias) : idByName(tree, member, name);
  return id < 0 ? undefined : infoOf(tree, id);
}

const NONE = -1;

function idByAlias(
  { own, devices }: NodeSession,
  first: Member | undefined,
  alias: Metric["alias"],
): number {
  if (alias === undefined) return NONE;
  const found = first?.aliases.get(alias) ?? NONE;
  if (found >= 0) return found;
  for (const member of [own, ...devices.values()]) {
    const id = member.aliases.get(alias);
    if (id >= 0) return id;
  }
  return NONE;
}

function idByName(tree: UnsTree, member: Member | undefined, name: string): number {
  if (member === undefined) return NONE;
  member.names ??= namesOf(tree, member);
  return member.names.get(name) ?? NONE;
}

/** The metrics of a member by name. */
export function namesOf(tree: UnsTree, { ids, rowId }: Member): Map<string, number> {
  const names = new Map<string, number>();
  for (const id of ids) names.set(metricName(tree, rowId, id), id);
  return names;
}
