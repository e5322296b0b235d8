/**
 * The open batch, gathered on the main thread as bytes; `batch-format.ts` says how they look.
 *
 * Nothing is kept per message but its place in the bytes. What the same batch makes superfluous is struck out: a message
 * that was enqueued and dequeued, a retained message that was replaced. Those never reach the disk.
 */
import * as format from "./batch-format.ts";
import { queuedBytes, roomFor, writeMessage } from "./stored-message.ts";
import type {
  Delivery,
  InFlightRecord,
  KnownTime,
  SessionRecord,
  StoredMessage,
  SubscriptionRecord,
  WillRecord,
} from "./store.ts";

const { CODE, HEAD_BYTES } = format;
const FIRST_BYTES = 256 * 1024;
/** A buffer that a burst made larger than this is given back. */
const KEPT_BYTES = 8 * 1024 * 1024;

export class Batch {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #used = 0;
  /** Entries that are not struck out, sent rows included. */
  #live = 0;
  #count = 0;
  /** The enqueued messages of this batch, in ascending order of their rows, and where their entries begin. */
  #rows: number[] = [];
  #places: number[] = [];
  readonly #retained = new Map<string, number>();
  readonly #sentRows = new Map<number, number>();
  /** The greatest row that came into a queue or left one. */
  #lastQueueRow = -1;

  /** Whether there is nothing to write. */
  get isEmpty(): boolean {
    return this.#live === 0 && this.#sentRows.size === 0;
  }

  /** How many entries were appended. */
  get count(): number {
    return this.#count;
  }

  /** Whether messages with rows greater than this one came into queues or left them. */
  changesQueuesAfter(row: number): boolean {
    return this.#lastQueueRow > row;
  }

  /** The finished entries; valid until `clear`. */
  finish(): Buffer {
    for (const [session, row] of this.#sentRows) this.#number(CODE.sentRow, session, row);
    this.#sentRows.clear();
    return this.#bytes.subarray(0, this.#used);
  }

  clear(): void {
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
    this.#used = 0;
    this.#live = 0;
    this.#count = 0;
    this.#rows = [];
    this.#places = [];
    this.#retained.clear();
    this.#sentRows.clear();
    this.#lastQueueRow = -1;
  }

  session(session: number, record: SessionRecord): void {
    const { clientId, owner } = record;
    const at = this.#begin(CODE.session, 29 + 3 * (clientId.length + owner.length));
    this.#uint32(session);
    this.#uint8(record.protocolVersion);
    this.#double(record.expirySeconds);
    this.#double(record.disconnectedAtWall ?? Number.NaN);
    this.#text(clientId);
    this.#text(owner);
    this.#end(at);
  }

  subscription(session: number, record: SubscriptionRecord): void {
    const at = this.#begin(CODE.subscription, 13 + 3 * record.filter.length);
    const flags = record.qos | (record.retainHandling << format.RETAIN_HANDLING_SHIFT);
    const noLocal = record.noLocal ? format.NO_LOCAL : 0;
    const asPublished = record.retainAsPublished ? format.RETAIN_AS_PUBLISHED : 0;
    this.#uint32(session);
    this.#uint8(flags | noLocal | asPublished);
    this.#uint32(record.identifier);
    this.#text(record.filter);
    this.#end(at);
  }

  deleteSubscription(session: number, filter: string): void {
    const at = this.#begin(CODE.deleteSubscription, 8 + 3 * filter.length);
    this.#uint32(session);
    this.#text(filter);
    this.#end(at);
  }

  will(session: number, { message, delaySeconds }: WillRecord): void {
    const at = this.#begin(CODE.will, 12 + roomFor(message));
    this.#uint32(session);
    this.#double(delaySeconds);
    this.#message(message);
    this.#end(at);
  }

  /** Receivers without a number have no session any more and get nothing. */
  enqueue(
    message: StoredMessage,
    deliveries: readonly Delivery[],
    numbers: ReadonlyMap<string, number>,
  ): void {
    this.#lastQueueRow = Math.max(this.#lastQueueRow, message.row);
    let room = 8 + roomFor(message);
    for (const { identifiers } of deliveries) room += 9 + 11 * identifiers.length;
    const at = this.#begin(CODE.enqueue, room);
    this.#uint32(queuedBytes(message));
    this.#uint32(0);
    let count = 0;
    for (const delivery of deliveries) {
      const session = numbers.get(delivery.clientId);
      if (session === undefined) continue;
      this.#delivery(session, delivery);
      count += 1;
    }
    this.#bytes.writeUInt32LE(count, at + HEAD_BYTES + 4);
    this.#message(message);
    this.#end(at);
    if (message.row <= (this.#rows.at(-1) ?? -1)) return; // out of order: only cannot be struck out
    this.#rows.push(message.row);
    this.#places.push(at);
  }

  dequeue(session: number, row: number): void {
    this.#lastQueueRow = Math.max(this.#lastQueueRow, row);
    if (this.#strikeOut(session, row)) return;
    this.#number(CODE.dequeue, session, row);
  }

  sentRow(session: number, row: number): void {
    if (row > (this.#sentRows.get(session) ?? -1)) this.#sentRows.set(session, row);
  }

  inFlight(session: number, { row, packetId, state }: InFlightRecord): void {
    const at = this.#begin(CODE.inFlight, 15);
    this.#uint32(session);
    this.#double(row);
    this.#uint16(packetId);
    this.#uint8(state === "released" ? 1 : 0);
    this.#end(at);
  }

  incoming(
    code: typeof CODE.incoming | typeof CODE.deleteIncoming,
    session: number,
    packetId: number,
  ): void {
    const at = this.#begin(code, 6);
    this.#uint32(session);
    this.#uint16(packetId);
    this.#end(at);
  }

  retained(message: StoredMessage): void {
    const before = this.#retained.get(message.topic);
    if (before !== undefined) this.#skip(before);
    const at = this.#begin(CODE.retained, roomFor(message));
    this.#message(message);
    this.#end(at);
    this.#retained.set(message.topic, at);
  }

  deleteRetained(topic: string): void {
    const at = this.#begin(CODE.deleteRetained, 4 + 3 * topic.length);
    this.#text(topic);
    this.#end(at);
  }

  time({ kept, wall }: KnownTime): void {
    const at = this.#begin(CODE.time, 16);
    this.#double(kept);
    this.#double(wall);
    this.#end(at);
  }

  /** An entry that is only about a session: its end, its Will's. */
  plain(code: number, session: number): void {
    const at = this.#begin(code, 4);
    this.#uint32(session);
    this.#end(at);
  }

  #number(code: number, session: number, row: number): void {
    const at = this.#begin(code, 12);
    this.#uint32(session);
    this.#double(row);
    this.#end(at);
  }

  #delivery(session: number, { qos, retain, identifiers }: Delivery): void {
    const some = identifiers.length > 0;
    this.#uint32(session);
    this.#uint8(qos | (retain ? format.RETAIN : 0) | (some ? format.HAS_IDENTIFIERS : 0));
    if (some) this.#text(identifiers.join(","));
  }

  /** Strikes out the delivery of a message of this batch; the whole message with its last one. */
  #strikeOut(session: number, row: number): boolean {
    if (row < (this.#rows[0] ?? Infinity)) return false;
    const at = this.#places[indexOf(this.#rows, row)];
    if (at === undefined) return false;
    const bytes = this.#bytes;
    let place = at + HEAD_BYTES + 8;
    let found = false;
    let living = 0;
    for (let left = bytes.readUInt32LE(at + HEAD_BYTES + 4); left > 0; left -= 1) {
      const flags = bytes[place + 4] ?? 0;
      const isDead = (flags & format.DEAD) !== 0;
      if (!isDead && bytes.readUInt32LE(place) === session) {
        bytes[place + 4] = flags | format.DEAD;
        found = true;
      } else if (!isDead) living += 1;
      place += 5;
      if ((flags & format.HAS_IDENTIFIERS) !== 0) place += 4 + bytes.readUInt32LE(place);
    }
    if (found && living === 0) this.#skip(at);
    return found;
  }

  #skip(at: number): void {
    this.#bytes[at] = CODE.skip;
    this.#live -= 1;
  }

  #begin(code: number, room: number): number {
    this.#makeRoom(HEAD_BYTES + room);
    const at = this.#used;
    this.#bytes[at] = code;
    this.#used = at + HEAD_BYTES;
    this.#live += 1;
    this.#count += 1;
    return at;
  }

  #end(at: number): void {
    this.#bytes.writeUInt32LE(this.#used - at - HEAD_BYTES, at + 1);
  }

  #makeRoom(bytes: number): void {
    if (this.#used + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#used + bytes));
    larger.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = larger;
  }

  #uint8(value: number): void {
    this.#bytes[this.#used] = value;
    this.#used += 1;
  }

  #uint16(value: number): void {
    this.#used = this.#bytes.writeUInt16LE(value, this.#used);
  }

  #uint32(value: number): void {
    this.#used = this.#bytes.writeUInt32LE(value, this.#used);
  }

  #double(value: number): void {
    this.#used = this.#bytes.writeDoubleLE(value, this.#used);
  }

  #text(text: string): void {
    const length = this.#bytes.write(text, this.#used + 4);
    this.#bytes.writeUInt32LE(length, this.#used);
    this.#used += 4 + length;
  }

  #message(message: StoredMessage): void {
    this.#used = writeMessage(this.#bytes, this.#used, message);
  }
}

/** Where `wanted` stands in the ascending `rows`; −1 if nowhere. */
function indexOf(rows: readonly number[], wanted: number): number {
  let low = 0;
  let high = rows.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const row = rows[middle] ?? 0;
    if (row === wanted) return middle;
    if (row < wanted) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
