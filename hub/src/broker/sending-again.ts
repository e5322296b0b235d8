/** Messages that were in flight on an earlier connection and that this one has not got yet: it may take fewer at once. */
import type { QueuedItem } from "./memory-queue.ts";
import type { Sender } from "./sender.ts";

export class SendingAgain {
  readonly #waiting = new Map<number, QueuedItem>();

  get size(): number {
    return this.#waiting.size;
  }

  add(packetId: number, item: QueuedItem): void {
    this.#waiting.set(packetId, item);
  }

  /** The client has said that it is done with this one. */
  delete(packetId: number): void {
    this.#waiting.delete(packetId);
  }

  clear(): void {
    this.#waiting.clear();
  }

  /** Sends while there is room; answers whether none waits any longer. [MQTT5-3.3.4-9] [MQTT5-4.4.0-1] */
  send(sender: Sender, hasRoom: () => boolean): boolean {
    for (const [packetId, item] of this.#waiting) {
      if (!hasRoom()) return false;
      this.#waiting.delete(packetId);
      sender.item(item, packetId, true);
    }
    return true;
  }
}
