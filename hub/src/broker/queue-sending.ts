/** Sends what waits for one session, the first first: with which packet identifier, as new or again, and what must be stored before. */
import { AwaitingMessages } from "./awaiting.ts";
import type { InFlight, InFlightEntry } from "./in-flight.ts";
import type { QueuedItem } from "./memory-queue.ts";
import type { SentAgain } from "./sent-again.ts";
import type { SentRows } from "./sent-rows.ts";
import type { Session, SessionContext } from "./session.ts";
import { queuedBytes } from "./store/stored-message.ts";
import type { StoredBacklog } from "./stored-backlog.ts";
import type { Waiting } from "./waiting.ts";

/** What the session knows of its messages. */
interface Known {
  readonly queue: Waiting;
  readonly inFlight: InFlight;
  readonly rows: SentRows;
  readonly again: SentAgain;
  readonly backlog: StoredBacklog;
  /** Called when more may be sent. */
  readonly pump: () => void;
}

export class QueueSending {
  readonly #session: Session;
  readonly #context: SessionContext;
  readonly #known: Known;
  readonly #awaiting = new AwaitingMessages();

  constructor(session: Session, context: SessionContext, known: Known) {
    this.#session = session;
    this.#context = context;
    this.#known = known;
  }

  /** Whether messages have left the queue that must not be passed. */
  get isAwaiting(): boolean {
    return this.#awaiting.length > 0;
  }

  /** Only PUBLISH of QoS 1 and 2 waits for room; all else is handled and answered meanwhile. [MQTT5-3.3.4-10] [MQTT5-4.9.0-2] [MQTT5-4.9.0-3] */
  get hasRoomInFlight(): boolean {
    const { connection } = this.#session;
    const underWay = this.#known.inFlight.size - this.#known.again.withoutRoom;
    return connection?.sender.hasRoom === true && underWay < connection.maxInFlight; // [MQTT5-3.3.4-9]
  }

  /** Whether a message of a shared subscription that goes out now is kept for others until it is acknowledged. */
  mayKeep({ qos, share }: Pick<QueuedItem, "qos" | "share">, payloadBytes: number): boolean {
    const { itemBytes } = this.#known.inFlight;
    if (qos !== 1 || share === undefined) return false;
    return itemBytes + payloadBytes <= this.#context.limits.outgoingSoftBytes;
  }

  /** Sends the first item of the queue and takes it out; false when it must wait. */
  sendFirst(item: QueuedItem): boolean {
    const { message, qos } = item;
    const { queue, inFlight, again } = this.#known;
    const { isPersistent } = this.#session;
    const packetIdBefore = qos === 0 ? undefined : again.packetIdOf(message.row);
    if (packetIdBefore !== undefined) return this.#sendAgain(item, packetIdBefore);
    if (!this.#mayReceive(item)) return this.#drop(item, "acl");
    // What was sent before does not expire. [MQTT5-4.3.3-7] [MQTT5-3.3.2-5]
    if (message.expiresAt <= this.#context.monotonic()) return this.#drop(item, "expired");
    if (qos > 0 && !this.hasRoomInFlight) return false;
    if (qos === 2 && isPersistent) return this.#prepareStored(item);
    if (this.isAwaiting) return false; // not past those
    queue.shift();
    this.#send(item, qos === 0 ? 0 : inFlight.add({ ...this.#entryOf(item), qos }));
    return true;
  }

  #entryOf(item: QueuedItem): Omit<InFlightEntry, "qos" | "state"> {
    const { message } = item;
    if (this.#session.isPersistent) return { row: message.row, bytes: queuedBytes(message) };
    const kept = this.mayKeep(item, message.payload.length) ? item : undefined;
    return { row: 0, bytes: 0, item: kept };
  }

  /** Sends the QoS 2 messages whose packet identifiers are on disk by now. */
  sendSettled(): void {
    const { settledBatch } = this.#context.store;
    for (const { item, packetId } of this.#awaiting.takeSettled(settledBatch))
      this.#send(item, packetId);
  }

  noteSent(row: number): void {
    if (this.#known.rows.sent(row)) this.#context.store.saveSentRow(this.#session.clientId, row);
  }

  releaseAgain(packetId: number, row: number): void {
    this.#known.again.received(packetId, row);
    this.#session.connection?.sender.ack("pubrel", packetId);
  }

  /** The messages of these rows were lost before they could be sent. */
  forgetRows(first: number, last: number): void {
    const { settledBatch } = this.#context.store;
    for (const packetId of this.#awaiting.removeRows(first, last, settledBatch))
      this.#known.inFlight.delete(packetId);
  }

  clear(): void {
    this.#awaiting.clear();
  }

  /** With the packet identifier that it had. [MQTT5-4.4.0-1] [MQTT311-4.4.0-1] */
  #sendAgain(item: QueuedItem, packetId: number): boolean {
    if (this.isAwaiting) return false; // not past those
    const { queue, inFlight, again } = this.#known;
    const { row } = item.message;
    if (inFlight.get(packetId)?.state === "released") this.releaseAgain(packetId, row); // [MQTT5-4.3.3-6]
    else if (!this.#mayReceive(item)) return this.#takeBack(item, packetId);
    else if (!this.hasRoomInFlight) return false;
    else {
      again.sent(row);
      this.#session.connection?.sender.item(item, packetId, true); // [MQTT5-3.3.1-1] [MQTT311-3.3.1-1]
    }
    queue.shift();
    return true;
  }

  /** One that it may no longer have. Of QoS 2 it may have it and remember that; PUBREL ends this without the message. */
  #takeBack(item: QueuedItem, packetId: number): true {
    const { queue, inFlight, again } = this.#known;
    const { row } = item.message;
    if (item.qos === 2) {
      inFlight.release(packetId);
      const { clientId } = this.#session;
      this.#context.store.saveInFlight(clientId, { row, packetId, state: "released" });
      this.releaseAgain(packetId, row);
      queue.shift();
      this.#session.dropped("acl");
      return true;
    }
    again.acknowledged(packetId, row);
    inFlight.delete(packetId);
    return this.#drop(item, "acl");
  }

  /** Rights may have become fewer while it waited; a queue gives nothing away that a subscription would not. */
  #mayReceive({ message }: QueuedItem): boolean {
    return this.#context.mayReceive(this.#session.clientId, message.topic);
  }

  #drop({ message, qos }: QueuedItem, reason: "acl" | "expired"): true {
    const { queue, backlog } = this.#known;
    queue.shift();
    this.#session.dropped(reason);
    if (qos > 0 && this.#session.isPersistent) backlog.settle(message.row, queuedBytes(message));
    return true;
  }

  #send(item: QueuedItem, packetId: number): void {
    const { row } = item.message;
    const isStored = item.qos > 0 && this.#session.isPersistent;
    const isRepeated = isStored && this.#known.rows.isRepeated(row);
    if (isStored) this.noteSent(row);
    this.#session.connection?.sender.item(item, packetId, isRepeated);
  }

  /** That it is on its way is durable first, so that it is completed when the client is back. [MQTT5-4.8.2-4] */
  #prepareStored(item: QueuedItem): true {
    const { queue, inFlight, pump } = this.#known;
    queue.shift();
    const { store } = this.#context;
    const { row } = item.message;
    const packetId = inFlight.add({ row, bytes: queuedBytes(item.message), qos: 2 });
    store.saveInFlight(this.#session.clientId, { row, packetId, state: "sent" });
    this.#awaiting.push({ batch: store.openBatch, packetId, item });
    this.#context.whenSettled(pump);
    return true;
  }
}
