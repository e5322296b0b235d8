/** After an outage in which the server forgot us: what it keeps in its own history is read and told as history. */
import type { DataValue, NodeId } from "node-opcua-client";
import { firstLine } from "../errors.ts";
import type { Library } from "../library.ts";
import type { RawSession } from "../raw-session.ts";
import { leafValue } from "../values/leaf.ts";
import { member } from "../values/scalar.ts";
import type { Item } from "../values/server-values.ts";
import type { Live } from "./live.ts";

/** What is missing, and how much of it is read. */
export interface Backfill {
  readonly library: Library;
  readonly live: Live;
  /** When each metric was last told, in ms since 1970 UTC, by device and name. */
  readonly since: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Of one tag. */
  readonly maxValues: number;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
}

/** How many values one answer brings at most. */
const VALUES_PER_CALL = 1000;

/** Puts what it finds into the tables; resolves with how many values that were. Nodes without a history cost one call. */
export async function backfill(options: Backfill): Promise<number> {
  let found = 0;
  for (const item of options.live.values.items) {
    const since = sinceOf(item, options);
    if (since === undefined) continue;
    const values = await readHistory(item, { ...options, sinceMs: since });
    for (const data of values) found += take(item, data, since);
  }
  return found;
}

/** `undefined`: there is nothing to read, or nowhere to begin. */
function sinceOf({ node, table }: Item, { since }: Backfill): number | undefined {
  const { nodeId, leaves, tag, fault } = node;
  if (nodeId === undefined || leaves.length !== 1 || fault !== undefined) return undefined;
  const at = since.get(table.id)?.get(tag.name) ?? 0;
  return at === 0 ? undefined : at;
}

async function readHistory(
  { node }: Item,
  options: Backfill & { readonly sinceMs: number },
): Promise<readonly DataValue[]> {
  const { nodeId } = node;
  if (nodeId === undefined) return [];
  const values: DataValue[] = [];
  let continuationPoint: Buffer | undefined;
  try {
    while (values.length < options.maxValues) {
      const page = await readPage(options, { nodeId, continuationPoint });
      values.push(...page.values);
      continuationPoint = page.continuationPoint;
      if (continuationPoint === undefined) break;
    }
    return values.slice(0, options.maxValues);
  } catch (cause) {
    if (/BadHistoryOperationUnsupported|BadServiceUnsupported/.test(firstLine(cause))) return [];
    throw cause;
  }
}

interface Page {
  readonly values: readonly DataValue[];
  readonly continuationPoint: Buffer | undefined;
}

async function readPage(
  { library, live, sinceMs, now, maxValues }: Backfill & { readonly sinceMs: number },
  at: { readonly nodeId: NodeId; readonly continuationPoint: Buffer | undefined },
): Promise<Page> {
  const { nodeId, continuationPoint } = at;
  const request = new library.HistoryReadRequest({
    historyReadDetails: new library.ReadRawModifiedDetails({
      isReadModified: false,
      startTime: new Date(sinceMs + 1),
      endTime: new Date(now),
      numValuesPerNode: Math.min(VALUES_PER_CALL, maxValues),
      returnBounds: false,
    }),
    nodesToRead: [{ nodeId, ...(continuationPoint !== undefined && { continuationPoint }) }],
    releaseContinuationPoints: false,
    timestampsToReturn: library.TimestampsToReturn.Both,
  });
  const session: RawSession = live.session;
  const { results } = await session.historyRead(request);
  const [result] = results ?? [];
  if (result === undefined || result.statusCode.value >>> 30 === 2) {
    return { values: [], continuationPoint: undefined };
  }
  const list: unknown = member(result.historyData, "dataValues");
  const next = result.continuationPoint;
  return {
    values: Array.isArray(list) ? list : [],
    continuationPoint: next !== undefined && next !== null && next.length > 0 ? next : undefined,
  };
}

/** Only good values that lie in the gap. Answers how many were taken. */
function take({ node, table, first }: Item, data: DataValue, since: number): number {
  const [leaf] = node.leaves;
  const at = data.sourceTimestamp?.getTime();
  if (leaf === undefined || at === undefined || at <= since) return 0;
  if (data.statusCode.value >>> 30 !== 0) return 0;
  const converted = leafValue(data.value.value, leaf, node.tag.values);
  if ("reason" in converted) return 0;
  table.history(first, converted.value, at);
  return 1;
}
