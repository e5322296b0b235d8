/** Messages with numbers: who published which, which of them were acknowledged, which came, and in which order. */
import type { Client } from "../broker/load/client.ts";
import { publishFrame } from "../broker/load/frames.ts";

/** Publisher and number in one: both fit into what a double holds exactly. */
const PUBLISHER_STEP = 2 ** 32;
/** Packet ids are used again long after they are free. */
const PACKET_IDS = 60_000;
const PAYLOAD_BYTES = 200;

/** Publishes 0, 1, 2 … with QoS 1, as fast as acknowledgements come, until its connection breaks. */
export class NumberedPublisher {
  readonly #client: Client;
  readonly #index: number;
  #sent = 0;

  constructor(client: Client, index: number) {
    this.#client = client;
    this.#index = index;
  }

  /** Of its messages the first so many: servers acknowledge in order. [MQTT311-4.6.0-2] */
  get acknowledged(): number {
    return this.#client.inbox.acknowledged;
  }

  /** Resolves when the connection is broken and everything the server had said is read. */
  run(unacknowledgedMax: number): Promise<void> {
    const pump = (): void => {
      while (this.#client.takesMore && this.#sent - this.acknowledged < unacknowledgedMax) {
        this.#client.write(this.#message());
        this.#sent += 1;
      }
    };
    this.#client.onProgress = pump;
    pump();
    return new Promise((resolve) => {
      this.#client.onClosed = resolve;
    });
  }

  #message(): Buffer {
    const payload = Buffer.alloc(PAYLOAD_BYTES);
    payload.writeDoubleLE(this.#index * PUBLISHER_STEP + this.#sent);
    const packetId = (this.#sent % PACKET_IDS) + 1;
    return publishFrame({ topic: `bench/line-${this.#index}/values`, payload, packetId });
  }
}

/** What a subscriber has received. */
export class Received {
  twice = 0;
  outOfOrder = 0;
  readonly #numbers = new Set<number>();
  readonly #last = new Map<number, number>();

  add(number: number): void {
    if (this.#numbers.has(number)) {
      this.twice += 1;
      return;
    }
    const publisher = Math.floor(number / PUBLISHER_STEP);
    if (number < (this.#last.get(publisher) ?? -1)) this.outOfOrder += 1;
    this.#last.set(publisher, number);
    this.#numbers.add(number);
  }

  /** How many of the first `count` messages of a publisher did not come. */
  missing(publisher: number, count: number): number {
    let missing = 0;
    for (let number = 0; number < count; number += 1) {
      if (!this.#numbers.has(publisher * PUBLISHER_STEP + number)) missing += 1;
    }
    return missing;
  }
}
