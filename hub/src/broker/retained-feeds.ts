/** The retained messages that one session still gets, subscription after subscription. */
import type { QueuedItem } from "./memory-queue.ts";
import type { RetainedFeed } from "./retained-feed.ts";

export class RetainedFeeds {
  #feeds: RetainedFeed[] = [];

  get isEmpty(): boolean {
    return this.#feeds.length === 0;
  }

  add(feed: RetainedFeed): void {
    this.#feeds.push(feed);
  }

  /** For this filter, as the client wrote it, nothing more is given. */
  remove(filter: string): void {
    this.#feeds = this.#feeds.filter((feed) => feed.filter !== filter);
  }

  clear(): void {
    this.#feeds = [];
  }

  /** Looks for the next message and gives it if there is one; answers how much work that was. */
  step(give: (item: QueuedItem) => void): number {
    const [feed] = this.#feeds;
    if (feed === undefined) return 0;
    const step = feed.next();
    if (step.done) this.#feeds.shift();
    else if (step.item !== undefined) give(step.item);
    return feed.stepCost;
  }
}
