/** Publishers and the subscribers that receive their messages: what was sent, what has arrived, how far ahead one may be. */
import type { Client } from "./client.ts";
import type { Publisher } from "./publisher.ts";

export class Lane {
  readonly publishers: readonly Publisher[];
  readonly subscribers: readonly Client[];
  readonly #isShared: boolean;
  /** The publisher whose turn it is. */
  #turn = 0;
  #isStopped = false;

  /** `isShared`: each message goes to one of the subscribers. */
  constructor(publishers: readonly Publisher[], subscribers: readonly Client[], isShared: boolean) {
    this.publishers = publishers;
    this.subscribers = subscribers;
    this.#isShared = isShared;
  }

  get sent(): number {
    return sum(this.publishers, (publisher) => publisher.sent);
  }

  get arrived(): number {
    return sum(this.subscribers, (client) => client.inbox.messages);
  }

  get expected(): number {
    return this.#isShared ? this.sent : this.sent * this.subscribers.length;
  }

  /** Sends as fast as it goes, with at most `windowMessages` that one of the subscribers has not seen. */
  run(windowMessages: number): void {
    const pump = (): void => this.#pump(windowMessages);
    for (const { client } of this.publishers) client.onProgress = pump;
    for (const client of this.subscribers) client.onProgress = pump;
    pump();
  }

  stop(): void {
    this.#isStopped = true;
  }

  #pump(windowMessages: number): void {
    if (this.#isStopped) return;
    const { publishers } = this;
    const seen = this.#seenByAll();
    let sent = this.sent;
    for (let waiting = 0; waiting < publishers.length && sent - seen < windowMessages;) {
      const publisher = publishers[this.#turn % publishers.length];
      this.#turn += 1;
      if (publisher?.maySend !== true) {
        waiting += 1;
        continue;
      }
      const before = publisher.sent;
      publisher.send();
      sent += publisher.sent - before;
      waiting = 0;
    }
  }

  #seenByAll(): number {
    if (this.#isShared) return this.arrived;
    let least = Infinity;
    for (const { inbox } of this.subscribers) least = Math.min(least, inbox.messages);
    return least;
  }
}

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
  let total = 0;
  for (const item of items) total += value(item);
  return total;
}
