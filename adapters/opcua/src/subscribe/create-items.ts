/**
 * Creates the items of a subscription in parts and looks at what the server said of each, because an item that it refused
 * stays silent for ever.
 */
import type { DataChangeFilter, EventFilter, NodeId, StatusCode } from "node-opcua-client";
import { inChunks, type ChunkSize } from "../chunks.ts";
import type { Library } from "../library.ts";
import type { RawSession } from "../raw-session.ts";
import { actionOf, nameOf, type ItemAction } from "../values/status.ts";

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
  readonly revisedSamplingMs: number;
  readonly revisedQueue: number;
}

export interface ItemMaker {
  readonly session: RawSession;
  readonly library: Library;
  readonly subscriptionId: number;
  readonly chunk: ChunkSize;
}

const WITHIN_MS = 15_000;

/** One answer for each of `wanted`, in their order. Those whose filter was refused are made again without. */
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

async function createOnce(
  { session, library, subscriptionId, chunk }: ItemMaker,
  wanted: readonly WantedItem[],
  isUnfiltered: boolean,
): Promise<readonly CreatedItem[]> {
  const results = await inChunks(wanted, chunk, {
    what: "CreateMonitoredItems",
    withinMs: WITHIN_MS,
    call: async (part) => {
      const response = await session.createMonitoredItems({
        subscriptionId,
        timestampsToReturn: library.TimestampsToReturn.Both,
        itemsToCreate: part.map((each) => request(each, library)),
      });
      return response.results ?? [];
    },
  });
  return wanted.flatMap((each, index) => {
    const result = results[index];
    if (result === undefined) return [];
    const { statusCode, revisedSamplingInterval, revisedQueueSize } = result;
    const action = isUnfiltered && nameOf(statusCode) !== "Good" ? "retry" : actionOf(statusCode);
    return [
      {
        wanted: each,
        status: statusCode,
        action,
        isUnfiltered,
        revisedSamplingMs: revisedSamplingInterval,
        revisedQueue: revisedQueueSize,
      },
    ];
  });
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
