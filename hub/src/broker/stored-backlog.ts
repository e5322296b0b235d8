/**
 * How much of a session's messages is in the store, and what happens at the limit of its queue. Those in flight are
 * counted too, but do not fill the queue.
 */
import type { Message } from "./message.ts";
import type { Session, SessionContext } from "./session.ts";
import { queuedBytes } from "./store/stored-message.ts";

/** Messages that are read at once to be dropped. */
const PAGE = 200;
/** When it is bytes that are too many, nobody knows how many messages those are. */
const FEW = 20;

/** What the backlog must know of the messages on their way. */
export interface Sent {
  readonly inFlight: { readonly size: number; readonly bytes: number };
  /** Rows up to this one were sent. */
  readonly sentRow: number;
  /** Whether this message, which is in the store, was not sent yet. */
  readonly isUnsent: (row: number) => boolean;
  /** The oldest unsent messages, up to this row, were dropped. */
  readonly dropped: (untilRow: number) => void;
}

/** What was given to the store with one batch. */
interface Given {
  readonly batch: number;
  readonly first: number;
  last: number;
  count: number;
  bytes: number;
}

export class StoredBacklog {
  readonly #session: Session;
  readonly #context: SessionContext;
  readonly #sent: Sent;
  /** Messages that are not acknowledged. */
  #count = 0;
  #bytes = 0;
  /** Of the batches that are not settled yet. */
  readonly #given: Given[] = [];
  #isShrinking = false;
  #hasReadFailed = false;

  constructor(session: Session, context: SessionContext, sent: Sent) {
    this.#session = session;
    this.#context = context;
    this.#sent = sent;
  }

  /** Messages that are not acknowledged, those in flight included. */
  get count(): number {
    return this.#count;
  }

  /** Messages that were not sent yet. */
  get waiting(): number {
    return Math.max(this.#count - this.#sent.inFlight.size, 0);
  }

  restore({ count, bytes }: { readonly count: number; readonly bytes: number }): void {
    this.#count = count;
    this.#bytes = bytes;
  }

  /**
   * Whether the queue takes this message. At its limit that is for `queuePolicy` to say; `drop-oldest` takes it, and the
   * oldest are dropped as soon as they have been read from disk.
   */
  takes(message: Message): boolean {
    const { maxQueuedMessages, maxQueuedBytes, queuePolicy } = this.#context.limits;
    const bytes = queuedBytes(message);
    const isFull = this.waiting >= maxQueuedMessages || this.waitingBytes + bytes > maxQueuedBytes;
    if (!isFull) return true;
    if (queuePolicy === "drop-oldest" && bytes <= maxQueuedBytes && maxQueuedMessages > 0)
      return true;
    this.#session.dropped("queueFull");
    if (queuePolicy === "end-session") this.#session.endForFullQueue();
    return false;
  }

  /** A message goes into the store with the open batch. */
  add(message: Message): void {
    const bytes = queuedBytes(message);
    this.#count += 1;
    this.#bytes += bytes;
    const { openBatch, settledBatch } = this.#context.store;
    while ((this.#given[0]?.batch ?? openBatch) <= settledBatch) this.#given.shift();
    const given = this.#given.at(-1);
    const { row } = message;
    if (given?.batch === openBatch) {
      given.last = row;
      given.count += 1;
      given.bytes += bytes;
    } else this.#given.push({ batch: openBatch, first: row, last: row, count: 1, bytes });
    if (this.#excess > 0) void this.#shrink();
  }

  /** One stored message less. */
  settle(row: number, bytes: number): void {
    this.#context.store.dequeue(this.#session.clientId, row);
    this.#count -= 1;
    this.#bytes -= bytes;
    const given = this.#given.find(({ first, last }) => row >= first && row <= last);
    if (given === undefined) return;
    given.count -= 1;
    given.bytes -= bytes;
  }

  /** This batch was lost: what it had does not wait any more. Answers which rows those were. */
  takeBack(batch: number): { readonly first: number; readonly last: number } | undefined {
    const place = this.#given.findIndex((given) => given.batch === batch);
    const [given] = place < 0 ? [] : this.#given.splice(place, 1);
    if (given === undefined) return undefined;
    this.#count -= given.count;
    this.#bytes -= given.bytes;
    return given;
  }

  clear(): void {
    this.#count = 0;
    this.#bytes = 0;
    this.#given.length = 0;
  }

  /** Of the messages that were not sent yet. */
  get waitingBytes(): number {
    return this.#bytes - this.#sent.inFlight.bytes;
  }

  /** How many messages must go at least. */
  get #excess(): number {
    const { maxQueuedMessages, maxQueuedBytes } = this.#context.limits;
    const tooMany = this.waiting - maxQueuedMessages;
    if (tooMany > 0) return Math.min(tooMany, PAGE);
    return this.waitingBytes > maxQueuedBytes && this.waiting > 0 ? FEW : 0;
  }

  /** Drops the oldest until the queue is within its limits: which they are is on disk. */
  async #shrink(): Promise<void> {
    if (this.#isShrinking) return;
    this.#isShrinking = true;
    const { store, log } = this.#context;
    const { clientId } = this.#session;
    try {
      for (let after = this.#sent.sentRow; this.#excess > 0;) {
        const limit = this.#excess + this.#sent.inFlight.size;
        // One after the other: what was dropped decides whether more must be.
        // oxlint-disable-next-line no-await-in-loop
        const records = await store.readQueue(clientId, after, limit);
        const last = records.at(-1);
        if (last === undefined) break;
        for (const { message } of records) this.#dropIfTooMuch(message);
        after = last.message.row;
        this.#hasReadFailed = false;
      }
    } catch (error) {
      if (!this.#hasReadFailed)
        log.error({ clientId, error }, "a queue at its limit could not be read");
      this.#hasReadFailed = true;
    }
    this.#isShrinking = false;
  }

  #dropIfTooMuch(message: Pick<Message, "row" | "topic" | "payload" | "properties">): void {
    if (this.#excess === 0 || !this.#sent.isUnsent(message.row)) return;
    this.settle(message.row, queuedBytes(message));
    this.#session.dropped("queueFull");
    this.#sent.dropped(message.row);
  }
}
