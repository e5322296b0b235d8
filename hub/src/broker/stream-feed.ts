/**
 * What somebody else streams to one client: messages of the past, then those that come. Fetched a page at a time, and
 * only while the client takes them; given out one by one behind everything else that it is to get.
 */
import type { MessageStream } from "./contract.ts";
import { type Message, NEVER, NO_PROPERTIES, lowerQos } from "./message.ts";
import type { QueuedItem } from "./memory-queue.ts";
import type { Subscription } from "./routing/subscription.ts";

/** With fewer messages left the next page is asked for. */
const LOW_WATER = 64;

export interface StreamFeedOptions {
  readonly subscription: Pick<Subscription, "filter" | "qos" | "identifier">;
  readonly stream: MessageStream;
  readonly nextRow: () => number;
  readonly mayReceive: (topic: string) => boolean;
  /** There is something to give. */
  readonly arrived: () => void;
  readonly failed: (error: unknown) => void;
}

export class StreamFeed {
  readonly #options: StreamFeedOptions;
  readonly #identifiers: readonly number[];
  #page: readonly Streamed[] = [];
  #at = 0;
  #isAsking = false;
  #isClosed = false;

  constructor(options: StreamFeedOptions) {
    this.#options = options;
    const { identifier } = options.subscription;
    this.#identifiers = identifier > 0 ? [identifier] : [];
  }

  /** As the client wrote it. */
  get filter(): string {
    return this.#options.subscription.filter;
  }

  get qos(): Subscription["qos"] {
    return this.#options.subscription.qos;
  }

  get isReady(): boolean {
    return this.#at < this.#page.length;
  }

  /** The next message; `undefined` when the client may not have it. */
  take(): QueuedItem | undefined {
    const message = this.#page[this.#at];
    this.#at += 1;
    if (this.#page.length - this.#at < LOW_WATER) this.fetch();
    if (message === undefined || !this.#options.mayReceive(message.topic)) return undefined;
    const qos = lowerQos(message.qos, this.qos);
    return {
      message: messageOf(message, this.#options.nextRow()),
      qos,
      retain: false,
      identifiers: this.#identifiers,
    };
  }

  /** Asks for more, unless it has asked already. */
  fetch(): void {
    if (this.#isAsking || this.#isClosed) return;
    this.#isAsking = true;
    this.#options.stream.next().then(
      (page) => this.#came(page),
      (error: unknown) => {
        if (!this.#isClosed) this.#options.failed(error);
      },
    );
  }

  close(): void {
    this.#isClosed = true;
    this.#page = [];
    this.#options.stream.close();
  }

  #came(page: readonly Streamed[]): void {
    if (this.#isClosed) return;
    this.#isAsking = false;
    this.#page = this.isReady ? [...this.#page.slice(this.#at), ...page] : page;
    this.#at = 0;
    if (page.length > 0) this.#options.arrived();
  }
}

type Streamed = Awaited<ReturnType<MessageStream["next"]>>[number];

function messageOf({ topic, payload, qos, properties = NO_PROPERTIES }: Streamed, row: number) {
  return {
    row,
    topic,
    payload,
    properties,
    expiryAt: -1,
    expiresAt: NEVER,
    qos,
    retain: false,
    publisherId: undefined,
  } satisfies Message;
}

/** The streams of one session, each in its turn. They end with its connection. */
export class StreamFeeds {
  readonly #feeds: StreamFeed[] = [];

  get size(): number {
    return this.#feeds.length;
  }

  get isReady(): boolean {
    return this.#feeds.some((feed) => feed.isReady);
  }

  all(): readonly StreamFeed[] {
    return this.#feeds;
  }

  /** In place of one with the same filter. */
  add(feed: StreamFeed): void {
    this.remove(feed.filter);
    this.#feeds.push(feed);
    feed.fetch();
  }

  /** False when there is none with this filter. */
  remove(filter: string): boolean {
    const at = this.#feeds.findIndex((feed) => feed.filter === filter);
    if (at < 0) return false;
    for (const feed of this.#feeds.splice(at, 1)) feed.close();
    return true;
  }

  clear(): void {
    for (const feed of this.#feeds.splice(0)) feed.close();
  }

  /** The next message of the first that has one. */
  take(): QueuedItem | undefined {
    const at = this.#feeds.findIndex((feed) => feed.isReady);
    const [feed] = at < 0 ? [] : this.#feeds.splice(at, 1);
    if (feed === undefined) return undefined;
    this.#feeds.push(feed); // the others first, next time
    return feed.take();
  }
}
