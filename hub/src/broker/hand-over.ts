/**
 * A member of a shared subscription whose session ends leaves messages behind that it has not acknowledged. They go to
 * other members, as new messages: rights, QoS and limits are those of whoever gets them, and a QoS 2 message that was
 * begun goes to nobody else [MQTT5-4.8.2-5]. What no other member may have is lost with the session.
 *
 * What was in memory comes with `take`; what is stored is read with `giveStored`, a page at a time, and leaves the queue
 * of the one in the same batch of the store as it enters that of the other.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Deliverer } from "./deliverer.ts";
import type { EngineContext } from "./engine-context.ts";
import type { QueuedItem } from "./memory-queue.ts";
import type { Message } from "./message.ts";
import type { Router } from "./routing/router.ts";
import type { Subscription } from "./routing/subscription.ts";
import { matchesFilter } from "./routing/topic.ts";
import type { Session } from "./session.ts";
import type { QueuedRecord } from "./store/store.ts";

/** Messages that are given in one turn. */
const SLICE = 200;

/** A session as it was before it was taken out of the routes. */
export interface Leaving {
  readonly session: Session;
  readonly subscriptions: readonly Subscription[];
  /** Whether it is still there, so that its client identifier still means it. */
  readonly isThere: () => boolean;
}

export class HandOver {
  readonly #context: EngineContext;
  readonly #router: Router;
  readonly #deliverer: Deliverer;
  #waiting: (readonly QueuedItem[])[] = [];
  #isScheduled = false;

  constructor(context: EngineContext, router: Router, deliverer: Deliverer) {
    this.#context = context;
    this.#router = router;
    this.#deliverer = deliverer;
  }

  /** Gives these to others in a later turn: those who leave in this one are gone then. */
  take(items: readonly QueuedItem[]): void {
    for (let at = 0; at < items.length; at += SLICE)
      this.#waiting.push(items.slice(at, at + SLICE));
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      for (const { message, share } of this.#waiting.shift() ?? [])
        if (share !== undefined) this.#give(message, share);
      this.#schedule();
    });
  }

  /** Whether a stored session has messages that may be for other members. */
  hasStored({ isPersistent, outgoing, subscriptions }: Session): boolean {
    if (!isPersistent || outgoing.stored === 0) return false;
    return [...subscriptions.values()].some((one) => one.isShared && this.#router.hasOthers(one));
  }

  /** Rejects when the queue cannot be read; what was not given yet stays in it. */
  async giveStored(leaving: Leaving): Promise<void> {
    const { session, isThere } = leaving;
    const begun = session.outgoing.inFlight.begunRows();
    let after = 0;
    // One page after the other, each in a turn of its own: no more of a long queue is in memory, and nobody waits for it.
    /* oxlint-disable no-await-in-loop */
    while (isThere()) {
      const records = await this.#context.store.readQueue(session.clientId, after, SLICE);
      const last = records.at(-1);
      if (last === undefined) return;
      for (const record of records)
        if (!begun.has(record.message.row)) this.#giveRecord(record, leaving);
      after = last.message.row;
      await nextTurn(); // a queue that is in memory is read at once
    }
    /* oxlint-enable no-await-in-loop */
  }

  #giveRecord(record: QueuedRecord, { session, subscriptions, isThere }: Leaving): void {
    const { message, qos } = record;
    if (message.row <= session.unsureUntilRow[qos]) return;
    const share = shareOf(message.topic, subscriptions);
    if (share === undefined) return;
    this.#give(this.#context.fromStored(message), share);
    if (isThere()) this.#context.store.dequeue(session.clientId, message.row);
  }

  #give(message: Message, share: string): void {
    if (message.expiresAt <= this.#context.monotonic()) this.#context.countDropped("expired");
    else this.#deliverer.deliverToShare(message, share);
  }
}

/** The queue does not say for which subscription a message is; `undefined` where it may be for one of several. */
function shareOf(topic: string, subscriptions: readonly Subscription[]): string | undefined {
  const [first, ...others] = subscriptions.filter(({ topicFilter }) =>
    matchesFilter(topicFilter, topic),
  );
  return others.length === 0 && first?.isShared === true ? first.filter : undefined;
}
