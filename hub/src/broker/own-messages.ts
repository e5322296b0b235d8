/** What the hub itself publishes, and Wills: told to those who watch, then given out, in order with everything else. */
import type { MqttMessage, Watcher } from "./contract.ts";
import type { Deliverer } from "./deliverer.ts";
import type { EngineContext } from "./engine-context.ts";
import { BrokerError } from "./errors.ts";
import { type Message, NEVER, NO_PROPERTIES } from "./message.ts";
import { isReservedTopic } from "./routing/topic.ts";
import type { Session } from "./session.ts";
import type { Watching } from "./watching.ts";

/** Topics of the hub itself whose watchers are remembered. */
const MAX_TOPICS = 100_000;

export class OwnMessages {
  readonly #context: EngineContext;
  readonly #deliverer: Deliverer;
  readonly #watching: Watching;
  readonly #watchers = new Map<string, Watcher>();
  /** Publishing, and ends of clients, that wait until the message that is being watched has been given out. */
  readonly #afterwards: (() => void)[] = [];

  constructor(context: EngineContext, deliverer: Deliverer, watching: Watching) {
    this.#context = context;
    this.#deliverer = deliverer;
    this.#watching = watching;
  }

  /**
   * Resolves when the message is on its way, and stored for those that must get it. Rejects with NOT_STORED when it could
   * not be: those who are there may have it all the same, and as a retained message it is stored as soon as that is possible.
   */
  async publish(message: MqttMessage): Promise<void> {
    const batch = await this.#publishInOrder(message);
    const { store, whenBatchSettled } = this.#context;
    await new Promise<void>((resolve) => {
      whenBatchSettled(batch, resolve);
    });
    if (!store.hasFailed(batch)) return;
    const because = "because" in store.state ? store.state.because : "its batch was lost";
    throw new BrokerError("NOT_STORED", `publish "${message.topic}": not stored: ${because}`);
  }

  /** Answers as `publishNow`, after the message that is being watched. */
  #publishInOrder(message: MqttMessage): Promise<number> {
    return new Promise((resolve, reject) => {
      this.afterWatched(() => {
        try {
          resolve(this.publishNow(message));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** Answers the batch of the store that makes the message durable. */
  publishNow({ topic, payload, qos, retain, properties = NO_PROPERTIES }: MqttMessage): number {
    if (!isReservedTopic(topic)) {
      const { counting } = this.#context;
      counting.received[qos] += 1;
      counting.payloadBytesReceived += payload.length;
    }
    const bare = {
      properties,
      expiryAt: -1,
      expiresAt: NEVER,
      publisherId: undefined,
    };
    const message: Message = { row: this.#context.nextRow(), topic, payload, qos, retain, ...bare };
    return this.#deliver(this.#told(this.#watcherOf(topic), message), undefined);
  }

  /** The Will was judged at CONNECT; since then it may have become one that this client may not publish, or nobody. */
  publishWill(message: Message, session: Session): void {
    if (!this.#mayPublish(message, session)) {
      session.dropped("refused");
      return;
    }
    const watcher = this.#context.options.watcherOf?.(message.topic, session.client);
    this.#deliver(this.#told(watcher, message, true), session);
  }

  #mayPublish({ topic, qos, retain }: Message, { clientId, owner, client }: Session): boolean {
    const { options } = this.#context;
    if (options.provided?.owns(topic) === true) return false;
    return options.mayPublishWill?.({ topic, qos, retain, clientId, owner, client }) ?? true;
  }

  /** Runs now, or after the message that somebody is being told of has been given out. */
  afterWatched(run: () => void): void {
    if (this.#watching.isBusy) this.#afterwards.push(run);
    else run();
  }

  /** What watchers published while they were told of a message comes after that message. */
  publishAfterwards(): void {
    for (;;) {
      const publishNow = this.#afterwards.shift();
      if (publishNow === undefined) return;
      publishNow();
    }
  }

  /** What was asked before may be answered otherwise now. */
  forgetWatchers(): void {
    this.#watchers.clear();
  }

  #deliver(message: Message, publisher: Session | undefined): number {
    this.#deliverer.deliverMessage(message, publisher);
    const { batch } = this.#deliverer; // before that of any other message takes its place
    this.publishAfterwards();
    return batch;
  }

  #watcherOf(topic: string): Watcher | undefined {
    if (isReservedTopic(topic)) return undefined; // figures about ourselves
    const known = this.#watchers.get(topic);
    if (known !== undefined) return known;
    const watcher = this.#context.options.watcherOf?.(topic, undefined);
    if (watcher === undefined) return undefined; // nothing to remember: there may be very many such topics
    if (this.#watchers.size >= MAX_TOPICS) this.#watchers.clear();
    this.#watchers.set(topic, watcher);
    return watcher;
  }

  /** The message as it goes on when its watcher has heard it. */
  #told(watcher: Watcher | undefined, message: Message, isWill = false): Message {
    if (watcher === undefined) return message;
    const { topic, payload, qos, retain, publisherId } = message;
    const receivedAt = this.#context.clock.wall();
    const told = { topic, payload, qos, retain, clientId: publisherId, receivedAt };
    const watched = this.#watching.ask(watcher, isWill ? { ...told, isWill } : told);
    return watched?.allow === true ? { ...message, payload: watched.payload } : message;
  }
}
