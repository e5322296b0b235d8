/** After an outage in which the server forgot us: what it keeps in its own history is read and told as history. */
import type { DataValue, HistoryReadResult, NodeId } from "node-opcua-client";
import { firstLine } from "../errors.ts";
import type { Library } from "../library.ts";
import { leafValue } from "../values/leaf.ts";
import { member } from "../values/scalar.ts";
import type { Item } from "../values/server-values.ts";
import { isOpaque } from "../values/structure.ts";
import { signatureOf } from "../values/tag-node.ts";
import type { Live } from "./live.ts";

/** What is missing, and how much of it is read. */
export interface Backfill {
  readonly library: Library;
  readonly live: Live;
  /** When each metric was last told, in ms since 1970 UTC, by device and name. */
  readonly since: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Of one tag. */
  readonly maxValues: number;
  /** As many the server takes in one call. */
  readonly nodesPerCall: number;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
}

/** How many values one answer brings of each node at most. */
const VALUES_PER_CALL = 1000;

/** An item with what was found of it so far. */
interface Asked {
  readonly item: Item;
  readonly nodeId: NodeId;
  readonly since: number;
  count: number;
  continuationPoint?: Buffer | undefined;
}

/** Puts what it finds into the tables; resolves with how many values that were. Only nodes with a history are asked about. */
export async function backfill(options: Backfill): Promise<number> {
  const wanted = options.live.values.items
    .flatMap((item) => askedOf(item, options))
    .toSorted((a, b) => a.since - b.since); // one call has one beginning for all its nodes
  const perCall = Math.max(1, options.nodesPerCall);
  let found = 0;
  for (let at = 0; at < wanted.length; at += perCall) {
    found += await readPart(wanted.slice(at, at + perCall), options);
  }
  return found;
}

/** Nothing: there is nothing to read, or nowhere to begin. */
function askedOf(item: Item, { since }: Backfill): readonly Asked[] {
  const { nodeId, leaves, tag, fault, hasHistory } = item.node;
  if (nodeId === undefined || fault !== undefined || !hasHistory) return [];
  // Members of a structure are told together.
  const at = since.get(item.table.id)?.get(`${tag.name}${leaves[0]?.suffix ?? ""}`) ?? 0;
  return at === 0 ? [] : [{ item, nodeId, since: at, count: 0 }];
}

/** Asks about the nodes of one call until each has told all, or as much as is wanted. */
async function readPart(part: readonly Asked[], options: Backfill): Promise<number> {
  const from = Math.min(...part.map(({ since }) => since));
  let found = 0;
  let open = part;
  while (open.length > 0) {
    const results = await read(options, open, from);
    for (const [index, asked] of open.entries()) {
      const result = results[index];
      const values = valuesIn(result)
        .filter(({ sourceTimestamp }) => (sourceTimestamp?.getTime() ?? 0) > asked.since)
        .slice(0, options.maxValues - asked.count);
      asked.count += values.length;
      asked.continuationPoint = nextIn(result);
      for (const data of values) found += take(asked.item, data);
    }
    const unread = open.filter(({ continuationPoint }) => continuationPoint !== undefined);
    open = unread.filter(({ count }) => count < options.maxValues);
    await release(
      options,
      unread.filter((each) => !open.includes(each)),
    );
  }
  return found;
}

async function read(
  { library, live, now, maxValues }: Backfill,
  nodes: readonly Asked[],
  from: number,
): Promise<readonly HistoryReadResult[]> {
  const request = new library.HistoryReadRequest({
    historyReadDetails: new library.ReadRawModifiedDetails({
      isReadModified: false,
      startTime: new Date(from + 1),
      endTime: new Date(now),
      numValuesPerNode: Math.min(VALUES_PER_CALL, maxValues),
      returnBounds: false,
    }),
    nodesToRead: nodes.map(nodeToRead),
    releaseContinuationPoints: false,
    timestampsToReturn: library.TimestampsToReturn.Both,
  });
  try {
    const { results } = await live.session.historyRead(request);
    return results ?? [];
  } catch (cause) {
    if (/BadHistoryOperationUnsupported|BadServiceUnsupported/.test(firstLine(cause))) return [];
    throw cause;
  }
}

/** What is not read to its end would wait at the server. */
async function release({ library, live }: Backfill, nodes: readonly Asked[]): Promise<void> {
  if (nodes.length === 0) return;
  const request = new library.HistoryReadRequest({
    historyReadDetails: new library.ReadRawModifiedDetails({}),
    nodesToRead: nodes.map(nodeToRead),
    releaseContinuationPoints: true,
    timestampsToReturn: library.TimestampsToReturn.Both,
  });
  await live.session.historyRead(request);
}

function nodeToRead({ nodeId, continuationPoint }: Asked): object {
  return { nodeId, ...(continuationPoint !== undefined && { continuationPoint }) };
}

function valuesIn(result: HistoryReadResult | undefined): readonly DataValue[] {
  if (result === undefined || result.statusCode.value >>> 30 === 2) return [];
  const list: unknown = member(result.historyData, "dataValues");
  return Array.isArray(list) ? list : [];
}

function nextIn(result: HistoryReadResult | undefined): Buffer | undefined {
  const next = result?.continuationPoint;
  return next !== undefined && next !== null && next.length > 0 ? next : undefined;
}

/** Only good values of the type that was born. Answers whether it was one: 1 or 0. */
function take({ node, table, first }: Item, { sourceTimestamp, statusCode, value }: DataValue) {
  const at = sourceTimestamp?.getTime();
  if (at === undefined || statusCode.value >>> 30 !== 0) return 0;
  if (signatureOf(value) !== node.signature || isOpaque(value.value)) return 0;
  let taken = 0;
  for (const [offset, leaf] of node.leaves.entries()) {
    const converted = leafValue(value.value, leaf, node.tag.values);
    if ("reason" in converted) continue;
    table.history(first + offset, converted.value, at);
    taken = 1;
  }
  return taken;
}
