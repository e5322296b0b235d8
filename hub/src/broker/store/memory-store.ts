/**
 * A store that keeps nothing beyond the process: for tests and for `durability: memory`. A batch is settled at the end
 * of its turn and never fails. The broker's own limits bound it.
 */
import { queuedBytes } from "./stored-message.ts";
import type * as contract from "./store.ts";

interface MemorySession {
  session: contract.SessionRecord;
  readonly subscriptions: Map<string, contract.SubscriptionRecord>;
  readonly incoming: Set<number>;
  readonly queue: Map<number, contract.QueuedRecord>;
  /** Rows of the queue in ascending order, those already dequeued among them; `first` skips most of these. */
  rows: number[];
  first: number;
  readonly inFlight: Map<number, contract.InFlightRecord>;
  will: contract.WillRecord | undefined;
  sentRow: number;
}

export class MemoryStore implements contract.Store {
  readonly state = { kind: "ready" } as const;
  readonly freeDiskBytes = undefined;
  readonly commits = undefined;
  onSettled: () => void = () => undefined;
  openBatch = 1;
  settledBatch = 0;
  #lastRow = 0;
  #time: contract.KnownTime | undefined;
  readonly #sessions = new Map<string, MemorySession>();
  readonly #retained = new Map<string, contract.StoredMessage>();
  #endOfTurn: NodeJS.Immediate | undefined;
  #isClosed = false;

  /** What a store on disk would find at its next start. */
  stored(): contract.StoredState {
    const sessions = [...this.#sessions.values()].map(storedSession);
    const retained = [...this.#retained.values()];
    return { time: this.#time, lastRow: this.#lastRow, sessions, retained };
  }

  async copyTo(): Promise<boolean> {
    return false;
  }

  hasFailed(): boolean {
    return false;
  }

  hasFailedToRemove(): boolean {
    return false;
  }

  hurry(): number {
    if (!this.#isClosed) this.#endOfTurn ??= setImmediate(() => this.#settle());
    return this.openBatch;
  }

  saveSession(session: contract.SessionRecord): void {
    if (this.#isClosed) return;
    const known = this.#sessions.get(session.clientId);
    if (known === undefined) this.#sessions.set(session.clientId, newSession(session));
    else known.session = session;
    this.hurry();
  }

  deleteSession(clientId: string): void {
    if (!this.#isClosed) this.#sessions.delete(clientId);
    this.hurry();
  }

  saveSubscription(clientId: string, subscription: contract.SubscriptionRecord): void {
    this.#sessionOf(clientId)?.subscriptions.set(subscription.filter, subscription);
    this.hurry();
  }

  deleteSubscription(clientId: string, filter: string): void {
    this.#sessionOf(clientId)?.subscriptions.delete(filter);
    this.hurry();
  }

  saveWill(clientId: string, will: contract.WillRecord): void {
    const session = this.#sessionOf(clientId);
    if (session !== undefined) session.will = will;
    this.#sawRow(will.message.row);
    this.hurry();
  }

  deleteWill(clientId: string): void {
    const session = this.#sessionOf(clientId);
    if (session !== undefined) session.will = undefined;
    this.hurry();
  }

  enqueue(message: contract.StoredMessage, deliveries: readonly contract.Delivery[]): void {
    this.#sawRow(message.row);
    for (const { clientId, qos, retain, identifiers } of deliveries) {
      const session = this.#sessionOf(clientId);
      if (session === undefined || session.queue.has(message.row)) continue;
      session.queue.set(message.row, { message, qos, retain, identifiers });
      insert(session, message.row);
    }
    this.hurry();
  }

  dequeue(clientId: string, row: number): void {
    const session = this.#sessionOf(clientId);
    if (session?.queue.delete(row) === true) forgetOld(session);
    session?.inFlight.delete(row);
    this.hurry();
  }

  saveSentRow(clientId: string, row: number): void {
    const session = this.#sessionOf(clientId);
    if (session !== undefined) session.sentRow = Math.max(session.sentRow, row);
    this.hurry();
  }

  saveInFlight(clientId: string, record: contract.InFlightRecord): void {
    const session = this.#sessionOf(clientId);
    if (session?.queue.has(record.row) === true) session.inFlight.set(record.row, record);
    this.hurry();
  }

  saveIncoming(clientId: string, packetId: number): void {
    this.#sessionOf(clientId)?.incoming.add(packetId);
    this.hurry();
  }

  deleteIncoming(clientId: string, packetId: number): void {
    this.#sessionOf(clientId)?.incoming.delete(packetId);
    this.hurry();
  }

  saveRetained(message: contract.StoredMessage): void {
    if (this.#isClosed) return;
    this.#retained.set(message.topic, message);
    this.#sawRow(message.row);
    this.hurry();
  }

  deleteRetained(topic: string): void {
    if (!this.#isClosed) this.#retained.delete(topic);
    this.hurry();
  }

  saveTime(time: contract.KnownTime): void {
    this.#time = time;
  }

  async readQueue(
    clientId: string,
    afterRow: number,
    limit: number,
  ): Promise<readonly contract.QueuedRecord[]> {
    const records: contract.QueuedRecord[] = [];
    const { rows, queue } = this.#sessions.get(clientId) ?? { rows: [], queue: new Map() };
    for (let at = placeOf(rows, afterRow + 1); at < rows.length; at += 1) {
      const record = queue.get(rows[at] ?? -1);
      if (record !== undefined) records.push(record);
      if (records.length >= limit) break;
    }
    return await Promise.resolve(records);
  }

  async close(): Promise<void> {
    clearImmediate(this.#endOfTurn);
    if (!this.#isClosed) this.#settle();
    this.#isClosed = true;
    await Promise.resolve();
  }

  /** The session to change; none any more after the end. */
  #sessionOf(clientId: string): MemorySession | undefined {
    return this.#isClosed ? undefined : this.#sessions.get(clientId);
  }

  #sawRow(row: number): void {
    if (row > this.#lastRow) this.#lastRow = row;
  }

  #settle(): void {
    this.#endOfTurn = undefined;
    this.settledBatch = this.openBatch;
    this.openBatch += 1;
    this.onSettled();
  }
}

function newSession(session: contract.SessionRecord): MemorySession {
  return {
    session,
    subscriptions: new Map(),
    incoming: new Set(),
    queue: new Map(),
    rows: [],
    first: 0,
    inFlight: new Map(),
    will: undefined,
    sentRow: 0,
  };
}

function storedSession(kept: MemorySession): contract.StoredSession {
  const queue = [...kept.queue.values()];
  const bytes = queue.reduce((sum, { message }) => sum + queuedBytes(message), 0);
  return {
    session: kept.session,
    subscriptions: [...kept.subscriptions.values()],
    will: kept.will,
    incoming: [...kept.incoming],
    inFlight: [...kept.inFlight.values()]
      .toSorted((a, b) => a.row - b.row)
      .map((record) => ({ ...record, bytes: bytesOf(kept, record.row) })),
    sentRow: kept.sentRow,
    queued: { count: queue.length, bytes },
  };
}

function bytesOf({ queue }: MemorySession, row: number): number {
  const record = queue.get(row);
  return record === undefined ? 0 : queuedBytes(record.message);
}

/** Where `row` stands in ascending `rows`, or would. */
function placeOf(rows: readonly number[], row: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle] ?? 0) < row) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Nearly always at the end. */
function insert(session: MemorySession, row: number): void {
  const place = placeOf(session.rows, row);
  session.rows.splice(place, 0, row);
  session.first = Math.min(session.first, place);
}

/** Lets go of dequeued rows at the front, now and then, so that each is moved only once or twice. */
function forgetOld(session: MemorySession): void {
  const { rows, queue } = session;
  while (session.first < rows.length && !queue.has(rows[session.first] ?? -1)) session.first += 1;
  if (session.first * 2 <= rows.length) return;
  session.rows = rows.slice(session.first);
  session.first = 0;
}
