/** What an operator should read in the log of subscriptions and items that a server made otherwise than asked. */
import type { Logger } from "@unshub/adapter";
import { subscriptionFigures, isFar, partOf } from "./agreements.ts";
import type { CreatedItem } from "./create-items.ts";
import type { Subscription } from "./subscription.ts";

/** A server that makes more than double or less than half of what was asked for should be known to. */
export function tellRevision(log: Logger, subscription: Subscription): void {
  const { wish, asked, revised } = subscription;
  const ratio = revised.intervalMs / Math.max(1, asked.intervalMs);
  const figures = subscriptionFigures(subscription);
  const fields = {
    subscription: wish.name,
    askedMs: asked.intervalMs,
    ...revised,
    lifetimeMs: figures.lifetime_ms.granted,
    keepAliveMs: figures.keep_alive_ms.granted,
  };
  log.debug(fields, "subscribed");
  if (ratio > 2 || ratio < 0.5) log.warn(fields, "the server changed the publishing interval");
  if (isFar("keep_alive_ms", figures.keep_alive_ms))
    log.warn(fields, "the server gives signs of life less often than asked");
  if (isFar("lifetime_ms", figures.lifetime_ms))
    log.warn(fields, "the server keeps the subscription for a shorter outage than asked");
}

/** More than double the time between two looks, or half the queue and less. */
export function tellItemRevisions(
  log: Logger,
  group: string,
  created: readonly CreatedItem[],
): void {
  const { sampling, queue } = partOf(created);
  if (sampling.far > 0) {
    const fields = {
      group,
      items: sampling.far,
      askedMs: sampling.asked,
      revisedMs: sampling.granted,
    };
    log.warn(fields, "the server looks at these values less often than asked");
  }
  if (queue.far > 0) {
    const fields = { group, items: queue.far, asked: queue.asked, revised: queue.granted };
    log.warn(fields, "the server keeps fewer of these values in an outage than asked");
  }
}
