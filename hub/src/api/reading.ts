/** What a caller may read of what stands in no tree: findings, certificates, adapters. */
import type { ClientSession } from "../broker/index.ts";
import { mayDo } from "../identity/index.ts";
import type { Caller } from "./who.ts";

const SPARKPLUG =
  /^(?:\$sparkplug\/certificates\/)?spBv1\.0\/(?<group>[^/]+)\/[ND][A-Z]+\/(?<edgeNode>[^/]+)(?:\/(?<device>[^/]+))?/;

/** Whether something in an edge node may be read. */
export function readsNode(
  { reach }: Pick<Caller, "reach">,
  group: string,
  edgeNode: string,
): boolean {
  return reach.of({ group, edgeNode }) !== "nothing";
}

/** Whether a device, or the edge node itself, may be read as a whole. */
export function readsMember(
  { reach }: Pick<Caller, "reach">,
  {
    group,
    edgeNode,
    device,
  }: { readonly group: string; readonly edgeNode: string; readonly device: string | undefined },
): boolean {
  return reach.of({ group, edgeNode, ...(device !== undefined && { device }) }) === "all";
}

/** Whether what was seen on a topic may be told: to whom all findings may be, to whom something of its device may be read, … */
export function readsTopic(caller: Pick<Caller, "reach" | "rights">, topic: string): boolean {
  const { reach, rights } = caller;
  if (reach.of(undefined) === "all" || rights?.mayReceive("$UNS/findings/all") === true)
    return true;
  const { group, edgeNode, device } = SPARKPLUG.exec(topic)?.groups ?? {};
  if (group !== undefined && edgeNode !== undefined)
    return reach.of({ group, edgeNode, ...(device !== undefined && { device }) }) !== "nothing";
  return rights?.mayReceive(topic) ?? true;
}

/** As `Plant1/gw-press`; names of others, hosts and clients, are for those who read everything. */
export function readsSubject(
  caller: Pick<Caller, "reach" | "rights">,
  { kind, name }: { readonly kind: string; readonly name: string },
): boolean {
  const { reach, rights } = caller;
  if (reach.of(undefined) === "all" || rights?.mayReceive("$UNS/findings/all") === true)
    return true;
  const [group = "", edgeNode = ""] = name.split("/");
  return kind === "edge node" && readsNode(caller, group, edgeNode);
}

/** Whether all clients are there for somebody. */
export function readsAllClients({
  reach,
  principal,
}: Pick<Caller, "reach" | "principal">): boolean {
  return reach.of(undefined) === "all" || mayDo(principal, "manage identities");
}

/**
 * What a client subscribes to and leaves as its Will tells of the plant. All clients are there for those who may read
 * everything, and for those who say who may come in; for others their own, and the edge nodes in which they may read.
 */
export function readsClient(
  caller: Pick<Caller, "reach" | "principal">,
  { owner, will }: Pick<ClientSession, "owner" | "will">,
): boolean {
  if (readsAllClients(caller) || owner === caller.principal.id) return true;
  const { group, edgeNode } = SPARKPLUG.exec(will?.topic ?? "")?.groups ?? {};
  return group !== undefined && edgeNode !== undefined && readsNode(caller, group, edgeNode);
}
