/**
 * Updates as Server-Sent Events: one line `data: [ … ]` for all that waited, and nothing that a client would have to know
 * besides. What was sent is gone. A client that does not read lets the bounded queue of its subscription fill.
 */
import type { Writable } from "node:stream";
import type { Subscription } from "./subscription.ts";

/** Where events go, and how many bytes there have not been read yet. */
export interface Outlet {
  readonly out: Writable;
  waitingBytes(): number;
}

const MOST_WAITING_BYTES = 1024 * 1024;
/** Changes within this time are one event. */
const GATHER_MS = 50;
const HEARTBEAT = ": hb\n\n";

export class UpdateStream {
  readonly #subscription: Subscription;
  readonly #outlet: Outlet;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(subscription: Subscription, outlet: Outlet) {
    this.#subscription = subscription;
    this.#outlet = outlet;
    subscription.waits = () => {
      this.#timer ??= setTimeout(() => this.flush(), GATHER_MS);
    };
    outlet.out.write(HEARTBEAT); // the client learns at once that it is open
    this.flush();
  }

  get subscription(): Subscription {
    return this.#subscription;
  }

  /** Sends what waits, if the client reads. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isOver || this.#subscription.size === 0) return;
    if (this.#outlet.waitingBytes() > MOST_WAITING_BYTES) return; // the next beat tries again
    const texts = this.#subscription.take().map(({ text }) => text);
    this.#outlet.out.write(`data: [${texts.join(",")}]\n\n`);
  }

  /** Says that it is still there. */
  beat(): void {
    if (!this.#isOver && this.#outlet.waitingBytes() <= MOST_WAITING_BYTES)
      this.#outlet.out.write(HEARTBEAT);
  }

  /** Ends it as one that has said everything. */
  end(): void {
    if (this.#isOver) return;
    this.closed();
    this.#outlet.out.end();
  }

  /** The client is gone. */
  closed(): void {
    if (this.#isOver) return; // another one may stream by now
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#subscription.waits = undefined;
  }
}
