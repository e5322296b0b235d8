/**
 * What one stored session still owes its client, in order: messages of QoS 1 and 2 that are not acknowledged.
 * Every operation takes constant time; a full queue lets go of its oldest message.
 */
import type { OutgoingPacket } from "./internals.ts";

/** Trap A16: aedes' queues of absent clients have no limit. */
const MAX_MESSAGES = 100_000;
const MAX_BYTES = 100 * 1024 * 1024;

interface Entry {
  packet: OutgoingPacket;
  bytes: number;
  /** Set once it was sent; a repetition carries DUP [MQTT5-3.3.1-1]. */
  messageId: number | undefined;
}

/** How much one session may be owed. */
export interface OutgoingQueueLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

/** The messages of one session that are not acknowledged. */
export class OutgoingQueue {
  readonly #limits: OutgoingQueueLimits;
  readonly #entries = new Set<Entry>();
  readonly #byCounter = new Map<number, Entry>();
  readonly #byMessageId = new Map<number, Entry>();
  #bytes = 0;

  constructor(limits: OutgoingQueueLimits = { maxMessages: MAX_MESSAGES, maxBytes: MAX_BYTES }) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Appends a message; answers how many older ones had to go for it. */
  enqueue(packet: OutgoingPacket): number {
    const bytes = packet.payload?.length ?? 0;
    const entry: Entry = { packet, bytes, messageId: undefined };
    this.#entries.add(entry);
    this.#bytes += bytes;
    if (packet.brokerCounter !== undefined) this.#byCounter.set(packet.brokerCounter, entry);
    let dropped = 0;
    for (const oldest of this.#entries) {
      if (!this.#isOverLimit() || oldest === entry) break;
      this.#remove(oldest);
      dropped += 1;
    }
    return dropped;
  }

  /**
   * Notes that a PUBLISH goes out under `packet.messageId`, or that its PUBREL takes its place.
   * A packet identifier that another message still uses is exchanged for a free one [MQTT5-2.2.1-3].
   */
  sending(packet: OutgoingPacket): void {
    if (packet.cmd === "pubrel") {
      const released = this.#entryWith(packet.messageId);
      if (released !== undefined) released.packet = packet;
      return;
    }
    const entry =
      packet.brokerCounter === undefined ? undefined : this.#byCounter.get(packet.brokerCounter);
    if (entry === undefined || packet.messageId === undefined) return;
    packet.messageId = this.#freeIdFor(entry, packet.messageId);
    if (entry.messageId !== undefined) this.#byMessageId.delete(entry.messageId);
    entry.messageId = packet.messageId;
    this.#byMessageId.set(packet.messageId, entry);
  }

  /** The client has acknowledged: forgets the message. */
  settle(messageId: number | undefined): OutgoingPacket | undefined {
    const entry = this.#entryWith(messageId);
    if (entry !== undefined) this.#remove(entry);
    return entry?.packet;
  }

  /** All that is owed, oldest first; what was sent before says so. Trap A15: aedes repeats without DUP. */
  owed(): OutgoingPacket[] {
    return [...this.#entries].map(({ packet, messageId }) =>
      messageId === undefined || packet.cmd === "pubrel"
        ? packet
        : { ...packet, messageId, dup: true },
    );
  }

  #isOverLimit(): boolean {
    return this.#entries.size > this.#limits.maxMessages || this.#bytes > this.#limits.maxBytes;
  }

  #entryWith(messageId: number | undefined): Entry | undefined {
    return messageId === undefined ? undefined : this.#byMessageId.get(messageId);
  }

  #freeIdFor(entry: Entry, wanted: number): number {
    let id = wanted;
    for (let tries = 0; tries < 65_535; tries += 1) {
      const holder = this.#byMessageId.get(id);
      if (holder === undefined || holder === entry) return id;
      id = id >= 65_535 ? 1 : id + 1;
    }
    return wanted;
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry);
    this.#bytes -= entry.bytes;
    const { brokerCounter } = entry.packet;
    if (brokerCounter !== undefined) this.#byCounter.delete(brokerCounter);
    if (entry.messageId !== undefined) this.#byMessageId.delete(entry.messageId);
  }
}
