/** What waits for one session in memory, within its limits, and from which row on the rest is on disk alone. */
import { MemoryQueue, type QueuedItem } from "./memory-queue.ts";
import { NEVER } from "./message.ts";
import type { Session, SessionContext } from "./session.ts";

export class Waiting {
  readonly #session: Session;
  readonly #context: Pick<SessionContext, "limits">;
  readonly #queue = new MemoryQueue();
  #onDiskAfter: number | undefined;

  constructor(session: Session, context: Pick<SessionContext, "limits">) {
    this.#session = session;
    this.#context = context;
  }

  /** Messages with greater rows wait on disk and not in memory; `undefined`: nothing does. */
  get onDiskAfter(): number | undefined {
    return this.#onDiskAfter;
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  /** The QoS 1 and 2 messages in memory. */
  get kept(): number {
    return this.#queue.kept.count;
  }

  get keptBytes(): number {
    return this.#queue.kept.bytes;
  }

  get bytes(): number {
    return this.#queue.bytes;
  }

  /** The next one that may go. */
  get first(): QueuedItem | undefined {
    return this.#queue.first;
  }

  /** Puts a message into memory; false when it is to be read from disk later, because that is full. */
  put(item: QueuedItem): boolean {
    const isStored = this.#session.isPersistent && item.qos > 0;
    if (isStored && !this.#hasRoom(item.message.row)) return false;
    this.#queue.push(item);
    if (item.qos === 0) this.#limitQos0();
    else if (!isStored) this.#limitUnstored();
    return true;
  }

  /** As `put`, for one that goes at once or is the only one. */
  push(item: QueuedItem): void {
    this.#queue.push(item);
  }

  shift(): void {
    this.#queue.shift();
  }

  /** What follows this row is read from disk when its turn comes, and nothing in memory overtakes it. */
  leaveOnDisk(row: number | undefined): void {
    this.#onDiskAfter = row;
    this.#queue.waitBehind(row ?? NEVER);
  }

  /** Puts `items`, read from disk, in their places. */
  merge(items: readonly QueuedItem[]): void {
    this.#queue.merge(items);
  }

  /** Takes out the QoS 1 and 2 messages whose rows are of these. */
  removeRows(isOfThese: (row: number) => boolean): void {
    this.#queue.removeRows(isOfThese);
  }

  /** Those of shared subscriptions that others may get instead. */
  sharedItems(): readonly QueuedItem[] {
    return this.#queue.items().filter(({ qos, share }) => qos > 0 && share !== undefined);
  }

  /** Empties the memory. */
  clear(): void {
    this.#queue.clear();
  }

  #hasRoom(row: number): boolean {
    if (this.#onDiskAfter !== undefined) return false;
    if (!this.#queue.isFull) return true;
    this.leaveOnDisk(row - 1);
    return false;
  }

  /** QoS 0 messages that wait behind others take no more room than they would in the connection. */
  #limitQos0(): void {
    if (this.#queue.qos0Bytes <= this.#context.limits.outgoingSoftBytes) return;
    this.#queue.dropNewest();
    this.#session.dropped("slow");
  }

  #limitUnstored(): void {
    const { maxQueuedMessages, maxQueuedBytes, queuePolicy } = this.#context.limits;
    for (;;) {
      const { count, bytes } = this.#queue.kept;
      if (count <= maxQueuedMessages && bytes <= maxQueuedBytes) return;
      this.#session.dropped("queueFull");
      if (queuePolicy === "end-session") return this.#session.endForFullQueue();
      if (queuePolicy === "reject-new") this.#queue.dropNewest();
      else this.#queue.dropOldestKept();
    }
  }
}
