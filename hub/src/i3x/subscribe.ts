/** The calls of subscriptions. Whose they are not, for him they do not exist. */
import type { z } from "zod";
import type { Sight } from "../feed/index.ts";
import { bulk, DONE, failed, Refusal, success, type Answer, type Item } from "./envelope.ts";
import type {
  createBody,
  registerBody,
  subscriptionsBody,
  syncBody,
  unregisterBody,
} from "./requests.ts";
import type { Subscription } from "./subscriptions/subscription.ts";
import type { Subscriptions } from "./subscriptions/subscriptions.ts";

/** Who asks. */
export interface Subscriber {
  readonly owner: string;
  readonly sight: Sight;
}

export class Subscribe {
  readonly #subscriptions: Subscriptions;

  constructor(subscriptions: Subscriptions) {
    this.#subscriptions = subscriptions;
  }

  create(by: Subscriber, { clientId, displayName }: z.output<typeof createBody>): Answer | Refusal {
    const made = this.#subscriptions.create({ ...by, clientId }, displayName ?? null);
    if (made instanceof Refusal) return made;
    const { id: subscriptionId, displayName: name } = made.head;
    return success([JSON.stringify({ clientId, subscriptionId, displayName: name })]);
  }

  list(by: Subscriber, body: z.output<typeof subscriptionsBody>): Answer {
    return this.#each(by, body, ({ head, items }) => ({
      isDone: true,
      result: JSON.stringify({
        subscriptionId: head.id,
        displayName: head.displayName,
        monitoredObjects: Array.from(items, ([elementId, { maxDepth }]) => ({
          elementId,
          maxDepth,
        })),
      }),
    }));
  }

  delete(by: Subscriber, body: z.output<typeof subscriptionsBody>): Answer {
    return this.#each(by, body, (subscription) => {
      this.#subscriptions.delete(subscription);
      return DONE;
    });
  }

  async register(by: Subscriber, body: z.output<typeof registerBody>): Promise<Answer | Refusal> {
    const subscription = this.find(by, body);
    if (subscription instanceof Refusal) return subscription;
    const { elementIds, maxDepth } = body;
    const items = await this.#subscriptions.register(subscription, elementIds, maxDepth);
    return items instanceof Refusal ? items : bulk(items);
  }

  unregister(by: Subscriber, body: z.output<typeof unregisterBody>): Answer | Refusal {
    const subscription = this.find(by, body);
    if (subscription instanceof Refusal) return subscription;
    return bulk(this.#subscriptions.unregister(subscription, body.elementIds));
  }

  sync(by: Subscriber, body: z.output<typeof syncBody>): Answer | Refusal {
    const subscription = this.find(by, body);
    if (subscription instanceof Refusal) return subscription;
    if (this.#subscriptions.isStreaming(subscription)) {
      return new Refusal(
        400,
        "a stream is open: its updates come there, and nothing is left to sync",
      );
    }
    const { lastSequenceNumber } = body;
    if (lastSequenceNumber === -1) subscription.clear();
    else if (typeof lastSequenceNumber === "number") subscription.acknowledge(lastSequenceNumber);
    const batches = subscription.batches().map(batchText);
    const lost = subscription.takeLost();
    return success([`[${batches.join(",")}]`], lost === 0 ? undefined : lostText(lost));
  }

  /** Of a call that names one subscription. */
  find(
    by: Subscriber,
    { clientId, subscriptionId }: { readonly clientId: string; readonly subscriptionId: string },
  ): Subscription | Refusal {
    const found = this.#subscriptions.find({ ...by, clientId }, subscriptionId);
    return found ?? new Refusal(404, `Subscription not found: ${subscriptionId}`);
  }

  #each(
    by: Subscriber,
    { clientId, subscriptionIds }: z.output<typeof subscriptionsBody>,
    outcomeOf: (subscription: Subscription) => Item["outcome"],
  ): Answer {
    const items = subscriptionIds.map((id) => {
      const found = this.#subscriptions.find({ ...by, clientId }, id);
      const outcome =
        found === undefined ? failed(404, `Subscription not found: ${id}`) : outcomeOf(found);
      return { id, outcome };
    });
    return bulk(items, { key: "subscriptionId" });
  }
}

function batchText({
  sequenceNumber,
  updates,
}: ReturnType<Subscription["batches"]>[number]): string {
  const texts = updates.map(({ text }) => text);
  return `{"sequenceNumber":${sequenceNumber},"updates":[${texts.join(",")}]}`;
}

function lostText(lost: number): string {
  return `${lost} updates were dropped because they were not fetched in time: see POST /objects/history`;
}
