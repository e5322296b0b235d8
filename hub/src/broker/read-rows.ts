import type { InFlight } from "./in-flight.ts";
import type { QueuedRecord, Store } from "./store/store.ts";

const PAGE = 200;

/** Reads the messages that are in flight and were not released, however far apart they are in the queue. */
export async function readRows(
  store: Store,
  clientId: string,
  inFlight: InFlight,
): Promise<ReadonlyMap<number, QueuedRecord>> {
  const wanted = new Set<number>();
  for (const [, { row, state }] of inFlight.entries()) if (state === "sent") wanted.add(row);
  const found = new Map<number, QueuedRecord>();
  for (let after = Math.min(...wanted) - 1; found.size < wanted.size;) {
    // oxlint-disable-next-line no-await-in-loop -- a page begins where the one before ends
    const records = await store.readQueue(clientId, after, PAGE);
    const last = records.at(-1);
    if (last === undefined) break;
    for (const record of records)
      if (wanted.has(record.message.row)) found.set(record.message.row, record);
    after = last.message.row;
    if (after >= Math.max(...wanted)) break;
  }
  return found;
}
