/** How much of a session's messages is in the store, and what happens at the limit. */
import type { Message } from "./message.ts";
import type { Session, SessionContext } from "./session.ts";

/** Messages that are dropped at once. */
const PAGE = 200;

/** What the backlog must know of the messages on their way. */
export interface Sent {
  /** The greatest row that was given to a connection. */
  readonly sentRow: number;
  /** How many are in flight. */
  readonly inFlight: number;
  readonly hasInFlight: (row: number) => boolean;
  /** Told of what was dropped. */
  readonly dropped: (rows: ReadonlySet<number>) => void;
}

export class StoredBacklog {
  readonly #session: Session;
  readonly #context: SessionContext;
  readonly #sent: Sent;
  /** Messages that are not acknowledged, those in flight included. */
  #count = 0;
  #bytes = 0;
  /** Messages that are too many; `#count` and `#bytes` are without them. */
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

  /** Whether there is room for one more; `drop-oldest` makes it. */
  hasRoomFor(message: Message): boolean {
    const { maxQueuedMessages, maxQueuedBytes, queuePolicy } = this.#context.limits;
    const isFull =
      this.#count >= maxQueuedMessages || this.#bytes + sizeOf(message) > maxQueuedBytes;
    if (!isFull) return true;
    this.#session.dropped("queueFull");
    if (queuePolicy === "end-session") this.#session.endForFullQueue();
    if (queuePolicy !== "drop-oldest" || this.#count === 0) return false;
    this.#forget();
    this.#toDrop += 1;
    if (this.#toDrop === 1) this.#startDropping();
    return true;
  }

  #startDropping(): void {
    const { clientId } = this.#session;
    this.#drop().catch((error: unknown) => {
      this.#keepAll();
      this.#context.log.error({ clientId, error }, "a full queue could not be shortened");
    });
  }

  /** Takes the oldest ones away that were not sent: which they are is on disk. */
  async #drop(): Promise<void> {
    const { store } = this.#context;
    const { clientId } = this.#session;
    while (this.#toDrop > 0) {
      const limit = Math.min(this.#toDrop + this.#sent.inFlight, PAGE);
      const records = await store.readQueue(clientId, this.#sent.sentRow, limit);
      const rows = records.map(({ message }) => message.row).filter((row) => this.#isUnsent(row));
      const dropped = new Set(rows.slice(0, this.#toDrop));
      if (dropped.size === 0) return this.#keepAll();
      for (const row of dropped) store.dequeue(clientId, row);
      this.#toDrop -= dropped.size;
      this.#sent.dropped(dropped);
    }
  }

  #isUnsent(row: number): boolean {
    return row > this.#sent.sentRow && !this.#sent.hasInFlight(row);
  }

  /** Nothing can be dropped now: all are on their way. The next message that finds no room tries again. */
  #keepAll(): void {
    const average = this.#count === 0 ? 0 : this.#bytes / this.#count;
    this.#bytes += this.#toDrop * average;
    this.#count += this.#toDrop;
    this.#toDrop = 0;
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
