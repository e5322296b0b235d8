/**
 * What one session is to get: messages on their way (in flight), those that wait in memory, and those that wait on
 * disk. Order is that of `row`; a QoS 0 message waits behind the QoS 1 and 2 messages before it.
 * [MQTT5-4.6.0-5] [MQTT5-4.6.0-6] [MQTT311-4.6.0-5] [MQTT311-4.6.0-6]
 *
 * Four ways, the shortest that is open is taken: straight into the connection; the queue in memory; when that is full
 * or nobody is connected, the disk alone, read back in pages; and retained messages, which are fetched from the tree
 * one by one as the connection has room, after everything else.
 */
import type { CurrentPublish } from "./current-publish.ts";
import { InFlight, type InFlightEntry } from "./in-flight.ts";
import type { QueuedItem } from "./memory-queue.ts";
import { lowerQos } from "./message.ts";
import { QueueReading } from "./queue-reading.ts";
import { QueueSending } from "./queue-sending.ts";
import { RetainedFeeds } from "./retained-feed.ts";
import type { Target } from "./routing/route.ts";
import type { Session, SessionContext } from "./session.ts";
import type { Delivery, QueuedRecord, StoredSession } from "./store/store.ts";
import { queuedBytes } from "./store/stored-message.ts";
import { SentAgain } from "./sent-again.ts";
import { SentRows } from "./sent-rows.ts";
import { StoredBacklog } from "./stored-backlog.ts";
import { StreamFeeds } from "./stream-feed.ts";
import { Waiting } from "./waiting.ts";

type How = Omit<Delivery, "clientId"> & Pick<QueuedItem, "share">;

/** How much work a streamed message is, compared with a look at a node of the retained tree. */
const STREAM_STEP = 4;

export class Outgoing {
  /** Whether messages may go straight into the connection, past no other. */
  isDirect = false;
  readonly inFlight = new InFlight();
  /** Retained messages for new subscriptions; `pump` begins to send them. */
  readonly feeds = new RetainedFeeds();
  /** What others stream to it. */
  readonly streams = new StreamFeeds();
  readonly #session: Session;
  readonly #context: SessionContext;
  readonly #queue: Waiting;
  readonly #rows = new SentRows();
  readonly #backlog: StoredBacklog;
  /** Nothing is sent meanwhile. */
  readonly #reading: QueueReading;
  readonly #again = new SentAgain(this.inFlight);
  readonly #sending: QueueSending;
  #lastStoredRow = 0;
  /** Whether the connection may be given anything: not before its CONNACK. */
  #isResumed = false;
  #isPumpScheduled = false;

  constructor(session: Session, context: SessionContext) {
    this.#session = session;
    this.#context = context;
    this.#queue = new Waiting(session, context);
    this.#reading = new QueueReading(session, context);
    const rows = this.#rows;
    this.#backlog = new StoredBacklog(session, context, {
      inFlight: this.inFlight,
      get sentRow() {
        return rows.sentRow;
      },
      isUnsent: (row) => this.#isUnsent(row),
      dropped: (untilRow) => this.#dropped(untilRow),
    });
    this.#sending = new QueueSending(session, context, {
      queue: this.#queue,
      inFlight: this.inFlight,
      rows,
      again: this.#again,
      backlog: this.#backlog,
      pump: () => this.#pumpSafely(),
    });
  }

  /** QoS 1 and 2 messages that wait and are not in flight. */
  get waiting(): number {
    return this.#session.isPersistent ? this.#backlog.waiting : this.#queue.kept;
  }

  /** Of those that `waiting` counts. */
  get waitingBytes(): number {
    return this.#session.isPersistent ? this.#backlog.waitingBytes : this.#queue.keptBytes;
  }

  /** Messages in the store, those in flight included. */
  get stored(): number {
    return this.#backlog.count;
  }

  /** Of the messages that wait in memory. */
  get bytesInMemory(): number {
    return this.#queue.bytes;
  }

  /** What was found in the store at start. */
  restore({ queued, inFlight, sentRow }: StoredSession): void {
    for (const { packetId, row, bytes, state } of inFlight)
      this.inFlight.restore(packetId, { row, bytes, qos: 2, state });
    this.#backlog.restore(queued);
    this.#rows.restore(sentRow);
    this.#beginAgain();
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
      this.#giveUnstored(current, { ...how, share: target.share });
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
    if (!this.isDirect || !this.#sending.hasRoomInFlight)
      return this.#wait({ message: current.message, ...how });
    const isKept = this.#sending.mayKeep(how, current.payloadBytes);
    const item = isKept ? { message: current.message, ...how } : undefined;
    const packetId = this.inFlight.add({ row: 0, bytes: 0, qos: how.qos, item });
    connection.sender.message(current, how, packetId);
  }

  /** Kept also while nobody is connected. [MQTT311-3.1.2-5] */
  #giveStored(current: CurrentPublish, how: How): void {
    const { connection } = this.#session;
    const { message } = current;
    this.#backlog.add(message);
    this.#lastStoredRow = message.row;
    if (connection === undefined) {
      if (this.#queue.onDiskAfter === undefined) this.#queue.leaveOnDisk(message.row - 1);
      return;
    }
    if (!this.isDirect || how.qos === 2 || !this.#sending.hasRoomInFlight)
      return this.#wait({ message, ...how });
    const sent = { row: message.row, bytes: queuedBytes(message), qos: 1 } as const;
    const packetId = this.inFlight.add(sent);
    connection.sender.message(current, how, packetId);
    this.#sending.noteSent(message.row);
  }

  /** Puts a message into the queue in memory, or leaves it on disk when that is full. */
  #wait(item: QueuedItem): void {
    if (!this.#queue.put(item)) return;
    this.#updateDirect();
    this.schedulePump();
  }

  /** Whether this message, which is on disk, is still to be sent for the first time in this life of the hub. */
  #isUnsent(row: number): boolean {
    return row > this.#rows.sentRow && !this.#again.hasHad(row) && !this.inFlight.hasRow(row);
  }

  #dropped(untilRow: number): void {
    this.#rows.dropped(untilRow);
    this.#queue.removeRows((row) => row <= untilRow && this.#again.packetIdOf(row) === undefined);
    this.#updateDirect();
  }

  /** A connection has come: what was in flight goes out again, and what waits, in the order of their rows. */
  resume(): void {
    this.#isResumed = true;
    this.#updateDirect();
    this.schedulePump();
  }

  /**
   * Of a session that is not stored: the messages of shared subscriptions that its client has not acknowledged. A QoS 2
   * message that was sent is for nobody else. [MQTT5-4.8.2-5]
   */
  unfinishedShared(): readonly QueuedItem[] {
    if (this.#session.isPersistent) return [];
    return [...this.inFlight.items(), ...this.#queue.sharedItems()];
  }

  #itemOf({ message, qos, retain, identifiers }: QueuedRecord): QueuedItem {
    return { message: this.#context.fromStored(message), qos, retain, identifiers };
  }

  /** The connection has gone: what waited in memory is on disk or was for those who are there. */
  connectionLost(): void {
    this.isDirect = false;
    this.#isResumed = false;
    this.streams.clear();
    this.#queue.clear();
    this.#sending.clear();
    this.#reading.forget();
    this.#rows.connectionLost();
    if (!this.#session.isPersistent) this.inFlight.clear();
    this.#beginAgain();
  }

  /** All that is not acknowledged is read from disk when a connection comes, in its old order. */
  #beginAgain(): void {
    this.#again.begin(this.#rows.sentRow);
    this.#queue.leaveOnDisk(this.#backlog.count > 0 || this.#again.isDue ? 0 : undefined);
  }

  /** A batch of the store was lost: its messages were refused to whoever sent them, and none waits any longer. */
  batchLost(batch: number): void {
    const rows = this.#backlog.takeBack(batch);
    if (rows === undefined) return;
    const { first, last } = rows;
    this.#queue.removeRows((row) => row >= first && row <= last);
    this.#sending.forgetRows(first, last);
    this.#again.forgetRows(first, last);
    this.inFlight.forgetRows(first, last);
    this.schedulePump();
  }

  /** The client has a message (PUBACK, PUBCOMP) or refused it: it is done with. [MQTT5-4.3.2-3] */
  acknowledged(packetId: number): void {
    const entry = this.inFlight.delete(packetId);
    if (entry === undefined) return;
    if (this.#again.acknowledged(packetId, entry.row)) this.#takeFromMemory(entry.row);
    this.#finish(entry);
    this.pump();
  }

  #finish(entry: InFlightEntry | undefined): void {
    if (entry !== undefined && entry.row > 0) this.#backlog.settle(entry.row, entry.bytes);
  }

  /** PUBREC: the client has a QoS 2 message; false when this packet identifier is not on its way. [MQTT5-4.3.3-3] */
  received(packetId: number): boolean {
    const entry = this.inFlight.release(packetId);
    if (entry === undefined) return false;
    if (this.#again.received(packetId, entry.row)) this.#takeFromMemory(entry.row);
    if (entry.row > 0) {
      const record = { row: entry.row, packetId, state: "released" } as const;
      this.#context.store.saveInFlight(this.#session.clientId, record);
    }
    return true;
  }

  /** The client knew it before it could be sent again. */
  #takeFromMemory(row: number): void {
    this.#queue.removeRows((one) => one === row);
  }

  /** Forgets everything: the session ends. [MQTT5-4.8.2-5] */
  clear(): void {
    this.#queue.clear();
    this.feeds.clear();
    this.streams.clear();
    this.#sending.clear();
    this.#reading.forget();
    this.inFlight.clear();
    this.#backlog.clear();
    this.#beginAgain();
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
    if (connection === undefined || !this.#mayGive) return;
    this.#sending.sendSettled();
    while (connection.sender.hasRoom) {
      const item = this.#queue.first;
      if (item === undefined || !this.#sending.sendFirst(item)) break;
    }
    if (this.#queue.first === undefined && this.#queue.onDiskAfter !== undefined)
      void this.#readPage(this.#queue.onDiskAfter);
    if (this.#mayFeed || this.#mayStream) this.#context.feeds.feed(this.#session);
    this.#updateDirect();
  }

  async #readPage(after: number): Promise<void> {
    const askedUntil = this.#lastStoredRow;
    const records = await this.#reading.page(after);
    if (records === undefined) return;
    this.#takePage(records, askedUntil);
    this.#pumpSafely();
  }

  /** What was read goes before what came meanwhile. An empty page means that the disk is no longer needed. */
  #takePage(records: readonly QueuedRecord[], askedUntil: number): void {
    const last = records.at(-1)?.message.row;
    if (last === undefined) {
      if (this.#lastStoredRow > askedUntil) return; // more has come since: the next page has it
      this.#queue.leaveOnDisk(undefined);
      this.#forgetDamaged();
      if (this.#queue.isEmpty && this.inFlight.size === 0) this.#backlog.clear(); // also of what was damaged
      return;
    }
    const isWaiting = ({ message: { row } }: QueuedRecord): boolean =>
      this.#again.packetIdOf(row) !== undefined ||
      (!this.#rows.isDropped(row) && this.#isUnsent(row));
    this.#queue.merge(records.filter(isWaiting).map((record) => this.#itemOf(record)));
    this.#queue.leaveOnDisk(last);
  }

  /** What should be sent again and is not on disk cannot be; what was released needs no message. */
  #forgetDamaged(): void {
    for (const [row, packetId] of this.#again.due()) {
      if (this.inFlight.get(packetId)?.state === "released")
        this.#sending.releaseAgain(packetId, row);
      else {
        this.#again.sent(row);
        this.#finish(this.inFlight.delete(packetId));
      }
    }
  }

  /** Gives retained messages for new subscriptions while they may go and `most` steps are not over. */
  feed(most: number): { readonly steps: number; readonly wantsMore: boolean } {
    let steps = 1;
    while (steps < most && (this.#mayFeed || this.#mayStream)) {
      const { cost, item } = this.#mayFeed ? this.feeds.step() : this.#streamStep();
      steps += cost;
      if (item !== undefined) this.#giveFed(item);
    }
    this.#updateDirect();
    return { steps, wantsMore: this.#mayFeed || this.#mayStream };
  }

  #streamStep(): { readonly cost: number; readonly item: QueuedItem | undefined } {
    return { cost: STREAM_STEP, item: this.streams.take() };
  }

  /** Retained messages come after everything else. */
  get #mayFeed(): boolean {
    return !this.feeds.isEmpty && this.#isIdle && this.#session.connection?.sender.hasRoom === true;
  }

  /** Streams come after those too, and leave half of the window and most of the connection to what is live. */
  get #mayStream(): boolean {
    const { connection } = this.#session;
    return (
      connection?.sender.isCalm === true &&
      this.inFlight.size < Math.ceil(connection.maxInFlight / 2) &&
      this.streams.isReady &&
      this.feeds.isEmpty &&
      this.#isIdle
    );
  }

  /** Whether nothing waits. */
  get #isIdle(): boolean {
    return this.#mayGive && this.#queue.isEmpty && this.#queue.onDiskAfter === undefined;
  }

  #giveFed(item: QueuedItem): void {
    const stored =
      this.#session.isPersistent && item.qos !== 0 ? this.#storeFed(item, item.qos) : item;
    if (stored === undefined) return;
    this.#queue.push(stored);
    this.#sending.sendFirst(stored);
  }

  /** A retained or streamed message for a stored session waits there like any other, in a row of its own. */
  #storeFed(item: QueuedItem, qos: 1 | 2): QueuedItem | undefined {
    const { store, nextRow, toStored } = this.#context;
    const message = { ...item.message, row: nextRow() };
    if (!this.#backlog.takes(message)) return undefined;
    const { identifiers, retain } = item;
    store.enqueue(toStored(message), [
      { clientId: this.#session.clientId, qos, retain, identifiers },
    ]);
    this.#backlog.add(message);
    this.#lastStoredRow = message.row;
    return { ...item, message };
  }

  get #mayGive(): boolean {
    return this.#session.connection !== undefined && this.#isResumed && !this.#reading.isReading;
  }

  #updateDirect(): void {
    this.isDirect =
      this.#mayGive &&
      this.#queue.isEmpty &&
      !this.#sending.isAwaiting &&
      this.#queue.onDiskAfter === undefined;
  }
}
