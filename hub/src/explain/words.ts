/** Words that several hops use. */
import { endWords as wordsOfEnd, type ConnectionEnd } from "../broker/index.ts";
import type { NodeLink } from "../namespace/index.ts";
import type { Facts } from "./facts.ts";
import { timeOf } from "./hop.ts";

/** `90 s`, `12 min`, `7 h`, `3 days`. */
export function spanOf(ms: number): string {
  const seconds = Math.abs(ms) / 1000;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800
    ? `${Math.round(seconds / 3600)} h`
    : `${Math.round(seconds / 86_400)} days`;
}

/** `edge node Plant1/gw-press` */
export function nodeName({ groupId, edgeNodeId }: Facts): string {
  return `edge node ${groupId}/${edgeNodeId}`;
}

/** `client "gw" (10.0.0.7:50000)` */
export function clientName({ clientId, address }: NodeLink): string {
  return `client "${clientId}" (${address})`;
}

/** What is known of the connection that speaks for the edge node, or did last. */
export function linkFacts(link: NodeLink | undefined): Record<string, string | number | undefined> {
  if (link === undefined) return {};
  const { clientId, username, address, protocol, keepAliveSeconds, connectedAt, left } = link;
  const { before, count } = link;
  return {
    client: `"${clientId}"`,
    user: username,
    address,
    protocol: `MQTT ${protocol}, keep alive ${keepAliveSeconds} s`,
    connected: timeOf(connectedAt),
    connections: count > 1 ? count : undefined,
    "connection before": before && `ended ${timeOf(before.at)}: ${endWords(before.end, link)}`,
    disconnected: left && `${timeOf(left.at)}: ${endWords(left.end, link)}`,
  };
}

/** Why a connection ended, after its subject. */
export function endWords(end: ConnectionEnd, { keepAliveSeconds }: NodeLink): string {
  return wordsOfEnd(end, keepAliveSeconds);
}
