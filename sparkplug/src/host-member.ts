/** What a host keeps of a device, or of an edge node as the bearer of its own metrics: last values, and who has which alias. */
import type { NodeId } from "./command.ts";
import type { HostMetric, HostSubject } from "./host-listener.ts";
import type { Metric } from "./payload.ts";

/** Where a device, or the node as the bearer of its own metrics, stands. */
export type MemberState =
  | { readonly kind: "online"; readonly since: number }
  /** Its metrics keep their last values and are stale since then. */
  | { readonly kind: "stale"; readonly since: number };

/** A device, or the edge node as the bearer of its own metrics. */
export interface HostMember {
  readonly deviceId: string | undefined;
  state: MemberState;
  /** The payload timestamp of its last birth, live or kept by a server, ms UTC by the node's clock. */
  bornAt: number;
  readonly metrics: Map<string, HostMetric>;
  /** Names of its metrics. */
  readonly aliases: Map<number | bigint, string>;
}

/** What a reader may see of a device, or of the edge node as the bearer of its own metrics. */
export interface HostMemberView {
  readonly deviceId: string | undefined;
  readonly state: MemberState;
  readonly metrics: ReadonlyMap<string, HostMetric>;
}

/** Who an alias belongs to, over a whole edge node. */
type AliasOwners = { readonly aliasOwners: Map<number | bigint, HostMember> };

/** A device, or the edge node as the bearer of its own metrics, before its birth. */
export function openHostMember(deviceId: string | undefined): HostMember {
  return {
    deviceId,
    state: { kind: "stale", since: 0 },
    bornAt: Number.NEGATIVE_INFINITY,
    metrics: new Map(),
    aliases: new Map(),
  };
}

/** By alias when there is no name; an alias of another device is none of this one's. */
export function bornAs(member: HostMember, { name, alias }: Metric): HostMetric | undefined {
  const known = name ?? (alias === undefined ? undefined : member.aliases.get(alias));
  return known === undefined ? undefined : member.metrics.get(known);
}

/** False when the alias stands for something else already; within another device both can still be told apart. */
export function dealAlias(
  node: AliasOwners,
  member: HostMember,
  { alias, name }: { readonly alias: number | bigint; readonly name: string },
): boolean {
  const owner = node.aliasOwners.get(alias);
  member.aliases.set(alias, name);
  if (owner === undefined) node.aliasOwners.set(alias, member);
  return owner === undefined;
}

/** A new birth deals them again. */
export function forgetAliases(node: AliasOwners, member: HostMember): void {
  for (const alias of member.aliases.keys()) {
    if (node.aliasOwners.get(alias) === member) node.aliasOwners.delete(alias);
  }
  member.aliases.clear();
}

export function subjectOf(
  { groupId, edgeNodeId }: NodeId,
  { deviceId }: HostMember,
  server: string,
): HostSubject {
  return { groupId, edgeNodeId, deviceId, server };
}
