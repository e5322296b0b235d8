/**
 * Keeps publish requests waiting at the server, hands what comes to the subscription it is of, acknowledges it, and
 * notices when nothing comes any more. One per session; the library's own engine is not used, because it decides alone when
 * a peer counts as dead and makes an object and an event of every value.
 */
import type { NotificationMessage, PublishResponse } from "node-opcua-client";
import { firstLine } from "../errors.ts";
import type { Library } from "../library.ts";
import type { RawSession } from "../raw-session.ts";

/** Who is told what came. */
export interface PublishedTo {
  readonly keepAliveMs: number;
  /** A message with content. `isLate`: it was asked for again after an outage. */
  message(message: NotificationMessage, isLate: boolean): void;
}

export interface PublishLoopOptions {
  readonly library: Library;
  /** Who is told; it changes with the connection. */
  owner(): LoopOwner | undefined;
}

export interface LoopOwner {
  /** Nothing came for too long, though the session may still live. */
  silent(): void;
  /** Something came after all. */
  heard(): void;
  /** The session or a subscription is gone. */
  failed(reason: string): void;
}

interface Subscriber {
  readonly to: PublishedTo;
  /** Of the last message that was handed on. */
  sequence: number;
  /** What comes next waited in the server during an outage. */
  isCatchingUp: boolean;
}

const MOST_WAITING = 10;
/** The server decides when to answer; this only keeps the library from forgetting requests before. */
const SLACK_MS = 60_000;
const GONE =
  /BadSession|BadSecureChannel|BadConnectionClosed|BadSubscriptionIdInvalid|Invalid Channel|closed/i;
const NOT_AVAILABLE = /BadMessageNotAvailable/;
/** More than this many messages are not asked for again. */
const MOST_REPUBLISHED = 1000;

export class PublishLoop {
  readonly #options: PublishLoopOptions;
  #session: RawSession;
  /** Keyed by ids of subscriptions that we made. */
  readonly #subscribers = new Map<number, Subscriber>();
  readonly #toAcknowledge: { subscriptionId: number; sequenceNumber: number }[] = [];
  #waiting = 0;
  #most = MOST_WAITING;
  /** A server that has more to say than the requests it was given gets more of them. */
  #extra = 0;
  #isRunning = false;
  /** Grows with each start and stop. */
  #run = 0;
  #watch: NodeJS.Timeout | undefined;
  #isSilent = false;
  /** Messages that are lost for good. */
  lostMessages = 0;

  /** When the last answer came, by a clock that never goes back, in ms. */
  heardAtMs = 0;

  constructor(session: RawSession, options: PublishLoopOptions) {
    this.#session = session;
    this.#options = options;
  }

  /** So many requests may wait at the server; never raises what it said itself. */
  limitTo(most: number): void {
    this.#most = Math.max(1, Math.min(this.#most, most));
  }

  /** Goes on with another session, to which the subscriptions were moved. Call it while stopped. */
  moveTo(session: RawSession): void {
    this.#session = session;
  }

  get subscriptionIds(): readonly number[] {
    return [...this.#subscribers.keys()];
  }

  /** How long the server may be silent at most, in ms. */
  get patienceMs(): number {
    const shortest = Math.min(...[...this.#subscribers.values()].map(({ to }) => to.keepAliveMs));
    return shortest * 1.5 + 1000;
  }

  add(id: number, to: PublishedTo): void {
    this.#subscribers.set(id, { to, sequence: 0, isCatchingUp: false });
    if (this.#isRunning) this.#fill();
  }

  remove(id: number): void {
    this.#subscribers.delete(id);
  }

  /** The second time does nothing: what is under way would be lost. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#run += 1;
    this.#waiting = 0;
    this.#toAcknowledge.length = 0;
    this.#isSilent = false;
    this.#fill();
    this.rewatch();
  }

  /** Nothing is handed on afterwards. */
  stop(): void {
    this.#isRunning = false;
    this.#run += 1;
    clearTimeout(this.#watch);
  }

  /**
   * Asks again for what the server sent while nobody listened. Resolves with whether all subscriptions still exist.
   */
  async recover(): Promise<boolean> {
    for (const [id, subscriber] of this.#subscribers) {
      if (!(await this.#recoverOne(id, subscriber))) return false;
    }
    return true;
  }

  async #recoverOne(id: number, subscriber: Subscriber): Promise<boolean> {
    for (let count = 0; count < MOST_REPUBLISHED; count += 1) {
      subscriber.isCatchingUp = true;
      const found = await this.#republish(id, subscriber.sequence + 1);
      if (found === "none") return true;
      if (found === "gone") return false;
      this.#handOn(id, found, true);
    }
    return true;
  }

  #republish(
    subscriptionId: number,
    retransmitSequenceNumber: number,
  ): Promise<NotificationMessage | "none" | "gone"> {
    const { library } = this.#options;
    const request = new library.RepublishRequest({ subscriptionId, retransmitSequenceNumber });
    return new Promise((resolve) => {
      this.#session.republish(request, (failure, response) => {
        const result = response?.responseHeader.serviceResult.name ?? firstLine(failure);
        if (NOT_AVAILABLE.test(result)) resolve("none");
        else if (failure !== null || response === undefined) resolve("gone");
        else resolve(response.notificationMessage);
      });
    });
  }

  #fill(): void {
    const wanted = Math.min(2 + this.#subscribers.size + this.#extra, this.#most);
    while (this.#isRunning && this.#subscribers.size > 0 && this.#waiting < wanted) this.#send();
  }

  #send(): void {
    const { library } = this.#options;
    const run = this.#run;
    this.#waiting += 1;
    const request = new library.PublishRequest({
      requestHeader: { timeoutHint: this.patienceMs * (MOST_WAITING + 1) + SLACK_MS },
      subscriptionAcknowledgements: this.#toAcknowledge.splice(0),
    });
    this.#session.publish(request, (failure, response) => {
      if (run !== this.#run) return; // an answer to the connection before
      this.#waiting -= 1;
      if (failure === null && response !== undefined) this.#answered(response);
      else this.#refused(firstLine(failure));
    });
  }

  #answered(response: PublishResponse): void {
    this.#heard();
    if (response.moreNotifications && this.#extra < MOST_WAITING) this.#extra += 1;
    const { subscriptionId, notificationMessage } = response;
    this.#fill(); // first of all: the server needs a request for its next message
    const subscriber = this.#subscribers.get(subscriptionId);
    const isKeepAlive = (notificationMessage.notificationData?.length ?? 0) === 0;
    const isLate = subscriber?.isCatchingUp === true;
    if (!isKeepAlive) this.#handOn(subscriptionId, notificationMessage, isLate);
    if (isLate && !response.moreNotifications) subscriber.isCatchingUp = false;
    this.#fill();
  }

  #handOn(id: number, message: NotificationMessage, isLate: boolean): void {
    const subscriber = this.#subscribers.get(id);
    const { sequenceNumber } = message;
    // Many may be waiting for an acknowledgement, but those of dead subscriptions need none.
    if (subscriber === undefined) return;
    this.#toAcknowledge.push({ subscriptionId: id, sequenceNumber });
    if (subscriber.sequence !== 0 && sequenceNumber <= subscriber.sequence && !wraps(subscriber)) {
      return; // it was handed on before
    }
    const missed = sequenceNumber - subscriber.sequence - 1;
    if (subscriber.sequence !== 0 && missed > 0) this.#fetch(id, subscriber.sequence + 1, missed);
    subscriber.sequence = sequenceNumber;
    subscriber.to.message(message, isLate);
  }

  /** Messages that were overtaken or lost on the way: their values come as history. */
  #fetch(id: number, from: number, count: number): void {
    for (let number = from; number < from + Math.min(count, MOST_REPUBLISHED); number += 1) {
      void this.#fetchOne(id, number);
    }
  }

  async #fetchOne(id: number, sequence: number): Promise<void> {
    const found = await this.#republish(id, sequence);
    if (!this.#isRunning) return;
    if (typeof found === "string") this.lostMessages += 1;
    else this.#subscribers.get(id)?.to.message(found, true);
  }

  #refused(why: string): void {
    if (/BadTooManyPublishRequests/.test(why)) {
      this.#most = Math.max(1, this.#waiting);
      return;
    }
    if (/BadNoSubscription/.test(why) && this.#subscribers.size === 0) return;
    if (GONE.test(why) || /BadNoSubscription/.test(why)) {
      this.stop();
      this.#options.owner()?.failed(why);
      return;
    }
    // A request that timed out at the server, or something new: the watch decides whether anything is wrong.
    setTimeout(() => this.#fill(), 1000).unref();
  }

  #heard(): void {
    this.heardAtMs = performance.now();
    this.rewatch();
    if (!this.#isSilent) return;
    this.#isSilent = false;
    this.#options.owner()?.heard();
  }

  /** Waits anew for something to come. */
  rewatch(): void {
    clearTimeout(this.#watch);
    if (!this.#isRunning || this.#subscribers.size === 0) return;
    this.#watch = setTimeout(() => {
      this.#isSilent = true;
      this.#options.owner()?.silent();
    }, this.patienceMs);
  }
}

/** Sequence numbers start at 1 again after 4 294 967 295. */
function wraps({ sequence }: Subscriber): boolean {
  return sequence > 0xffff_0000;
}
