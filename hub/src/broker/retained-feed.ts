/** The retained messages for one new subscription, fetched one by one as its client has room. */
import { lowerQos, type Message, type Qos } from "./message.ts";
import type { QueuedItem } from "./memory-queue.ts";
import type { Subscription } from "./routing/subscription.ts";

interface FeedStep {
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
  readonly #qosFor: (message: Message) => Qos | undefined;
  readonly #identifiers: readonly number[];

  /** `qosFor`: the highest that is granted for a message; `undefined` when it is not wanted. */
  constructor(
    { filter, identifier }: Pick<Subscription, "filter" | "identifier">,
    messages: Iterator<Message | undefined>,
    wanted: {
      readonly qosFor: (message: Message) => Qos | undefined;
      readonly stepCost: number;
    },
  ) {
    this.stepCost = wanted.stepCost;
    this.filter = filter;
    this.#messages = messages;
    this.#identifiers = identifier > 0 ? [identifier] : [];
    this.#qosFor = wanted.qosFor;
  }

  next(): FeedStep {
    const { done, value } = this.#messages.next();
    if (done === true) return DONE;
    const granted = value && this.#qosFor(value);
    if (value === undefined || granted === undefined) return LOOKED;
    const qos = lowerQos(value.qos, granted);
    return {
      done: false,
      item: { message: value, qos, retain: true, identifiers: this.#identifiers }, // [MQTT311-3.3.1-8]
    };
  }
}

/** The feeds of one session, the oldest first. */
export class RetainedFeeds {
  readonly #feeds: RetainedFeed[] = [];

  get isEmpty(): boolean {
    return this.#feeds.length === 0;
  }

  add(feed: RetainedFeed): void {
    this.#feeds.push(feed);
  }

  /** The subscription with this filter has ended, or begins anew. */
  remove(filter: string): void {
    const kept = this.#feeds.filter((feed) => feed.filter !== filter);
    this.#feeds.splice(0, this.#feeds.length, ...kept);
  }

  clear(): void {
    this.#feeds.length = 0;
  }

  /** One step of the oldest: how much work it was, and the message that it found, if any. */
  step(): { readonly cost: number; readonly item: QueuedItem | undefined } {
    const [feed] = this.#feeds;
    if (feed === undefined) return { cost: 0, item: undefined };
    const { done, item } = feed.next();
    if (done) this.#feeds.shift();
    return { cost: feed.stepCost, item };
  }
}
