/**
 * What one session is to get: messages on their way (in flight), those that wait in memory, and those that wait on
 * disk. Order is that of `row`; a QoS 0 message waits behind the QoS 1 and 2 messages before it.
 *
 * Four ways, the shortest that is open is taken: straight into the connection; the queue in memory; when that is full
 * or nobody is connected, the disk alone, read back in pages; and retained messages, which are fetched from the tree
 * one by one as the connection has room, after everything else.
 */
import type { CurrentPublish } from "./current-publish.ts";
import type { Connection } from "./connection.ts";
import { InFlight, type InFlightEntry } from "./in-flight.ts";
import { MemoryQueue, type QueuedItem } from "./memory-queue.ts";
import { lowerQos, NEVER } from "./message.ts";
import { RetainedFeeds } from "./retained-feed.ts";
import type { Target } from "./routing/route.ts";
import type { Session, SessionContext } from "./session.ts";
import type { Delivery, QueuedRecord, StoredSession } from "./store/store.ts";
import { queuedBytes } from "./store/stored-message.ts";
import { readRows } from "./read-rows.ts";
import { StoredBacklog } from "./stored-backlog.ts";

/** Messages read from disk at once. */
const PAGE = 200;

type How = Omit<Delivery, "clientId">;

export class Outgoing {
  /** Whether messages may go straight into the connection, past no other. */
  isDirect = false;
  readonly inFlight = new InFlight();
  /** In flight from earlier connections, and not sent again yet: this one takes fewer at once. [MQTT5-3.3.4-9] */
  readonly #again = new Map<number, QueuedItem>();
  readonly #session: Session;
  readonly #context: SessionContext;
  readonly #queue = new MemoryQueue();
  readonly #backlog: StoredBacklog;
  /** Retained messages for new subscriptions; `pump` begins to send them. */
  readonly feeds = new RetainedFeeds();
  /** QoS 2 of a stored session: their packet identifiers must be on disk before they are sent. */
  readonly #awaiting: Readonly<{ batch: number; packetId: number; item: QueuedItem }>[] = [];
  /** Messages with greater rows wait on disk and not in memory; `undefined`: nothing does. */
  #onDiskAfter: number | undefined;
  #lastStoredRow = 0;
  /** The connection for which the disk is being read; nothing is sent meanwhile. */
  #readingFor: Connection | undefined;
  #hasReadFailed = false;
  #isPumpScheduled = false;
  /** The greatest row that was given to a connection in this life of the hub: those before it are sent, or dropped. */
  #sentRow = 0;
  /** Sent by an earlier life and in flight at its end: never sent as new ones, whatever the disk still says. */
  readonly #restoredRows = new Set<number>();
  /** The oldest that waited were dropped, up to this row. */
  #droppedUntil = 0;
  /** Messages up to this row may have been sent by an earlier connection. */
  #dupUntil = 0;

  constructor(session: Session, context: SessionContext) {
    this.#session = session;
    this.#context = context;
    const sentRow = (): number => this.#sentRow;
    this.#backlog = new StoredBacklog(session, context, {
      inFlight: this.inFlight,
      get sentRow() {
        return sentRow();
      },
      isUnsent: (row) => this.#isUnsent(row),
      dropped: (untilRow) => {
        this.#droppedUntil = untilRow;
        this.#queue.removeRows(0, untilRow);
        this.#updateDirect();
      },
    });
  }

  /** Messages that wait and are not in flight. */
  get waiting(): number {
    return this.#session.isPersistent ? this.#backlog.waiting : this.#queue.length;
  }

  /** Of the messages that wait in memory. */
  get bytesInMemory(): number {
    return this.#queue.bytes;
  }

  /** What was found in the store at start. */
  restore({ queued, inFlight, sentRow }: StoredSession): void {
    for (const { packetId, row, bytes, state } of inFlight) {
      this.inFlight.restore(packetId, { row, bytes, qos: 2, state });
      this.#restoredRows.add(row);
    }
    this.#backlog.restore(queued);
    this.#dupUntil = sentRow;
    if (queued.count > 0) this.#leaveOnDisk(0);
  }

  /**
   * Gives a message to this session. The answer, for stored sessions and QoS 1 and 2, is what the store must be told;
   * it is told by the caller, once for all receivers.
   */
  give(current: CurrentPublish, target: Target): Delivery | undefined {
    const qos = lowerQos(current.qos, target.qos);
    const retain = current.retain && target.retainAsPublished; // [MQTT5-3.3.1-12] [MQTT5-3.3.1-13] [MQTT311-3.3.1-9]
    const { identifiers } = target;
    if (qos === 0) {
      this.#giveQos0(current, { qos, retain, identifiers });
      return undefined;
    }
    const how = { qos, retain, identifiers };
    if (!this.#session.isPersistent) {
      this.#giveUnstored(current, how);
      return undefined;
    }
    if (!this.#backlog.takes(current.message)) return undefined;
    this.#giveStored(current, how);
    return { clientId: this.#session.clientId, ...how };
  }

  #giveQos0(current: CurrentPublish, how: Omit<QueuedItem, "message">): void {
    const { connection } = this.#session;
    if (connection === undefined) return; // QoS 0 is for those who are there
    if (this.isDirect) connection.sender.message(current, how, 0);
    else this.#wait({ message: current.message, ...how });
  }

  #giveUnstored(current: CurrentPublish, how: How): void {
    const { connection } = this.#session;
    if (connection === undefined) return;
    if (!this.isDirect || !this.#hasRoomInFlight())
      return this.#wait({ message: current.message, ...how });
    connection.sender.message(current, how, this.inFlight.add({ row: 0, bytes: 0, qos: how.qos }));
  }

  #giveStored(current: CurrentPublish, how: How): void {
    const { connection } = this.#session;
    const { message } = current;
    this.#backlog.add(message);
    this.#lastStoredRow = message.row;
    if (connection === undefined) {
      if (this.#onDiskAfter === undefined) this.#leaveOnDisk(message.row - 1);
      return;
    }
    if (!this.isDirect || how.qos === 2 || !this.#hasRoomInFlight())
      return this.#wait({ message, ...how });
    this.#sentRow = message.row;
    const sent = { row: message.row, bytes: queuedBytes(message), qos: 1 } as const;
    const packetId = this.inFlight.add(sent);
    connection.sender.message(current, how, packetId);
    this.#context.store.saveSentRow(this.#session.clientId, message.row);
  }

  /** Puts a message into the queue in memory, or leaves it on disk when that is full. */
  #wait(item: QueuedItem): void {
    const isStored = this.#session.isPersistent && item.qos > 0;
    if (isStored && !this.#hasRoomInMemory(item.message.row)) return;
    this.#queue.push(item);
    this.#updateDirect();
    if (item.qos === 0) this.#limitQos0();
    else if (!isStored) this.#limitUnstored();
    this.schedulePump();
  }

  /** False when the message is to be read from disk later. */
  #hasRoomInMemory(row: number): boolean {
    if (this.#onDiskAfter !== undefined) return false;
    if (!this.#queue.isFull) return true;
    this.#leaveOnDisk(row - 1);
    return false;
  }

  /** What follows this row is read from disk when its turn comes; QoS 0 messages wait behind it. */
  #leaveOnDisk(row: number): void {
    this.#onDiskAfter = row;
    this.#queue.waitBehind(row);
  }

  /** QoS 0 messages that wait behind others take no more room than they would in the connection. */
  #limitQos0(): void {
    if (this.#queue.bytes <= this.#context.limits.outgoingSoftBytes) return;
    if (this.#queue.dropNewestQos0()) this.#session.dropped("slow");
  }

  #limitUnstored(): void {
    const { maxQueuedMessages, maxQueuedBytes, queuePolicy } = this.#context.limits;
    while (this.#queue.length > maxQueuedMessages || this.#queue.bytes > maxQueuedBytes) {
      this.#session.dropped("queueFull");
      if (queuePolicy === "end-session") return this.#session.endForFullQueue();
      if (queuePolicy === "reject-new") this.#queue.dropNewest();
      else this.#queue.shift();
    }
  }

  /** Whether this message, which is on disk, is still to be sent for the first time in this life of the hub. */
  #isUnsent(row: number): boolean {
    return row > this.#sentRow && !this.#restoredRows.has(row) && !this.inFlight.hasRow(row);
  }

  /** A connection has come: what was in flight goes out again, then what waits. [MQTT5-4.4.0-1] [MQTT311-4.4.0-1] */
  async resume(): Promise<void> {
    const { connection, clientId } = this.#session;
    this.#updateDirect();
    if (!this.#session.isPersistent || connection === undefined) return;
    if (this.inFlight.size > 0) {
      const byRow = await this.#read(() => readRows(this.#context.store, clientId, this.inFlight));
      if (byRow === undefined) return;
      this.#sendAgain(byRow);
    }
    this.#updateDirect();
    this.schedulePump();
  }

  #sendAgain(byRow: ReadonlyMap<number, QueuedRecord>): void {
    const sender = this.#session.connection?.sender;
    for (const [packetId, entry] of this.inFlight.entries()) {
      const record = byRow.get(entry.row);
      if (entry.state === "released") sender?.ack("pubrel", packetId);
      else if (record !== undefined) this.#again.set(packetId, this.#itemOf(record));
      else this.#finish(this.inFlight.delete(packetId)); // it was damaged on disk
    }
  }

  /** Reads from disk and sends nothing meanwhile. `undefined` when that failed, or the connection is another one now. */
  async #read<T>(ask: () => Promise<T>): Promise<T | undefined> {
    const { connection, clientId } = this.#session;
    this.#readingFor = connection;
    this.#updateDirect();
    let answer: T | undefined;
    try {
      answer = await ask();
      this.#hasReadFailed = false;
    } catch (error) {
      if (!this.#hasReadFailed)
        this.#context.log.error({ clientId, error }, "the queue of a session could not be read");
      this.#hasReadFailed = true;
    }
    if (connection === undefined || this.#readingFor !== connection) return undefined;
    this.#readingFor = undefined;
    this.#updateDirect();
    return answer;
  }

  /** Answers whether all is sent again that was in flight: nothing else goes before it. */
  #hasSentAgain(): boolean {
    for (const [packetId, item] of this.#again) {
      if (!this.#hasRoomInFlight()) return false;
      this.#again.delete(packetId);
      this.#session.connection?.sender.item(item, packetId, true);
    }
    return true;
  }

  #itemOf({ message, qos, retain, identifiers }: QueuedRecord): QueuedItem {
    return { message: this.#context.fromStored(message), qos, retain, identifiers };
  }

  /** The connection has gone: what waited in memory is on disk or was for those who are there. */
  connectionLost(): void {
    this.isDirect = false;
    this.#queue.clear();
    this.#again.clear();
    this.#awaiting.length = 0;
    this.#readingFor = undefined;
    this.#dupUntil = Math.max(this.#dupUntil, this.#sentRow);
    if (!this.#session.isPersistent) this.inFlight.clear();
    this.#onDiskAfter = undefined;
    if (this.#backlog.waiting > 0) this.#leaveOnDisk(this.#sentRow);
  }

  /** A batch of the store was lost: its messages were refused to whoever sent them, and none waits any longer. */
  batchLost(batch: number): void {
    const rows = this.#backlog.takeBack(batch);
    if (rows === undefined) return;
    const { first, last } = rows;
    this.#queue.removeRows(first, last);
    for (const { packetId, item } of this.#awaiting.splice(0)) {
      const isLost = item.message.row >= first && item.message.row <= last;
      if (isLost) this.inFlight.delete(packetId);
      else this.#awaiting.push({ batch: this.#context.store.settledBatch, packetId, item });
    }
    this.inFlight.forgetRows(first, last);
    this.schedulePump();
  }

  /** The client has a message (PUBACK, PUBCOMP) or refused it: it is done with. */
  acknowledged(packetId: number): void {
    this.#again.delete(packetId);
    const entry = this.inFlight.delete(packetId);
    if (entry === undefined) return;
    this.#finish(entry);
    this.pump();
  }

  #finish(entry: InFlightEntry | undefined): void {
    if (entry !== undefined && entry.row > 0) this.#backlog.settle(entry.row, entry.bytes);
  }

  /** PUBREC: the client has a QoS 2 message; false when this packet identifier is not on its way. */
  received(packetId: number): boolean {
    this.#again.delete(packetId);
    const entry = this.inFlight.release(packetId);
    if (entry === undefined) return false;
    if (entry.row > 0) {
      const record = { row: entry.row, packetId, state: "released" } as const;
      this.#context.store.saveInFlight(this.#session.clientId, record);
    }
    return true;
  }

  /** Forgets everything: the session ends. */
  clear(): void {
    this.#queue.clear();
    this.feeds.clear();
    this.#again.clear();
    this.#awaiting.length = 0;
    this.inFlight.clear();
    this.#backlog.clear();
    this.#onDiskAfter = undefined;
    this.#updateDirect();
  }

  schedulePump(): void {
    if (this.#isPumpScheduled) return;
    this.#isPumpScheduled = true;
    setImmediate(() => {
      this.#isPumpScheduled = false;
      this.#pumpSafely();
    });
  }

  #pumpSafely(): void {
    this.#context.safely(this.#session, () => this.pump());
  }

  /** Sends what waits as far as the connection has room. Called whenever that may have changed. */
  pump(): void {
    const { connection } = this.#session;
    if (connection === undefined || this.#readingFor !== undefined) return;
    if (!this.#hasSentAgain()) return;
    this.#sendSettled();
    while (connection.sender.hasRoom) {
      const item = this.#queue.first;
      if (item === undefined || !this.#sendFirst(item)) break;
    }
    if (this.#queue.first === undefined && this.#onDiskAfter !== undefined)
      void this.#readPage(this.#onDiskAfter);
    if (this.#mayFeed) this.#context.feeds.feed(this.#session);
    this.#updateDirect();
  }

  /** Sends the first item of the queue and takes it out; false when it must wait. */
  #sendFirst(item: QueuedItem): boolean {
    const { message, qos } = item;
    const { isPersistent } = this.#session;
    if (message.expiresAt <= this.#context.monotonic()) return this.#dropExpired(item);
    if (qos > 0 && !this.#hasRoomInFlight()) return false;
    if (qos === 2 && isPersistent) return this.#prepareStored(item);
    if (this.#awaiting.length > 0) return false; // not past those
    this.#queue.shift();
    const [row, bytes] = isPersistent ? [message.row, queuedBytes(message)] : [0, 0];
    this.#send(item, qos === 0 ? 0 : this.inFlight.add({ row, bytes, qos }));
    return true;
  }

  /** [MQTT5-3.3.2-5] */
  #dropExpired({ message, qos }: QueuedItem): true {
    this.#queue.shift();
    this.#session.dropped("expired");
    if (qos > 0 && this.#session.isPersistent)
      this.#backlog.settle(message.row, queuedBytes(message));
    return true;
  }

  #send(item: QueuedItem, packetId: number): void {
    const { row } = item.message;
    const isStored = item.qos > 0 && this.#session.isPersistent;
    const isRepeated = isStored && row <= this.#dupUntil;
    if (isStored && row > this.#sentRow) {
      this.#sentRow = row;
      this.#context.store.saveSentRow(this.#session.clientId, row);
    }
    this.#session.connection?.sender.item(item, packetId, isRepeated);
  }

  #prepareStored(item: QueuedItem): true {
    this.#queue.shift();
    const { store } = this.#context;
    const { row } = item.message;
    const packetId = this.inFlight.add({ row, bytes: queuedBytes(item.message), qos: 2 });
    store.saveInFlight(this.#session.clientId, { row, packetId, state: "sent" });
    this.#awaiting.push({ batch: store.openBatch, packetId, item });
    this.#context.whenSettled(() => this.#pumpSafely());
    return true;
  }

  #sendSettled(): void {
    for (;;) {
      const [first] = this.#awaiting;
      if (first === undefined || first.batch > this.#context.store.settledBatch) return;
      this.#awaiting.shift();
      this.#send(first.item, first.packetId);
    }
  }

  async #readPage(after: number): Promise<void> {
    const { clientId } = this.#session;
    const askedUntil = this.#lastStoredRow;
    const records = await this.#read(() => this.#context.store.readQueue(clientId, after, PAGE));
    if (records === undefined) return;
    this.#takePage(records, askedUntil);
    this.#pumpSafely();
  }

  /** What was read goes before what came meanwhile. An empty page means that the disk is no longer needed. */
  #takePage(records: readonly QueuedRecord[], askedUntil: number): void {
    const last = records.at(-1)?.message.row;
    if (last === undefined) {
      if (this.#lastStoredRow > askedUntil) return; // more has come since: the next page has it
      this.#onDiskAfter = undefined;
      this.#queue.merge([], NEVER);
      if (this.#queue.length === 0 && this.inFlight.size === 0) this.#backlog.clear(); // also of what was damaged
      return;
    }
    const isWaiting = ({ message: { row } }: QueuedRecord): boolean =>
      row > this.#droppedUntil && this.#isUnsent(row);
    const items = records.filter(isWaiting).map((record) => this.#itemOf(record));
    this.#queue.merge(items, last);
    this.#onDiskAfter = last;
  }

  /** Gives retained messages for new subscriptions while they may go and `most` steps are not over. */
  feed(most: number): { readonly steps: number; readonly wantsMore: boolean } {
    let steps = 1;
    while (steps < most && this.#mayFeed) {
      const { cost, item } = this.feeds.step();
      steps += cost;
      if (item !== undefined) this.#giveRetained(item);
    }
    this.#updateDirect();
    return { steps, wantsMore: this.#mayFeed };
  }

  /** Retained messages come after everything else. */
  get #mayFeed(): boolean {
    return (
      !this.feeds.isEmpty &&
      this.#queue.length === 0 &&
      this.#onDiskAfter === undefined &&
      this.#readingFor === undefined &&
      this.#session.connection?.sender.hasRoom === true
    );
  }

  #giveRetained(item: QueuedItem): void {
    const stored =
      this.#session.isPersistent && item.qos !== 0 ? this.#storeRetained(item, item.qos) : item;
    if (stored === undefined) return;
    this.#queue.push(stored);
    this.#sendFirst(stored);
  }

  /** A retained message for a stored session waits there like any other, in a row of its own. */
  #storeRetained(item: QueuedItem, qos: 1 | 2): QueuedItem | undefined {
    const { store, nextRow, toStored } = this.#context;
    const message = { ...item.message, row: nextRow() };
    if (!this.#backlog.takes(message)) return undefined;
    const { identifiers } = item;
    store.enqueue(toStored(message), [
      { clientId: this.#session.clientId, qos, retain: true, identifiers },
    ]);
    this.#backlog.add(message);
    this.#lastStoredRow = message.row;
    return { ...item, message };
  }

  #hasRoomInFlight(): boolean {
    const { connection } = this.#session;
    const underWay = this.inFlight.size - this.#again.size;
    return connection?.sender.hasRoom === true && underWay < connection.maxInFlight;
  }

  #updateDirect(): void {
    this.isDirect =
      this.#session.connection !== undefined &&
      this.#readingFor === undefined &&
      this.#again.size === 0 &&
      this.#queue.length === 0 &&
      this.#awaiting.length === 0 &&
      this.#onDiskAfter === undefined;
  }
}
