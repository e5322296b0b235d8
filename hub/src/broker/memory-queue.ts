/** Messages that wait in memory for one session, in the order of their rows. */
import { type Message, NEVER, type Qos } from "./message.ts";

/** A message and how this session gets it. */
export interface QueuedItem {
  readonly message: Message;
  readonly qos: Qos;
  readonly retain: boolean;
  readonly identifiers: readonly number[];
  /** The shared subscription for which it is, when the session is not stored: another member may get it in the end. */
  readonly share?: string | undefined;
}

/**
 * What waits in memory for a client that is connected before the disk alone is used: reading it back costs three times as
 * much as storing it. Of sessions that are not on disk, the limits of a queue hold.
 */
const MAX_IN_MEMORY = 10_000;
const MAX_BYTES_IN_MEMORY = 10 * 1024 * 1024;

/** What an entry costs besides its payload. */
const OVERHEAD_BYTES = 200;

export class MemoryQueue {
  #items: QueuedItem[] = [];
  /** Items before it are gone; taken away now and then, not one by one. */
  #head = 0;
  #bytes = 0;
  /** Of both, those of QoS 0: what is lost of these has nothing to do with what waits of the others. */
  #qos0Count = 0;
  #qos0Bytes = 0;
  /** Messages with greater rows must wait: some that go before them are still on disk. */
  #horizon = NEVER;

  get length(): number {
    return this.#items.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get qos0Bytes(): number {
    return this.#qos0Bytes;
  }

  /** The QoS 1 and 2 messages. */
  get kept(): { readonly count: number; readonly bytes: number } {
    return { count: this.length - this.#qos0Count, bytes: this.#bytes - this.#qos0Bytes };
  }

  /** Whether what is on disk as well should stay there. */
  get isFull(): boolean {
    return this.length >= MAX_IN_MEMORY || this.#bytes >= MAX_BYTES_IN_MEMORY;
  }

  /** The next one that may go; `undefined` also while it has to wait for some that are still on disk. */
  get first(): QueuedItem | undefined {
    const item = this.#items[this.#head];
    return item === undefined || item.message.row > this.#horizon ? undefined : item;
  }

  push(item: QueuedItem): void {
    this.#items.push(item);
    this.#count(item, 1);
  }

  shift(): QueuedItem | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#head += 1;
    this.#count(item, -1);
    if (this.#head > 1000 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  dropNewest(): void {
    const item = this.length > 0 ? this.#items.pop() : undefined;
    if (item !== undefined) this.#count(item, -1);
  }

  /** The oldest of QoS 1 or 2; QoS 0 messages before it keep their places. */
  dropOldestKept(): void {
    if (this.#items[this.#head]?.qos !== 0) return void this.shift();
    const place = this.#items.findIndex(({ qos }, index) => index > this.#head && qos > 0);
    if (place < 0) return;
    for (const item of this.#items.splice(place, 1)) this.#count(item, -1);
  }

  /** What follows this row must wait for messages that are on disk only; `NEVER`: nothing must. */
  waitBehind(row: number): void {
    this.#horizon = row;
  }

  /** Takes out the QoS 1 and 2 messages whose rows are of these. */
  removeRows(isOfThese: (row: number) => boolean): void {
    const isKept = ({ qos, message }: QueuedItem): boolean => qos === 0 || !isOfThese(message.row);
    this.#replace(this.#items.slice(this.#head).filter(isKept));
  }

  items(): readonly QueuedItem[] {
    return this.#items.slice(this.#head);
  }

  /** Puts `items`, read from disk, in their places. */
  merge(items: readonly QueuedItem[]): void {
    const before = this.#items.slice(this.#head);
    this.#replace([...before, ...items].toSorted((a, b) => a.message.row - b.message.row));
  }

  #replace(items: QueuedItem[]): void {
    this.#items = items;
    this.#head = 0;
    this.#bytes = 0;
    this.#qos0Count = 0;
    this.#qos0Bytes = 0;
    for (const item of items) this.#count(item, 1);
  }

  /** One more or one less. */
  #count(item: QueuedItem, sign: 1 | -1): void {
    const bytes = sign * sizeOf(item);
    this.#bytes += bytes;
    if (item.qos > 0) return;
    this.#qos0Count += sign;
    this.#qos0Bytes += bytes;
  }

  /** Empties it; nothing has to wait for the disk any more. */
  clear(): void {
    this.#replace([]);
    this.#horizon = NEVER;
  }
}

function sizeOf({ message }: QueuedItem): number {
  return message.payload.length + message.properties.length + OVERHEAD_BYTES;
}
