/** QoS 2 messages of a stored session: their packet identifiers must be on disk before they are sent. */
import type { QueuedItem } from "./memory-queue.ts";

interface Awaiting {
  /** The batch of the store that their packet identifier is part of. */
  readonly batch: number;
  readonly packetId: number;
  readonly item: QueuedItem;
}

export class AwaitingMessages {
  #messages: Awaiting[] = [];

  get length(): number {
    return this.#messages.length;
  }

  push(message: Awaiting): void {
    this.#messages.push(message);
  }

  /** Takes out those whose packet identifiers are on disk, in their order. */
  takeSettled(settledBatch: number): readonly Awaiting[] {
    const firstUnsettled = this.#messages.findIndex(({ batch }) => batch > settledBatch);
    const count = firstUnsettled < 0 ? this.#messages.length : firstUnsettled;
    return count === 0 ? NONE : this.#messages.splice(0, count);
  }

  /** Drops the messages of these rows and answers their packet identifiers; the others wait no longer. */
  removeRows(first: number, last: number, settledBatch: number): readonly number[] {
    const isLost = ({ item: { message } }: Awaiting): boolean =>
      message.row >= first && message.row <= last;
    const lost = this.#messages.filter(isLost).map(({ packetId }) => packetId);
    const kept = this.#messages.filter((each) => !isLost(each));
    this.#messages = kept.map((each) => ({ ...each, batch: settledBatch }));
    return lost;
  }

  clear(): void {
    this.#messages = [];
  }
}

const NONE: readonly Awaiting[] = [];
