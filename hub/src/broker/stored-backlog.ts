/** How much of a session's messages is in the store, and what happens at the limit. */
import type { Message } from "./message.ts";
import type { Session, SessionContext } from "./session.ts";

/** Messages that are dropped at once. */
const PAGE = 200;

/** What the backlog must know of the messages on their way. */
export interface Sent {
  /** The greatest row that was given to a connection. */
  readonly sentRow: number;
  readonly hasInFlight: (row: number) => boolean;
}

export class StoredBacklog {
  readonly #session: Session;
  readonly #context: SessionContext;
  readonly #sent: Sent;
  /** Messages that are not acknowledged, those in flight included. */
  #count = 0;
  #bytes = 0;
  /** Messages that are too many. */
  #toDrop = 0;

  constructor(session: Session, context: SessionContext, sent: Sent) {
    this.#session = session;
    this.#context = context;
    this.#sent = sent;
  }

  get count(): number {
    return this.#count;
  }

  restore({ count, bytes }: { readonly count: number; readonly bytes: number }): void {
    this.#count = count;
    this.#bytes = bytes;
  }

  /** A message was put into the store. */
  add(message: Message): void {
    this.#count += 1;
    this.#bytes += sizeOf(message);
  }

  /** One stored message less. Its size is on disk; the average stands for it. */
  settle(row: number): void {
    this.#forget();
    this.#context.store.dequeue(this.#session.clientId, row);
  }

  clear(): void {
    this.#count = 0;
    this.#bytes = 0;
    this.#toDrop = 0;
  }

  /** Whether there is room for one more; `drop-oldest` makes it, which the caller is told by `madeRoom`. */
  hasRoomFor(message: Message, madeRoom: () => void): boolean {
    const { maxQueuedMessages, maxQueuedBytes, queuePolicy } = this.#context.limits;
    const isFull =
      this.#count >= maxQueuedMessages || this.#bytes + sizeOf(message) > maxQueuedBytes;
    if (!isFull) return true;
    this.#session.dropped("queueFull");
    if (queuePolicy === "end-session") this.#session.endForFullQueue();
    if (queuePolicy !== "drop-oldest" || this.#count === 0) return false;
    this.#forget();
    this.#toDrop += 1;
    madeRoom();
    if (this.#toDrop === 1) void this.#drop();
    return true;
  }

  /** Takes the oldest ones away: which they are is on disk. */
  async #drop(): Promise<void> {
    const { store } = this.#context;
    const { clientId } = this.#session;
    while (this.#toDrop > 0) {
      const records = await store.readQueue(
        clientId,
        this.#sent.sentRow,
        Math.min(this.#toDrop, PAGE),
      );
      for (const { message } of records) {
        if (!this.#sent.hasInFlight(message.row)) store.dequeue(clientId, message.row);
      }
      this.#toDrop = records.length === 0 ? 0 : this.#toDrop - records.length;
    }
  }

  #forget(): void {
    if (this.#count === 0) return;
    this.#bytes -= this.#bytes / this.#count;
    this.#count -= 1;
  }
}

function sizeOf({ topic, payload, properties }: Message): number {
  return topic.length + payload.length + properties.length;
}
