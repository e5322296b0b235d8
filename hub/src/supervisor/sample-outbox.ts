/**
 * Samples from an adapter to the hub. What is said in one turn goes as one packet. While two packets are on the way and
 * the hub has not taken them, a third is filled; when that is full, too, each device keeps its last values only, and
 * what gave way is counted.
 */
import type { SampleBatch } from "@unshub/sparkplug";
import { LastSamples } from "./last-samples.ts";
import { SamplePacket, type SentPacket } from "./sample-packet.ts";

const MOST_ON_THE_WAY = 2;
/** A packet of so many rows does not wait for the end of the turn. */
const FULL_ROWS = 16_384;
/** Nor one of so many batches: each becomes a message, and three packets fit into the queue of an edge node. */
const FULL_BATCHES = 300;

interface Waiting {
  readonly last: LastSamples;
  coalesced: number;
}

export interface OutboxOptions {
  /** How many batches fill a packet; tests say few. */
  readonly fullBatches?: number;
  /** Hands a packet to the hub, its memory with it. */
  post(packet: SentPacket): void;
  /** Calls back at the end of this turn of the event loop. */
  atEndOfTurn(callback: () => void): void;
}

export class SampleOutbox {
  readonly #options: OutboxOptions;
  /** Devices that ever had to wait. */
  readonly #waiting = new Map<string, Waiting>();
  #packet: SamplePacket | undefined;
  #spare: ArrayBuffer | undefined;
  #onTheWay = 0;
  #isScheduled = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  get isSlow(): boolean {
    return this.#onTheWay >= MOST_ON_THE_WAY;
  }

  /** How many samples of a device gave way to later ones. */
  coalesced(deviceId: string): number {
    return this.#waiting.get(deviceId)?.coalesced ?? 0;
  }

  add(deviceId: string, batch: SampleBatch): void {
    if (batch.count === 0) return;
    const before = this.#waiting.get(deviceId);
    const isBehind = before !== undefined && !before.last.isEmpty;
    if (!isBehind && !(this.isSlow && this.#isFull)) return this.#pack(deviceId, batch);
    const waiting = before ?? this.#newWaiting(deviceId);
    waiting.coalesced += waiting.last.keep(batch);
  }

  /** Everything of a device goes out now: something else is to be said of it, and order matters. */
  flush(deviceId: string): void {
    this.#unwait(deviceId);
    this.#send();
  }

  /** The hub took a packet; its memory came back. What waits goes out, the last values of devices behind it. */
  taken(memory: ArrayBuffer): void {
    this.#onTheWay -= 1;
    this.#spare = memory;
    if (this.isSlow) return;
    if (this.#isFull) this.#send();
    for (const deviceId of this.#waiting.keys()) {
      if (this.#isFull) break;
      this.#unwait(deviceId);
    }
    this.#sendSoon();
  }

  get #isFull(): boolean {
    const { rows = 0, batches = 0 } = this.#packet ?? {};
    return rows >= FULL_ROWS || batches >= (this.#options.fullBatches ?? FULL_BATCHES);
  }

  #newWaiting(deviceId: string): Waiting {
    const waiting = { last: new LastSamples(), coalesced: 0 };
    this.#waiting.set(deviceId, waiting);
    return waiting;
  }

  /** Whose values went out comes last the next time. */
  #unwait(deviceId: string): void {
    const waiting = this.#waiting.get(deviceId);
    if (waiting === undefined || waiting.last.isEmpty) return;
    this.#waiting.delete(deviceId);
    this.#waiting.set(deviceId, waiting);
    this.#fill(deviceId, waiting.last.take());
  }

  #pack(deviceId: string, batch: SampleBatch): void {
    this.#fill(deviceId, batch);
    if (this.isSlow) return;
    if (this.#isFull) this.#send();
    else this.#sendSoon();
  }

  #fill(deviceId: string, batch: SampleBatch): void {
    this.#packet ??= new SamplePacket(this.#spare);
    this.#spare = undefined;
    this.#packet.add(deviceId, batch);
  }

  #sendSoon(): void {
    if (this.#isScheduled || this.#packet === undefined) return;
    this.#isScheduled = true;
    this.#options.atEndOfTurn(() => {
      this.#isScheduled = false;
      if (!this.isSlow) this.#send();
    });
  }

  #send(): void {
    const packet = this.#packet;
    if (packet === undefined) return;
    this.#packet = undefined;
    this.#onTheWay += 1;
    this.#options.post(packet.seal());
  }
}
