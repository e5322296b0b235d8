/** The retained messages for one new subscription, fetched one by one as its client has room. */
import { lowerQos, type Message, type Qos } from "./message.ts";
import type { QueuedItem } from "./memory-queue.ts";
import type { Subscription } from "./routing/subscription.ts";

export interface FeedStep {
  readonly done: boolean;
  /** `undefined` when this step only looked. */
  readonly item: QueuedItem | undefined;
}

const LOOKED: FeedStep = { done: false, item: undefined };
const DONE: FeedStep = { done: true, item: undefined };

export class RetainedFeed {
  /** The filter of the subscription, as the client wrote it. */
  readonly filter: string;
  /** How much work one step is, compared with a look at a node of the tree. */
  readonly stepCost: number;
  readonly #messages: Iterator<Message | undefined>;
  readonly #qos: Qos;
  readonly #identifiers: readonly number[];
  readonly #isWanted: (topic: string) => boolean;

  constructor(
    { filter, qos, identifier }: Subscription,
    messages: Iterator<Message | undefined>,
    wanted: { readonly isWanted: (topic: string) => boolean; readonly stepCost: number },
  ) {
    this.stepCost = wanted.stepCost;
    this.filter = filter;
    this.#messages = messages;
    this.#qos = qos;
    this.#identifiers = identifier > 0 ? [identifier] : [];
    this.#isWanted = wanted.isWanted;
  }

  next(): FeedStep {
    const { done, value } = this.#messages.next();
    if (done === true) return DONE;
    if (value === undefined || !this.#isWanted(value.topic)) return LOOKED;
    const qos = lowerQos(value.qos, this.#qos);
    return {
      done: false,
      item: { message: value, qos, retain: true, identifiers: this.#identifiers },
    };
  }
}
