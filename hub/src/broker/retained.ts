/** The last retained message of each topic: in memory for quick answers, and in the store. */
import type { BrokerLimits } from "./limits.ts";
import type { Message } from "./message.ts";
import { TopicTree } from "./routing/topic-tree.ts";
import type { Store, StoredMessage } from "./store/store.ts";

export interface RetainedOptions {
  readonly store: Store;
  readonly limits: BrokerLimits;
  readonly toStored: (message: Message) => StoredMessage;
  readonly monotonic: () => number;
}

/** What a retained message costs besides its bytes. */
const OVERHEAD_BYTES = 200;

export class Retained {
  readonly #options: RetainedOptions;
  readonly #tree = new TopicTree<Message>();
  /** QoS 0 ones that the store does not know yet; only the last of each topic is written. */
  readonly #unsaved = new Map<string, Message>();
  #count = 0;
  #bytes = 0;

  constructor(options: RetainedOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(topic: string): Message | undefined {
    return this.#tree.get(topic);
  }

  /** What the store had at start. */
  restore(message: Message): void {
    this.#put(message);
  }

  /** Whether there is room for a message of this size on this topic. */
  hasRoom(topic: string, payloadBytes: number): boolean {
    const before = this.#tree.get(topic);
    const { maxRetained, maxRetainedBytes } = this.#options.limits;
    const bytes =
      this.#bytes + payloadBytes + OVERHEAD_BYTES - (before === undefined ? 0 : sizeOf(before));
    return (before !== undefined || this.#count < maxRetained) && bytes <= maxRetainedBytes;
  }

  /** Replaces the message of its topic; an empty payload takes it away. [MQTT5-3.3.1-5] [MQTT5-3.3.1-6] [MQTT311-3.3.1-10] */
  set(message: Message): void {
    if (message.payload.length === 0) return this.#remove(message.topic);
    this.#put(message);
    if (message.topic.startsWith("$SYS/")) return; // made anew by each life of the hub
    if (message.qos === 0) this.#unsaved.set(message.topic, message);
    else {
      this.#unsaved.delete(message.topic);
      this.#options.store.saveRetained(this.#options.toStored(message));
    }
  }

  /** Tells the store of QoS 0 messages since the last time. */
  save(): void {
    for (const message of this.#unsaved.values()) {
      this.#options.store.saveRetained(this.#options.toStored(message));
    }
    this.#unsaved.clear();
  }

  /** The retained messages for a filter; those that have expired are not among them. `undefined` for every step between. */
  *matching(filter: string): Generator<Message | undefined> {
    for (const message of this.#tree.matching(filter)) {
      const hasExpired = message !== undefined && message.expiresAt <= this.#options.monotonic();
      if (hasExpired) this.#remove(message.topic);
      yield hasExpired ? undefined : message;
    }
  }

  #put(message: Message): void {
    const before = this.#tree.get(message.topic);
    if (before === undefined) this.#count += 1;
    else this.#bytes -= sizeOf(before);
    this.#bytes += sizeOf(message);
    this.#tree.set(message.topic, message);
  }

  #remove(topic: string): void {
    const before = this.#tree.get(topic);
    if (before === undefined) return;
    this.#tree.delete(topic);
    this.#count -= 1;
    this.#bytes -= sizeOf(before);
    this.#unsaved.delete(topic);
    this.#options.store.deleteRetained(topic);
  }
}

function sizeOf({ payload, properties }: Message): number {
  return payload.length + properties.length + OVERHEAD_BYTES;
}
