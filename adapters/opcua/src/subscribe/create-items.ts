/**
 * Creates the items of a subscription in parts and looks at what the server said of each, because an item that it refused
 * stays silent for ever.
 */
import type { DataChangeFilter, EventFilter, NodeId, StatusCode } from "node-opcua-client";
import { inChunks, type ChunkSize } from "../chunks.ts";
import { firstLine, OpcUaError } from "../errors.ts";
import type { Library } from "../library.ts";
import type { RawSession } from "../raw-session.ts";
import { actionOf, nameOf, type ItemAction } from "../values/status.ts";
import { lackIn } from "./room.ts";

/** One item as it is asked for. */
export interface WantedItem {
  /** Names the item in all that comes; not 0. */
  readonly handle: number;
  readonly nodeId: NodeId;
  readonly attributeId: number;
  readonly indexRange?: string;
  readonly samplingMs: number;
  readonly queue: number;
  readonly filter?: DataChangeFilter | EventFilter;
}

/** What became of it. */
export interface CreatedItem {
  readonly wanted: WantedItem;
  readonly status: StatusCode;
  readonly action: ItemAction;
  /** Whether it was made without the filter that was asked for. */
  readonly isUnfiltered: boolean;
  /** By which the server knows it. */
  readonly itemId: number;
  readonly revisedSamplingMs: number;
  readonly revisedQueue: number;
}

/** What a server says of one item. */
interface ItemAnswer {
  readonly statusCode: StatusCode;
  readonly monitoredItemId: number;
  readonly revisedSamplingInterval: number;
  readonly revisedQueueSize: number;
}

export interface ItemMaker {
  readonly session: RawSession;
  readonly library: Library;
  readonly subscriptionId: number;
  readonly chunk: ChunkSize;
}

/** A server that has many items already may need long for more of them. */
const WITHIN_MS = 30_000;

/**
 * One answer for each of `wanted`, in their order. Those whose filter was refused are made again without.
 * @throws {OpcUaError} ITEMS_UNKNOWN when the server did not answer in time: it may have made some or all of them.
 */
export async function createItems(
  maker: ItemMaker,
  wanted: readonly WantedItem[],
): Promise<readonly CreatedItem[]> {
  const created = await createOnce(maker, wanted, false);
  const unfiltered = created.filter(({ action }) => action === "unfiltered");
  if (unfiltered.length === 0) return created;
  const again = await createOnce(
    maker,
    unfiltered.map(({ wanted: { filter: _filter, ...rest } }) => rest),
    true,
  );
  const byHandle = new Map(again.map((each) => [each.wanted.handle, each]));
  return created.map((each) => byHandle.get(each.wanted.handle) ?? each);
}

/** Takes items off a subscription. */
export async function deleteItems(
  { session, subscriptionId, chunk }: Pick<ItemMaker, "session" | "subscriptionId" | "chunk">,
  itemIds: readonly number[],
): Promise<void> {
  await inChunks(itemIds, chunk, {
    what: "DeleteMonitoredItems",
    withinMs: WITHIN_MS,
    call: async (part) => {
      const { results } = await session.deleteMonitoredItems({
        subscriptionId,
        monitoredItemIds: [...part],
      });
      return results ?? [];
    },
  });
}

async function createOnce(
  { session, library, subscriptionId, chunk }: ItemMaker,
  wanted: readonly WantedItem[],
  isUnfiltered: boolean,
): Promise<readonly CreatedItem[]> {
  const results = await inChunks(wanted, chunk, {
    what: "CreateMonitoredItems",
    withinMs: WITHIN_MS,
    unanswered: (cause) =>
      new OpcUaError("ITEMS_UNKNOWN", `CreateMonitoredItems: ${firstLine(cause)}`, { cause }),
    call: (part) => createPart({ session, library, subscriptionId }, part),
  });
  return wanted.flatMap((each, index) => {
    const result = results[index];
    if (result === undefined) return [];
    const { statusCode, monitoredItemId, revisedSamplingInterval, revisedQueueSize } = result;
    const action = isUnfiltered && nameOf(statusCode) !== "Good" ? "retry" : actionOf(statusCode);
    return [
      {
        wanted: each,
        status: statusCode,
        action,
        isUnfiltered,
        itemId: monitoredItemId,
        revisedSamplingMs: revisedSamplingInterval,
        revisedQueue: revisedQueueSize,
      },
    ];
  });
}

/** A server may say of the whole call that it has no room; then that is the answer to each item. */
async function createPart(
  { session, library, subscriptionId }: Omit<ItemMaker, "chunk">,
  part: readonly WantedItem[],
): Promise<readonly ItemAnswer[]> {
  try {
    const response = await session.createMonitoredItems({
      requestHeader: { timeoutHint: WITHIN_MS },
      subscriptionId,
      timestampsToReturn: library.TimestampsToReturn.Both,
      itemsToCreate: part.map((each) => request(each, library)),
    });
    return response.results ?? [];
  } catch (cause) {
    if (lackIn(firstLine(cause)) !== "too_many_items") throw cause;
    const statusCode = library.StatusCodes.BadTooManyMonitoredItems;
    return part.map(() => ({
      statusCode,
      monitoredItemId: 0,
      revisedSamplingInterval: 0,
      revisedQueueSize: 0,
    }));
  }
}

function request(item: WantedItem, library: Library) {
  const { nodeId, attributeId, indexRange, filter } = item;
  // The library's option wants its own class here, but takes and converts the text of a range as well.
  const range = indexRange === undefined ? {} : ({ indexRange } as object);
  return {
    itemToMonitor: { nodeId, attributeId, ...range },
    monitoringMode: library.MonitoringMode.Reporting,
    requestedParameters: {
      clientHandle: item.handle,
      samplingInterval: item.samplingMs,
      queueSize: item.queue,
      discardOldest: true,
      ...(filter !== undefined && { filter }),
    },
  };
}
