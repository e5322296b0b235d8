/**
 * Samples from an adapter to the hub. What is said in one turn goes as one packet. When two packets are on the way and the
 * hub has not taken them, a third is filled meanwhile, for a burst is no trouble; only when that one is full, too, each
 * device keeps its last values only, and what gave way is counted.
 */
import type { SampleBatch } from "@unshub/sparkplug";
import { LastSamples } from "./last-samples.ts";
import { SamplePacket, type SentPacket } from "./sample-packet.ts";

const MOST_ON_THE_WAY = 2;
/** A packet of so many rows does not wait for the end of the turn. */
const FULL_ROWS = 16_384;

interface Waiting {
  readonly last: LastSamples;
  coalesced: number;
}

export interface OutboxOptions {
  /** Hands a packet to the hub, its memory with it. */
  post(packet: SentPacket): void;
  /** Calls back at the end of this turn of the event loop. */
  atEndOfTurn(callback: () => void): void;
  /** So many rows are kept, whole, while packets are on the way. */
  readonly keptRows?: number;
}

export class SampleOutbox {
  readonly #options: OutboxOptions;
  readonly #keptRows: number;
  /** Devices that ever had to wait. */
  readonly #waiting = new Map<string, Waiting>();
  #packet: SamplePacket | undefined;
  #spare: ArrayBuffer | undefined;
  #onTheWay = 0;
  #isScheduled = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#keptRows = options.keptRows ?? FULL_ROWS;
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
    if (!this.isSlow || this.#hasRoom(deviceId, batch.count)) return this.#pack(deviceId, batch);
    const waiting = this.#waitingOf(deviceId);
    waiting.coalesced += waiting.last.keep(batch);
  }

  /** Everything of a device goes out now: something else is to be said of it, and order matters. */
  flush(deviceId: string): void {
    this.#unwait(deviceId);
    this.#send();
  }

  /** The hub took a packet; its memory came back. */
  taken(memory: ArrayBuffer): void {
    this.#onTheWay -= 1;
    this.#spare = memory;
    if (this.isSlow) return;
    for (const deviceId of this.#waiting.keys()) this.#unwait(deviceId);
    if (this.#packet !== undefined) this.#sendLater();
  }

  /** Nothing of a device overtakes what waits of it. */
  #hasRoom(deviceId: string, count: number): boolean {
    const isBehind = this.#waiting.get(deviceId)?.last.isEmpty === false;
    return !isBehind && (this.#packet?.rows ?? 0) + count <= this.#keptRows;
  }

  #waitingOf(deviceId: string): Waiting {
    const known = this.#waiting.get(deviceId);
    if (known !== undefined) return known;
    const waiting = { last: new LastSamples(), coalesced: 0 };
    this.#waiting.set(deviceId, waiting);
    return waiting;
  }

  #unwait(deviceId: string): void {
    const waiting = this.#waiting.get(deviceId);
    if (waiting !== undefined && !waiting.last.isEmpty) this.#pack(deviceId, waiting.last.take());
  }

  #pack(deviceId: string, batch: SampleBatch): void {
    this.#packet ??= new SamplePacket(this.#spare);
    this.#spare = undefined;
    this.#packet.add(deviceId, batch);
    if (this.isSlow) return; // until a packet is taken
    if (this.#packet.rows >= FULL_ROWS) this.#send();
    else this.#sendLater();
  }

  #sendLater(): void {
    if (this.#isScheduled) return;
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
