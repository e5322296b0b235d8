/**
 * What one session is to get: messages on their way (in flight), those that wait in memory, and those that wait on
 * disk. Order is that of `row`; a QoS 0 message waits behind the QoS 1 and 2 messages before it.
 *
 * Four ways, the shortest that is open is taken: straight into the connection; the queue in memory; when that is full
 * or nobody is connected, the disk alone, read back in pages; and retained messages, which are fetched from the tree
 * one by one as the connection has room, after everything else.
 */
import type { CurrentPublish } from "./current-publish.ts";
import { InFlight } from "./in-flight.ts";
import type { Message, Qos } from "./message.ts";
import { MemoryQueue, type QueuedItem } from "./memory-queue.ts";
import type { RetainedFeed } from "./retained-feed.ts";
import type { Target } from "./routing/route.ts";
import type { Session, SessionContext } from "./session.ts";
import type { Delivery, QueuedRecord } from "./store/store.ts";

/** Messages read from disk at once. */
const PAGE = 200;
/** What waits in memory before the disk alone is used; of sessions that are not on disk, the limits of a queue hold. */
const MAX_IN_MEMORY = 1000;
const MAX_BYTES_IN_MEMORY = 1024 * 1024;
/** Nodes of the retained tree that are looked at in one turn. */
const RETAINED_STEPS = 2000;

export class Outgoing {
  readonly inFlight = new InFlight();
  readonly #session: Session;
  readonly #context: SessionContext;
  readonly #queue = new MemoryQueue();
  readonly #feeds: RetainedFeed[] = [];
  /** QoS 2 of a stored session: their packet identifiers must be on disk before they are sent. */
  readonly #awaiting: { readonly batch: number; readonly packetId: number; readonly item: QueuedItem }[] = [];
  /** Messages with greater rows wait on disk and not in memory; `undefined`: nothing does. */
  #onDiskAfter: number | undefined;
  #lastStoredRow = 0;
  #isReading = false;
  #pumpScheduled = false;
  /** The greatest row that was given to a connection. */
  #sentRow = 0;
  /** Messages up to this row may have been sent by an earlier connection. */
  #dupUntil = 0;
  /** Stored messages that are not acknowledged, in flight included. */
  #stored = 0;
  #storedBytes = 0;
  /** Stored messages that are too many. */
  #toDrop = 0;
  /** Whether messages may go straight into the connection, past no other. */
  isDirect = false;

  constructor(session: Session, context: SessionContext) {
    this.#session = session;
    this.#context = context;
  }

  /** Messages that wait and are not in flight. */
  get waiting(): number {
    const stored = Math.max(this.#stored - this.inFlight.size, 0);
    return this.#session.isPersistent ? stored : this.#queue.length;
  }

  get sentRow(): number {
    return this.#sentRow;
  }

  /** What was found in the store at start. */
  restore(stored: { readonly count: number; readonly bytes: number; readonly sentRow: number }): void {
    this.#stored = stored.count;
    this.#storedBytes = stored.bytes;
    this.#dupUntil = stored.sentRow;
    this.#sentRow = stored.sentRow;
    if (stored.count > 0) this.#onDiskAfter = 0;
  }

  /**
   * Gives a message to this session. The answer, for stored sessions and QoS 1 and 2, is what the store must be told;
   * it is told by the caller, once for all receivers.
   */
  give(current: CurrentPublish, target: Target): Delivery | undefined {
    const qos = Math.min(current.qos, target.qos) as Qos; // of two Qos
    const retain = current.retain && target.retainAsPublished; // [MQTT5-3.3.1-12] [MQTT5-3.3.1-13] [MQTT311-3.3.1-9]
    if (qos === 0) {
      this.#giveQos0(current, target, retain);
      return undefined;
    }
    const delivery = { qos, retain, identifiers: target.identifiers };
    if (!this.#session.isPersistent) {
      this.#giveUnstored(current, delivery);
      return undefined;
    }
    if (!this.#hasRoomInStore(current.message)) return undefined;
    this.#giveStored(current, delivery);
    return { clientId: this.#session.clientId, ...delivery };
  }

  #giveQos0(current: CurrentPublish, target: Target, retain: boolean): void {
    const { connection } = this.#session;
    if (connection === undefined) return; // QoS 0 is for those who are there
    const how = { qos: 0 as const, retain, identifiers: target.identifiers };
    if (this.isDirect) connection.send(current, how, 0);
    else this.#wait({ message: current.message, ...how });
  }

  #giveUnstored(current: CurrentPublish, how: Omit<Delivery, "clientId">): void {
    const { connection } = this.#session;
    if (connection === undefined) return;
    if (!this.isDirect || !this.#hasRoomInFlight()) return this.#wait({ message: current.message, ...how });
    connection.send(current, how, this.inFlight.add({ row: 0, qos: how.qos }));
  }

  #giveStored(current: CurrentPublish, how: Omit<Delivery, "clientId">): void {
    const { connection } = this.#session;
    const { message } = current;
    this.#stored += 1;
    this.#storedBytes += sizeOf(message);
    this.#lastStoredRow = message.row;
    if (connection === undefined) {
      this.#onDiskAfter ??= message.row - 1;
      return;
    }
    if (this.isDirect && how.qos === 1 && this.#hasRoomInFlight()) {
      this.#sentRow = message.row;
      connection.send(current, how, this.inFlight.add({ row: message.row, qos: 1 }));
      this.#context.store.saveSentRow(this.#session.clientId, message.row);
      return;
    }
    this.#wait({ message, ...how });
  }

  /** Puts a message into the queue in memory, or leaves it on disk when that is full. */
  #wait(item: QueuedItem): void {
    const { isPersistent } = this.#session;
    if (isPersistent && item.qos > 0) {
      if (this.#onDiskAfter !== undefined) return; // it will be read from there
      if (this.#queue.length >= MAX_IN_MEMORY || this.#queue.bytes >= MAX_BYTES_IN_MEMORY) {
        this.#onDiskAfter = item.message.row - 1;
        return;
      }
    }
    this.#queue.push(item);
    this.#updateDirect();
    if (item.qos === 0) this.#limitQos0();
    else if (!isPersistent) this.#limitUnstored();
    this.schedulePump();
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

  /** Whether the store may take one more for this session; makes room when the policy says so. */
  #hasRoomInStore(message: Message): boolean {
    const { maxQueuedMessages, maxQueuedBytes, queuePolicy } = this.#context.limits;
    const isFull =
      this.#stored >= maxQueuedMessages || this.#storedBytes + sizeOf(message) > maxQueuedBytes;
    if (!isFull) return true;
    this.#session.dropped("queueFull");
    if (queuePolicy === "end-session") this.#session.endForFullQueue();
    if (queuePolicy !== "drop-oldest" || this.#stored === 0) return false;
    this.#dropOldestStored();
    return true;
  }

  /** Makes room for one; which one it is, is on disk, so it is taken away a little later. */
  #dropOldestStored(): void {
    this.#forgetStored();
    this.#toDrop += 1;
    if (this.#session.connection !== undefined) this.#forgetMemory();
    if (this.#toDrop === 1) void this.#drop();
  }

  async #drop(): Promise<void> {
    const { store } = this.#context;
    const { clientId } = this.#session;
    while (this.#toDrop > 0) {
      const records = await store.readQueue(clientId, this.#sentRow, Math.min(this.#toDrop, PAGE));
      for (const { message } of records) if (!this.inFlight.hasRow(message.row)) store.dequeue(clientId, message.row);
      this.#toDrop = records.length === 0 ? 0 : this.#toDrop - records.length;
    }
  }

  #forgetMemory(): void {
    this.#queue.clear();
    this.#onDiskAfter = this.#sentRow;
    this.#updateDirect();
    this.schedulePump();
  }

  /** A connection has come: what was in flight goes out again, then what waits. [MQTT5-4.4.0-1] [MQTT311-4.4.0-1] */
  async resume(): Promise<void> {
    const { connection } = this.#session;
    this.#updateDirect();
    if (!this.#session.isPersistent || connection === undefined) return;
    if (this.inFlight.size > 0) {
      this.#isReading = true; // nothing else is sent before
      const records = await this.#context.store.readQueue(this.#session.clientId, 0, PAGE + this.inFlight.size);
      this.#isReading = false;
      if (this.#session.connection !== connection) return;
      this.#sendAgain(records);
    }
    this.#updateDirect();
    this.schedulePump();
  }

  #sendAgain(records: readonly QueuedRecord[]): void {
    const byRow = new Map(records.map((record) => [record.message.row, record]));
    for (const [packetId, entry] of this.inFlight.entries()) {
      if (entry.state === "released") {
        this.#session.connection?.sendAck("pubrel", packetId);
        continue;
      }
      const record = byRow.get(entry.row);
      if (record === undefined) this.inFlight.delete(packetId);
      else this.#session.connection?.sendItem(this.#itemOf(record), packetId, true);
    }
  }

  #itemOf({ message, qos, retain, identifiers }: QueuedRecord): QueuedItem {
    return { message: this.#context.fromStored(message), qos, retain, identifiers };
  }

  /** The connection has gone: what waited in memory is on disk or was for those who are there. */
  connectionLost(): void {
    this.isDirect = false;
    this.#queue.clear();
    this.#awaiting.length = 0;
    this.#dupUntil = this.#sentRow;
    if (!this.#session.isPersistent) this.inFlight.clear();
    this.#onDiskAfter = this.#stored > this.inFlight.size ? this.#sentRow : undefined;
  }

  addFeed(feed: RetainedFeed): void {
    this.#feeds.push(feed);
    this.schedulePump();
  }

  removeFeeds(filter: string): void {
    const kept = this.#feeds.filter((feed) => feed.filter !== filter);
    this.#feeds.splice(0, this.#feeds.length, ...kept);
  }

  /** The client has a QoS 1 message (PUBACK), or refused a QoS 2 one. */
  acknowledged(packetId: number): void {
    const entry = this.inFlight.delete(packetId);
    if (entry === undefined) return;
    this.#settle(entry.row);
    this.pump();
  }

  /** PUBREC: the client has a QoS 2 message; false when this packet identifier is not on its way. */
  received(packetId: number): boolean {
    const entry = this.inFlight.release(packetId);
    if (entry === undefined) return false;
    if (entry.row > 0) {
      const record = { row: entry.row, packetId, state: "released" } as const;
      this.#context.store.saveInFlight(this.#session.clientId, record);
    }
    return true;
  }

  #settle(row: number): void {
    if (row === 0) return;
    this.#forgetStored();
    this.#context.store.dequeue(this.#session.clientId, row);
  }

  /** One stored message less. Its size is on disk; the average stands for it. */
  #forgetStored(): void {
    if (this.#stored === 0) return;
    this.#storedBytes -= this.#storedBytes / this.#stored;
    this.#stored -= 1;
  }

  /** Forgets everything: the session begins anew or ends. */
  clear(): void {
    this.#queue.clear();
    this.#feeds.length = 0;
    this.#awaiting.length = 0;
    this.inFlight.clear();
    this.#onDiskAfter = undefined;
    this.#stored = 0;
    this.#storedBytes = 0;
    this.#updateDirect();
  }

  schedulePump(): void {
    if (this.#pumpScheduled) return;
    this.#pumpScheduled = true;
    setImmediate(() => {
      this.#pumpScheduled = false;
      this.pump();
    });
  }

  /** Sends what waits as far as the connection has room. Called whenever that may have changed. */
  pump(): void {
    const { connection } = this.#session;
    if (connection === undefined || this.#isReading) return;
    this.#sendSettled();
    while (this.#queue.length > 0 && connection.hasRoom) {
      const item = this.#queue.first;
      if (item === undefined || !this.#sendFirst(item)) break;
    }
    if (this.#queue.first === undefined && this.#onDiskAfter !== undefined) this.#readPage(this.#onDiskAfter);
    if (this.#queue.length === 0 && this.#onDiskAfter === undefined) this.#pumpFeeds();
    this.#updateDirect();
  }

  /** Sends the first item of the queue and takes it out; false when it must wait. */
  #sendFirst(item: QueuedItem): boolean {
    const { message, qos } = item;
    if (message.expiresAt <= this.#context.monotonic()) {
      this.#queue.shift();
      this.#expired(item);
      return true;
    }
    if (qos > 0 && !this.#hasRoomInFlight()) return false;
    if (qos === 2 && this.#session.isPersistent) return this.#prepareStored(item);
    if (this.#awaiting.length > 0) return false; // not past those
    this.#queue.shift();
    const row = this.#session.isPersistent ? message.row : 0;
    const packetId = qos === 0 ? 0 : this.inFlight.add({ row, qos });
    this.#send(item, packetId);
    return true;
  }

  #send(item: QueuedItem, packetId: number): void {
    const { row } = item.message;
    const isRepeated = item.qos > 0 && this.#session.isPersistent && row <= this.#dupUntil;
    if (item.qos > 0 && this.#session.isPersistent && row > this.#sentRow) {
      this.#sentRow = row;
      this.#context.store.saveSentRow(this.#session.clientId, row);
    }
    this.#session.connection?.sendItem(item, packetId, isRepeated);
  }

  #prepareStored(item: QueuedItem): boolean {
    this.#queue.shift();
    const { row } = item.message;
    const packetId = this.inFlight.add({ row, qos: 2 });
    const { store } = this.#context;
    store.saveInFlight(this.#session.clientId, { row, packetId, state: "sent" });
    this.#awaiting.push({ batch: store.openBatch, packetId, item });
    this.#context.whenSettled(() => this.pump());
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

  #expired({ message, qos }: QueuedItem): void {
    this.#session.dropped("expired");
    if (qos > 0 && this.#session.isPersistent) this.#settle(message.row);
  }

  #readPage(after: number): void {
    this.#isReading = true;
    const { connection, clientId } = this.#session;
    const askedUntil = this.#lastStoredRow;
    const take = (records: readonly QueuedRecord[]): void => {
      this.#isReading = false;
      if (this.#session.connection !== connection || connection === undefined) return;
      this.#takePage(records, askedUntil);
      this.pump();
    };
    const failed = (error: unknown): void => {
      this.#isReading = false;
      this.#context.log.error({ clientId, error }, "the queue of a session could not be read");
    };
    this.#context.store.readQueue(clientId, after, PAGE).then(take, failed);
  }

  /** What was read goes before what came meanwhile; when it was all there is, the disk is no longer needed. */
  #takePage(records: readonly QueuedRecord[], askedUntil: number): void {
    const items = records.filter(({ message }) => !this.inFlight.hasRow(message.row)).map((one) => this.#itemOf(one));
    const last = records.at(-1)?.message.row;
    const isWhole = records.length < PAGE && this.#lastStoredRow <= Math.max(askedUntil, last ?? 0);
    this.#queue.merge(items, isWhole ? Number.POSITIVE_INFINITY : (last ?? this.#onDiskAfter ?? 0));
    this.#onDiskAfter = isWhole ? undefined : (last ?? this.#onDiskAfter);
  }

  /** Retained messages for new subscriptions, a few at a time. */
  #pumpFeeds(): void {
    const { connection } = this.#session;
    let steps = 0;
    while (connection?.hasRoom === true && this.#queue.length === 0) {
      const [feed] = this.#feeds;
      if (feed === undefined) return;
      const step = feed.next();
      if (step.done) this.#feeds.shift();
      else if (step.item !== undefined) this.#giveRetained(step.item);
      steps += 1;
      if (steps < RETAINED_STEPS) continue;
      return this.schedulePump();
    }
  }

  #giveRetained(item: QueuedItem): void {
    const { qos } = item;
    if (qos !== 0 && this.#session.isPersistent) {
      const message = { ...item.message, row: this.#context.nextRow() };
      if (!this.#hasRoomInStore(message)) return;
      const delivery = { clientId: this.#session.clientId, qos, retain: true, identifiers: item.identifiers };
      this.#context.store.enqueue(this.#context.toStored(message), [delivery]);
      this.#stored += 1;
      this.#storedBytes += sizeOf(message);
      this.#lastStoredRow = message.row;
      this.#queue.push({ ...item, message });
    } else this.#queue.push(item);
    const first = this.#queue.first;
    if (first !== undefined) this.#sendFirst(first);
  }

  #hasRoomInFlight(): boolean {
    const { connection } = this.#session;
    return connection !== undefined && this.inFlight.size < connection.maxInFlight && connection.hasRoom;
  }

  #updateDirect(): void {
    this.isDirect =
      this.#session.connection !== undefined &&
      !this.#isReading &&
      this.#queue.length === 0 &&
      this.#awaiting.length === 0 &&
      this.#onDiskAfter === undefined;
  }
}

function sizeOf({ topic, payload, properties }: Message): number {
  return topic.length + payload.length + properties.length;
}
