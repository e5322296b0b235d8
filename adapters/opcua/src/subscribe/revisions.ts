/** What an operator should know of items that a server made otherwise than asked. */
import type { Logger } from "@unshub/adapter";
import type { CreatedItem } from "./create-items.ts";

/** More than double the time between two looks, or half the queue and less. */
export function tellItemRevisions(
  log: Logger,
  group: string,
  created: readonly CreatedItem[],
): void {
  const made = created.filter(({ action }) => action === "none");
  const slower = made.filter(
    ({ wanted, revisedSamplingMs }) => revisedSamplingMs > 2 * Math.max(1, wanted.samplingMs),
  );
  const shorter = made.filter(({ wanted, revisedQueue }) => 2 * revisedQueue <= wanted.queue);
  const [slow] = slower;
  if (slow !== undefined) {
    const { wanted, revisedSamplingMs: revisedMs } = slow;
    const fields = { group, items: slower.length, askedMs: wanted.samplingMs, revisedMs };
    log.warn(fields, "the server looks at these values less often than asked");
  }
  const [short] = shorter;
  if (short !== undefined) {
    const { wanted, revisedQueue: revised } = short;
    const fields = { group, items: shorter.length, asked: wanted.queue, revised };
    log.warn(fields, "the server keeps fewer of these values in an outage than asked");
  }
}
