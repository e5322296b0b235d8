/**
 * `client.subscriptions` as aedes should have made it.
 *
 * Trap A2: aedes keys a plain object by what the client sends, and a SUBSCRIBE of `constructor` ends the process.
 * This table has no prototype. It also notes whose listener each one is, so that the router can send a client one
 * copy of a message that several of its subscriptions match.
 */
import type { EngineSubscription, Listener } from "./internals.ts";
import type { ListenerOwner } from "./message-router.ts";

/** Remembers which client each listener belongs to. */
export class ListenerOwners {
  readonly #owners = new WeakMap<Listener, ListenerOwner>();

  of(listener: Listener): ListenerOwner | undefined {
    return this.#owners.get(listener);
  }

  /** An empty table for the subscriptions of `client`. */
  tableFor(client: object): Record<string, EngineSubscription> {
    const table: Record<string, EngineSubscription> = Object.create(null);
    return new Proxy(table, {
      set: (target, filter, subscription: EngineSubscription) => {
        this.#owners.set(subscription.func, { client, qos: subscription.qos });
        return Reflect.set(target, filter, subscription);
      },
    });
  }
}

/**
 * `client.duplicates` that never finds one.
 *
 * Trap A6: aedes takes a message for a duplicate when its number is smaller than that of the last one, and so drops
 * live messages whenever QoS 0 and QoS 1, or retained and not retained, overtake each other. The router already sends
 * each message once.
 */
export function noDuplicates(): Record<string, number> {
  return new Proxy({}, { get: () => 0, set: () => true });
}
