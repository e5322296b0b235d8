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
import { MemoryQueue, type QueuedItem } from "./memory-queue.ts";
import { lowerQos, NEVER } from "./message.ts";
import type { RetainedFeed } from "./retained-feed.ts";
import type { Target } from "./routing/route.ts";
import type { Session, SessionContext } from "./session.ts";
import type { Delivery, QueuedRecord } from "./store/store.ts";
import { StoredBacklog } from "./stored-backlog.ts";

/** Messages read from disk at once. */
const PAGE = 200;
/** What waits in memory before the disk alone is used; of sessions that are not on disk, the limits of a queue hold. */
const MAX_IN_MEMORY = 1000;
const MAX_BYTES_IN_MEMORY = 1024 * 1024;
/** Nodes of the retained tree that are looked at in one turn. */
const RETAINED_STEPS = 2000;

type How = Omit<Delivery, "clientId">;

export class Outgoing {
  /** Whether messages may go straight into the connection, past no other. */
  isDirect = false;
  readonly inFlight = new InFlight();
  readonly #session: Session;
  readonly #context: SessionContext;
  readonly #queue = new MemoryQueue();
  readonly #backlog: StoredBacklog;
  readonly #feeds: RetainedFeed[] = [];
  /** QoS 2 of a stored session: their packet identifiers must be on disk before they are sent. */
  readonly #awaiting: {
    readonly batch: number;
    readonly packetId: number;
    readonly item: QueuedItem;
  }[] = [];
  /** Messages with greater rows wait on disk and not in memory; `undefined`: nothing does. Set by `#waitOnDisk`. */
  #onDiskAfter: number | undefined;
  /** In flight on an earlier connection and not yet sent on this one: their packet identifiers, by row. */
  readonly #again = new Map<number, number>();
  /** Rows that were acknowledged before they could be sent again. */
  readonly #doneEarly = new Set<number>();
  /** Packet identifiers whose PUBREL alone was sent on this connection; they take no room of its Receive Maximum. */
  readonly #releasedAgain = new Set<number>();
  /** Changes with each connection: what was asked for an earlier one is of no interest. */
  #life = 0;
  /** Whether the connection may be given anything. */
  #isResumed = false;
  /** Something was dropped while a page with it may be on its way. */
  #isPageStale = false;
  #lastStoredRow = 0;
  #isReading = false;
  #isPumpScheduled = false;
  /** The greatest row that was given to a connection. */
  #sentRow = 0;
  /** Messages up to this row may have been sent by an earlier connection. */
  #dupUntil = 0;

  constructor(session: Session, context: SessionContext) {
    this.#session = session;
    this.#context = context;
    const { inFlight } = this;
    const sentRow = (): number => this.#sentRow;
    this.#backlog = new StoredBacklog(session, context, {
      get sentRow() {
        return sentRow();
      },
      get inFlight() {
        return inFlight.size;
      },
      hasInFlight: (row) => inFlight.hasRow(row),
      dropped: (rows) => this.#dropped(rows),
    });
  }

  /** Messages that wait and are not in flight. */
  get waiting(): number {
    const stored = Math.max(this.#backlog.count - this.inFlight.size, 0);
    return this.#session.isPersistent ? stored : this.#queue.length;
  }

  /** What was found in the store at start. */
  restore(stored: {
    readonly count: number;
    readonly bytes: number;
    readonly sentRow: number;
  }): void {
    this.#backlog.restore(stored);
    this.#dupUntil = stored.sentRow;
    this.#sentRow = stored.sentRow;
    this.#sendAllAgain();
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
    if (!this.#backlog.hasRoomFor(current.message)) return undefined;
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
    connection.sender.message(current, how, this.inFlight.add({ row: 0, qos: how.qos }));
  }

  #giveStored(current: CurrentPublish, how: How): void {
    const { connection } = this.#session;
    const { message } = current;
    this.#backlog.add(message);
    this.#lastStoredRow = message.row;
    if (connection === undefined) {
      this.#waitOnDisk(this.#onDiskAfter ?? message.row - 1);
      return;
    }
    if (!this.isDirect || how.qos === 2 || !this.#hasRoomInFlight())
      return this.#wait({ message, ...how });
    this.#sentRow = message.row;
    connection.sender.message(current, how, this.inFlight.add({ row: message.row, qos: 1 }));
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
    if (this.#queue.length < MAX_IN_MEMORY && this.#queue.bytes < MAX_BYTES_IN_MEMORY) return true;
    this.#waitOnDisk(row - 1);
    return false;
  }

  /** Nothing of what is in memory may overtake what is on disk. */
  #waitOnDisk(after: number | undefined): void {
    this.#onDiskAfter = after;
    this.#queue.horizon = after ?? NEVER;
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

  /** These were dropped from the disk; they may be in memory, or in a page that is on its way. */
  #dropped(rows: ReadonlySet<number>): void {
    this.#queue.remove(rows);
    this.#isPageStale = this.#isReading;
    this.schedulePump();
  }

  /** A connection has come: what was in flight goes out again, then what waits. [MQTT5-4.4.0-1] [MQTT311-4.4.0-1] */
  resume(): void {
    this.#isResumed = true;
    this.#updateDirect();
    this.schedulePump();
  }

  #itemOf({ message, qos, retain, identifiers }: QueuedRecord): QueuedItem {
    return { message: this.#context.fromStored(message), qos, retain, identifiers };
  }

  /** The connection has gone: what waited in memory is on disk or was for those who are there. */
  connectionLost(): void {
    this.isDirect = false;
    this.#isResumed = false;
    this.#forgetReading();
    this.#queue.clear();
    this.#awaiting.length = 0;
    this.#dupUntil = this.#sentRow;
    if (!this.#session.isPersistent) this.inFlight.clear();
    this.#sendAllAgain();
  }

  /** All that is not acknowledged is read from disk when a connection comes, in its old order. [MQTT5-4.6.0-1] [MQTT311-4.6.0-1] */
  #sendAllAgain(): void {
    this.#again.clear();
    this.#doneEarly.clear();
    this.#releasedAgain.clear();
    for (const [packetId, { row }] of this.inFlight.entries()) this.#again.set(row, packetId);
    this.#waitOnDisk(this.#backlog.count > 0 ? 0 : undefined);
  }

  #forgetReading(): void {
    this.#life += 1;
    this.#isReading = false;
    this.#isPageStale = false;
  }

  /** Retained messages for a new subscription; `pump` begins to send them. */
  addFeed(feed: RetainedFeed): void {
    this.#feeds.push(feed);
  }

  removeFeeds(filter: string): void {
    const kept = this.#feeds.filter((feed) => feed.filter !== filter);
    this.#feeds.splice(0, this.#feeds.length, ...kept);
  }

  /** The client has a message (PUBACK, PUBCOMP) or refused it: it is done with. */
  acknowledged(packetId: number): void {
    const entry = this.inFlight.delete(packetId);
    if (entry === undefined) return;
    this.#releasedAgain.delete(packetId);
    if (this.#again.delete(entry.row)) this.#doneEarly.add(entry.row);
    if (entry.row > 0) this.#backlog.settle(entry.row);
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

  /** Forgets everything: the session ends. */
  clear(): void {
    this.#queue.clear();
    this.#feeds.length = 0;
    this.#awaiting.length = 0;
    this.inFlight.clear();
    this.#backlog.clear();
    this.#forgetReading();
    this.#sendAllAgain();
    this.#updateDirect();
  }

  schedulePump(): void {
    if (this.#isPumpScheduled) return;
    this.#isPumpScheduled = true;
    setImmediate(() => {
      this.#isPumpScheduled = false;
      this.pump();
    });
  }

  /** Sends what waits as far as the connection has room. Called whenever that may have changed. */
  pump(): void {
    const { connection } = this.#session;
    if (connection === undefined || !this.#isResumed || this.#isReading) return;
    this.#sendSettled();
    while (connection.sender.hasRoom) {
      const item = this.#queue.first;
      if (item === undefined || !this.#sendFirst(item)) break;
    }
    if (this.#queue.first === undefined && this.#onDiskAfter !== undefined)
      this.#readPage(this.#onDiskAfter);
    if (this.#queue.length === 0 && this.#onDiskAfter === undefined) this.#pumpFeeds();
    this.#updateDirect();
  }

  /** Sends the first item of the queue and takes it out; false when it must wait. */
  #sendFirst(item: QueuedItem): boolean {
    const { message, qos } = item;
    const { isPersistent } = this.#session;
    const again = qos > 0 ? this.#goOnWith(item) : undefined;
    if (again !== undefined) return again;
    if (message.expiresAt <= this.#context.monotonic()) return this.#dropExpired(item);
    if (qos > 0 && !this.#hasRoomInFlight()) return false;
    if (qos === 2 && isPersistent) return this.#prepareStored(item);
    if (this.#awaiting.length > 0) return false; // not past those
    this.#queue.shift();
    const row = isPersistent ? message.row : 0;
    this.#send(item, qos === 0 ? 0 : this.inFlight.add({ row, qos }));
    return true;
  }

  /** If an earlier connection was given it: sends it again, or leaves it out when it was acknowledged meanwhile. */
  #goOnWith(item: QueuedItem): boolean | undefined {
    const { row } = item.message;
    const packetId = this.#again.get(row);
    if (packetId !== undefined) return this.#sendAgain(item, packetId);
    if (!this.#doneEarly.delete(row)) return undefined;
    this.#queue.shift();
    return true;
  }

  /** With the packet identifier that it had. [MQTT5-4.4.0-1] [MQTT311-4.4.0-1] */
  #sendAgain(item: QueuedItem, packetId: number): boolean {
    const isReleased = this.inFlight.get(packetId)?.state === "released";
    if (!isReleased && !this.#hasRoomInFlight()) return false;
    this.#queue.shift();
    this.#again.delete(item.message.row);
    if (isReleased) this.#releaseAgain(packetId);
    else this.#session.connection?.sender.item(item, packetId, true);
    return true;
  }

  #releaseAgain(packetId: number): void {
    this.#releasedAgain.add(packetId);
    this.#session.connection?.sender.ack("pubrel", packetId);
  }

  /** [MQTT5-3.3.2-5] */
  #dropExpired({ message, qos }: QueuedItem): true {
    this.#queue.shift();
    this.#session.dropped("expired");
    if (qos > 0 && this.#session.isPersistent) this.#backlog.settle(message.row);
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
    const packetId = this.inFlight.add({ row, qos: 2 });
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

  #readPage(after: number): void {
    this.#isReading = true;
    const { clientId } = this.#session;
    const askedUntil = this.#lastStoredRow;
    const life = this.#life;
    const take = (records: readonly QueuedRecord[]): void => {
      if (this.#life !== life) return;
      const isStale = this.#isPageStale;
      this.#isReading = false;
      this.#isPageStale = false;
      if (!isStale) this.#takePage(records, askedUntil);
      this.pump();
    };
    const failed = (error: unknown): void => {
      if (this.#life !== life) return;
      this.#isReading = false;
      if (this.#session.connection === undefined) return;
      this.#context.log.error({ clientId, error }, "the queue of a session could not be read");
    };
    this.#context.store.readQueue(clientId, after, PAGE).then(take, failed);
  }

  /** What was read goes before what came meanwhile. An empty page means that the disk is no longer needed. */
  #takePage(records: readonly QueuedRecord[], askedUntil: number): void {
    const last = records.at(-1)?.message.row;
    if (last === undefined) {
      if (this.#lastStoredRow > askedUntil) return; // more has come since: the next page has it
      this.#waitOnDisk(undefined);
      this.#forgetLost();
      return;
    }
    const isWaiting = ({ message: { row } }: QueuedRecord): boolean =>
      this.#again.has(row) || !this.inFlight.hasRow(row);
    this.#queue.merge(records.filter(isWaiting).map((record) => this.#itemOf(record)));
    this.#waitOnDisk(last);
  }

  /** What should be sent again and is not on disk cannot be sent; what was released needs no message. */
  #forgetLost(): void {
    for (const packetId of this.#again.values()) {
      if (this.inFlight.get(packetId)?.state === "released") this.#releaseAgain(packetId);
      else this.inFlight.delete(packetId);
    }
    this.#again.clear();
    this.#doneEarly.clear();
  }

  /** Retained messages for new subscriptions, a few at a time. */
  #pumpFeeds(): void {
    const sender = this.#session.connection?.sender;
    for (let steps = 0; steps < RETAINED_STEPS; steps++) {
      const [feed] = this.#feeds;
      if (feed === undefined || sender?.hasRoom !== true || this.#queue.length > 0) return;
      const step = feed.next();
      if (step.done) this.#feeds.shift();
      else if (step.item !== undefined) this.#giveRetained(step.item);
    }
    this.schedulePump();
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
    if (!this.#backlog.hasRoomFor(message)) return undefined;
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
    if (connection?.sender.hasRoom !== true) return false;
    const underWay = this.inFlight.size - this.#again.size - this.#releasedAgain.size;
    return underWay < connection.maxInFlight; // [MQTT5-3.3.4-9]
  }

  #updateDirect(): void {
    this.isDirect =
      this.#session.connection !== undefined &&
      this.#isResumed &&
      !this.#isReading &&
      this.#queue.length === 0 &&
      this.#awaiting.length === 0 &&
      this.#onDiskAfter === undefined;
  }
}
