/** The readers: what the tree shows, how old it is by which clock, and who else subscribes and keeps up. */
import { deviceTopic, nodeTopic } from "@unshub/sparkplug";
import type { ClientSession } from "../broker/index.ts";
import { filterCovers } from "../namespace/index.ts";
import type { Facts } from "./facts.ts";
import { evidenceOf, timeOf, type Evidence, type Hop } from "./hop.ts";
import { spanOf } from "./words.ts";

/** Clocks that are further apart than this are told. */
const SKEW_MS = 60_000;
/** A value that was older than this when it came was kept somewhere, or its clock is wrong. */
const OLD_MS = 300_000;
/** Subscribers that are listed. */
const MOST = 10;

type Found = Pick<Hop, "status" | "since" | "says" | "todo">;

export function readerHop(facts: Facts): Hop {
  const readers = readersOf(facts);
  const found = skewed(facts) ?? slow(readers) ?? shown(facts);
  return {
    hop: "reader",
    evidence: [...treeEvidence(facts), ...readerEvidence(readers)],
    ...found,
  };
}

function skewed({ metric, member }: Facts): Found | undefined {
  const { timestamp, receivedAt } = metric ?? {};
  if (timestamp === undefined || receivedAt === undefined) return undefined;
  const aheadMs = timestamp - receivedAt;
  const wasInBirth = receivedAt === member?.bornAt; // births bring values that did not change for long
  if (aheadMs <= SKEW_MS && (aheadMs >= -OLD_MS || wasInBirth)) return undefined;
  const how =
    aheadMs > 0
      ? `its clock is ${spanOf(aheadMs)} ahead of the hub's`
      : `it was ${spanOf(aheadMs)} old by its own clock when it came: that clock is behind, or the value was kept on the way`;
  return {
    status: "suspect",
    since: receivedAt,
    says: `The value came at ${timeOf(receivedAt)}, but ${how}, so it shows a wrong age.`,
    todo: "Set the clocks of gateway and hub by NTP; timestamps are UTC in milliseconds.",
  };
}

function slow(readers: readonly ClientSession[]): Found | undefined {
  const [worst] = readers
    .filter(({ dropped, queued, outgoingBytes }) => dropped > 0 && queued + outgoingBytes > 0)
    .toSorted((a, b) => b.dropped - a.dropped);
  if (worst === undefined) return undefined;
  return {
    status: "suspect",
    says: `The hub has the value, but the subscriber "${worst.clientId}" (${worst.address}) reads too slowly: ${worst.dropped} messages for it were dropped.`,
    todo: "If it is there that the value looks old: look at the load and network of that subscriber, or let it subscribe to less.",
  };
}

function shown({ metric, counts, kind }: Facts): Found {
  if (kind !== "metric") {
    const { metrics, bad, stale } = counts;
    const says = `${metrics} metrics: ${bad} bad, ${stale} not live.`;
    return { status: bad + stale === 0 ? "ok" : "suspect", says };
  }
  const { quality = "none", reason, receivedAt } = metric ?? {};
  const why = reason === undefined ? "" : `: ${reason}`;
  const says =
    quality === "none" ? "There was no value yet." : `The tree shows it as ${quality}${why}.`;
  return { status: quality === "good" ? "ok" : "suspect", since: receivedAt, says };
}

function treeEvidence({ metric }: Facts): readonly Evidence[] {
  if (metric === undefined) return [];
  const { timestamp, receivedAt, quality } = metric;
  const isTimed = timestamp !== undefined && receivedAt !== undefined;
  return evidenceOf({
    quality,
    "device time": timeOf(timestamp),
    received: timeOf(receivedAt),
    difference: isTimed ? `${((timestamp - receivedAt) / 1000).toFixed(3)} s` : undefined,
  });
}

/** Those whose filters cover the topic on which its data comes. */
function readersOf({ clients, groupId, edgeNodeId, deviceId }: Facts): readonly ClientSession[] {
  const topic =
    deviceId === undefined
      ? nodeTopic("NDATA", groupId, edgeNodeId)
      : deviceTopic("DDATA", { groupId, edgeNodeId }, deviceId);
  return clients.filter(({ subscriptions }) =>
    subscriptions.some(({ filter }) => filterCovers(unshared(filter), topic)),
  );
}

/** `$share/{name}/` is no part of the topics. */
function unshared(filter: string): string {
  return filter.startsWith("$share/") ? filter.split("/").slice(2).join("/") : filter;
}

function readerEvidence(readers: readonly ClientSession[]): readonly Evidence[] {
  const listed = readers.slice(0, MOST).map((reader): Evidence => {
    const { clientId, address, isConnected, dropped, queued, outgoingBytes } = reader;
    const where = isConnected ? address : "away";
    const waits = `${queued} queued, ${outgoingBytes} bytes on the way`;
    return [`subscriber "${clientId}"`, `${where}, ${dropped} dropped, ${waits}`];
  });
  const more = readers.length > MOST ? readers.length - MOST : undefined;
  const none = readers.length === 0 ? "none besides the hub itself" : undefined;
  return [...listed, ...evidenceOf({ "more subscribers": more, subscribers: none })];
}
