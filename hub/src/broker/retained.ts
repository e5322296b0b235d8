/** The last retained message of each topic, of no session: in memory for quick answers, and in the store. [MQTT311-3.1.2-7] */
import type { BrokerOptions } from "./contract.ts";
import type { BrokerLimits } from "./limits.ts";
import { type Message, NEVER, NO_PROPERTIES } from "./message.ts";
import { levelsOf } from "./routing/topic.ts";
import { TopicTree } from "./routing/topic-tree.ts";
import type { Store, StoredMessage } from "./store/store.ts";

export interface RetainedOptions {
  readonly store: Store;
  readonly limits: BrokerLimits;
  readonly toStored: (message: Message) => StoredMessage;
  readonly monotonic: () => number;
  readonly options: Pick<BrokerOptions, "provided">;
  /** Runs when all that the store was told until now is settled. */
  readonly whenSettled: (run: () => void) => void;
}

/** What a retained message costs besides its bytes, and what each level of its topic does that no other has. */
const OVERHEAD_BYTES = 200;
const LEVEL_BYTES = 150;
/** What a message that is made for a subscriber has besides. */
const MADE = {
  properties: NO_PROPERTIES,
  expiryAt: -1,
  expiresAt: NEVER,
  publisherId: undefined,
} as const;
/** QoS 0 messages that the store is told of at once: what others wait for is written between. */
const SAVED_AT_ONCE = 1000;
/** Messages with an expiry that are looked at in one sweep. */
const EXPIRING_STEPS = 2000;

export class Retained {
  readonly #options: RetainedOptions;
  readonly #tree = new TopicTree<Message>();
  /** QoS 0 ones that the store does not know yet; only the last of each topic is written. */
  readonly #unsaved = new Map<string, Message>();
  /** Whether a portion of them is being written. */
  #isSaving = false;
  /** Topics of messages that expire. */
  readonly #expiring = new Set<string>();
  #sweeping: Iterator<string> | undefined;
  /** Those that the store was told and that are not settled yet, and with which batch, in ascending order. */
  readonly #saving = new Map<string, { readonly message: Message; readonly batch: number }>();
  #count = 0;
  #messageBytes = 0;

  constructor(options: RetainedOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#messageBytes + this.#tree.nodes * LEVEL_BYTES;
  }

  get(topic: string): Message | undefined {
    return this.#tree.get(topic);
  }

  /** What the store had at start. */
  restore(message: Message): void {
    if (!this.isProvided(message.topic)) this.#put(message);
  }

  /** Whether there is room for a message on this topic; `bytes`: its payload and its properties. */
  hasRoom(topic: string, bytes: number): boolean {
    if (this.isProvided(topic)) return true;
    const before = this.#tree.get(topic);
    const { maxRetained, maxRetainedBytes } = this.#options.limits;
    const more =
      before === undefined
        ? bytes + topic.length + OVERHEAD_BYTES + LEVEL_BYTES * levelsOf(topic)
        : bytes + topic.length + OVERHEAD_BYTES - sizeOf(before);
    return (
      (before !== undefined || this.#count < maxRetained) && this.bytes + more <= maxRetainedBytes
    );
  }

  /** Takes away what has expired, a part of it at a time: nobody may ever ask for it. */
  sweep(): void {
    this.#sweeping ??= this.#expiring.values();
    for (let steps = 0; steps < EXPIRING_STEPS; steps++) {
      const { done, value } = this.#sweeping.next();
      if (done === true) {
        this.#sweeping = undefined;
        return;
      }
      const message = this.#tree.get(value);
      if (message !== undefined && message.expiresAt <= this.#options.monotonic())
        this.#remove(value);
    }
  }

  /**
   * Replaces the message of its topic, whatever their QoS; an empty payload takes it away and is not kept itself.
   * [MQTT5-3.3.1-5] [MQTT5-3.3.1-6] [MQTT5-3.3.1-7] [MQTT311-3.3.1-5] [MQTT311-3.3.1-7] [MQTT311-3.3.1-10] [MQTT311-3.3.1-11]
   */
  set(message: Message): void {
    if (this.isProvided(message.topic)) return;
    if (message.payload.length === 0) return this.#remove(message.topic);
    this.#put(message);
    if (message.topic.startsWith("$SYS/")) return; // made anew by each life of the hub
    if (message.qos === 0) this.#unsaved.set(message.topic, message);
    else {
      this.#unsaved.delete(message.topic);
      this.#saveNow(message);
    }
  }

  /** Tells the store of QoS 0 messages since the last time, and of those that it has lost: one portion after the other. */
  save(): void {
    const { store, whenSettled } = this.#options;
    if (this.#isSaving || store.state.kind !== "ready") return; // they would only be lost
    this.#saveSome(SAVED_AT_ONCE);
    if (this.#unsaved.size === 0) return;
    this.#isSaving = true;
    whenSettled(() => {
      this.#isSaving = false;
      this.save();
    });
  }

  /** Tells it of all at once: there is no later. */
  saveAll(): void {
    if (this.#options.store.state.kind === "ready") this.#saveSome(this.#unsaved.size);
  }

  #saveSome(most: number): void {
    let left = most;
    for (const message of this.#unsaved.values()) {
      if (left === 0) return;
      left -= 1;
      this.#unsaved.delete(message.topic);
      this.#saveNow(message);
    }
  }

  /** Those that were lost with this batch are saved again when the store can. */
  batchLost(batch: number): void {
    for (const [topic, saving] of this.#saving) {
      if (saving.batch > batch) return;
      this.#saving.delete(topic);
      if (saving.batch === batch && this.#tree.get(topic) === saving.message)
        this.#unsaved.set(topic, saving.message);
    }
  }

  #saveNow(message: Message): void {
    const { store, toStored } = this.#options;
    this.#forgetSettled();
    this.#saving.delete(message.topic);
    this.#saving.set(message.topic, { message, batch: store.openBatch });
    store.saveRetained(toStored(message));
  }

  #forgetSettled(): void {
    for (const [topic, { batch }] of this.#saving) {
      if (batch > this.#options.store.settledBatch) return;
      this.#saving.delete(topic);
    }
  }

  /**
   * All retained messages for a filter, the kept ones first. `undefined` for every step between.
   * @param row the place of those that are made now.
   */
  *matchingOrMade(filter: string, row: number): Generator<Message | undefined> {
    for (const kept of this.matching(filter))
      yield kept === undefined || this.isProvided(kept.topic) ? undefined : kept;
    for (const made of this.#options.options.provided?.matching(filter) ?? [])
      yield made && { ...MADE, ...made, row };
  }

  /** The kept messages for a filter; those that have expired are not among them. `undefined` for every step between. */
  *matching(filter: string): Generator<Message | undefined> {
    for (const message of this.#tree.matching(filter)) {
      const hasExpired = message !== undefined && message.expiresAt <= this.#options.monotonic();
      if (hasExpired) this.#remove(message.topic);
      yield hasExpired ? undefined : message;
    }
  }

  /** Whether retained messages on this topic are made when somebody asks, instead of being kept. */
  isProvided(topic: string): boolean {
    return this.#options.options.provided?.owns(topic) === true;
  }

  #put(message: Message): void {
    const before = this.#tree.get(message.topic);
    if (before === undefined) this.#count += 1;
    else this.#messageBytes -= sizeOf(before);
    this.#messageBytes += sizeOf(message);
    this.#tree.set(message.topic, message);
    if (message.expiresAt === NEVER) this.#expiring.delete(message.topic);
    else this.#expiring.add(message.topic);
  }

  #remove(topic: string): void {
    const before = this.#tree.get(topic);
    if (before === undefined) return;
    this.#tree.delete(topic);
    this.#count -= 1;
    this.#messageBytes -= sizeOf(before);
    this.#expiring.delete(topic);
    this.#unsaved.delete(topic);
    this.#options.store.deleteRetained(topic);
  }
}

function sizeOf({ topic, payload, properties }: Message): number {
  return topic.length + payload.length + properties.length + OVERHEAD_BYTES;
}
