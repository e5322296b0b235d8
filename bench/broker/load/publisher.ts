/** One publisher: sends the chunks of its ring, and waits for acknowledgements where there are any. */
import type { Client } from "./client.ts";
import type { Ring } from "./ring.ts";

export class Publisher {
  readonly client: Client;
  /** Messages sent so far. */
  sent = 0;
  readonly #ring: Ring;
  /** Messages that may be under way without an acknowledgement. */
  readonly #unacknowledgedMax: number;
  #next = 0;

  constructor(client: Client, ring: Ring) {
    this.client = client;
    this.#ring = ring;
    this.#unacknowledgedMax = (ring.chunks.length - 1) * ring.messagesPerChunk;
  }

  get maySend(): boolean {
    if (!this.client.takesMore) return false;
    return (
      this.#ring.qos === 0 || this.sent - this.client.inbox.acknowledged <= this.#unacknowledgedMax
    );
  }

  get hasUnacknowledged(): boolean {
    return this.#ring.qos === 1 && this.client.inbox.acknowledged < this.sent;
  }

  send(): void {
    const { chunks, messagesPerChunk, timeOffset } = this.#ring;
    const chunk = chunks[this.#next % chunks.length];
    if (chunk === undefined) return;
    this.#next += 1;
    this.sent += messagesPerChunk;
    this.client.write(timeOffset === undefined ? chunk : timed(chunk, timeOffset));
  }
}

function timed(frame: Buffer, offset: number): Buffer {
  const copy = Buffer.from(frame);
  copy.writeDoubleLE(performance.now(), offset);
  return copy;
}
