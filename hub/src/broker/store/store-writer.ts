/** Carries out the entries of a batch on the tables. Runs in the writer thread, inside a transaction of its caller. */
import type { DatabaseSync } from "node:sqlite";
import * as format from "./batch-format.ts";
import { BatchReader } from "./batch-reader.ts";
import { dequeue, DequeueRun } from "./dequeue-run.ts";
import { prepareStatements } from "./store-statements.ts";
import { rowOf, seal, topicOf } from "./stored-message.ts";

const { CODE } = format;

/** Entries of queues that are removed at once; the writer does nothing else meanwhile, for a few milliseconds. */
const SWEPT_ROWS = 500;

/** A delivery that is about to become a row of `queue`. */
interface NewDelivery {
  readonly session: number;
  readonly flags: number;
  readonly identifiers: string | null;
}

export class StoreWriter {
  readonly #database: DatabaseSync;
  readonly #sql: ReturnType<typeof prepareStatements>;
  /** Entries of sessions that are not stored are passed over: one lost session must not fail its neighbours. */
  readonly #sessions = new Set<number>();
  #reader = new BatchReader(Buffer.alloc(0));
  readonly #run: DequeueRun;
  readonly #carryOut = new Map<number, (to: number) => void>([
    [CODE.session, () => this.#session()],
    [CODE.deleteSession, () => this.#deleteSession()],
    [CODE.subscription, () => this.#subscription()],
    [CODE.deleteSubscription, () => this.#deleteSubscription()],
    [CODE.will, (to) => this.#will(to)],
    [CODE.deleteWill, () => void this.#sql.deleteWill.run(this.#reader.uint32())],
    [CODE.enqueue, (to) => this.#enqueue(to)],
    [CODE.dequeue, () => this.#run.add(this.#reader.uint32(), this.#reader.double())],
    [CODE.sentRow, () => this.#sentRow()],
    [CODE.inFlight, () => this.#inFlight()],
    [CODE.incoming, () => this.#incoming()],
    [CODE.deleteIncoming, () => this.#deleteIncoming()],
    [CODE.retained, (to) => this.#retained(to)],
    [CODE.deleteRetained, () => void this.#sql.deleteRetained.run(this.#reader.text())],
    [CODE.time, () => void this.#sql.time.run(this.#reader.double(), this.#reader.double())],
  ]);

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#sql = prepareStatements(database);
    this.#run = new DequeueRun(this.#sql);
    this.rolledBack();
  }

  /** Carries out every entry, in order. Fills in the checksums in `batch` itself. */
  apply(batch: Buffer): void {
    this.#reader = new BatchReader(batch);
    format.eachEntry(batch, (code, from, to) => {
      if (code !== CODE.dequeue) this.#run.end();
      this.#reader.at = from;
      this.#carryOut.get(code)?.(to);
    });
    this.#run.end();
  }

  /** Notes which batch this is and the greatest row so far; with that the file counts as in use. */
  stamp(batch: number, lastRow: number): void {
    this.#sql.stamp.run(batch, lastRow);
  }

  /** To be called after a rollback: reads anew which sessions there are. */
  rolledBack(): void {
    this.#run.forget();
    this.#sessions.clear();
    const statement = this.#database.prepare("SELECT id FROM session");
    for (const { id } of statement.iterate()) this.#sessions.add(Number(id));
  }

  dequeue(session: number, row: number): void {
    dequeue(this.#sql, session, row);
  }

  /** Whether a session that has ended may have left something in its queue. */
  get hasEnded(): boolean {
    return this.#sql.ended.get() !== undefined;
  }

  /** Removes some of what sessions that have ended left in their queues; false when nothing is left. */
  sweep(): boolean {
    const ended = this.#sql.ended.get();
    if (ended === undefined) return false;
    const id = Number(ended["session"]);
    const rows = this.#sql.someOfQueue.all(id, SWEPT_ROWS);
    for (const { row } of rows) this.dequeue(id, Number(row));
    if (rows.length < SWEPT_ROWS) this.#sql.swept.run(id);
    return true;
  }

  #session(): void {
    const reader = this.#reader;
    const id = reader.uint32();
    const version = reader.uint8();
    const expirySeconds = reader.double();
    const disconnectedAt = reader.double();
    const clientId = reader.text();
    const owner = reader.text();
    const at = Number.isNaN(disconnectedAt) ? null : disconnectedAt;
    this.#sql.session.run(id, clientId, owner, version, expirySeconds, at);
    this.#sessions.add(id);
  }

  #deleteSession(): void {
    const id = this.#reader.uint32();
    this.#sql.end.run(id);
    this.#sql.deleteSession.run(id); // its subscriptions, its packet identifiers and its Will go with it
    this.#sessions.delete(id);
  }

  #subscription(): void {
    const reader = this.#reader;
    const session = reader.uint32();
    const flags = reader.uint8();
    const identifier = reader.uint32();
    const filter = reader.text();
    if (!this.#sessions.has(session)) return;
    const noLocal = (flags & format.NO_LOCAL) === 0 ? 0 : 1;
    const asPublished = (flags & format.RETAIN_AS_PUBLISHED) === 0 ? 0 : 1;
    const handling = (flags >> format.RETAIN_HANDLING_SHIFT) & 0b11;
    const qos = flags & format.QOS_BITS;
    this.#sql.subscription.run(session, filter, qos, handling, noLocal, asPublished, identifier);
  }

  #deleteSubscription(): void {
    const session = this.#reader.uint32();
    this.#sql.deleteSubscription.run(session, this.#reader.text());
  }

  #will(to: number): void {
    const session = this.#reader.uint32();
    const delay = this.#reader.double();
    if (!this.#sessions.has(session)) return;
    this.#sql.will.run(session, delay, seal(this.#reader.rest(to)));
  }

  #enqueue(to: number): void {
    const bytes = this.#reader.uint32();
    const deliveries = this.#deliveries(this.#reader.uint32());
    if (deliveries.length === 0) return;
    const message = seal(this.#reader.rest(to));
    const row = rowOf(message);
    const isNew = this.#sql.message.run(row, message).changes === 1;
    if (!isNew) this.#sql.share.run(row);
    const shared = !isNew || deliveries.length > 1 ? 1 : 0;
    for (const { session, flags, identifiers } of deliveries) {
      const retain = (flags & format.RETAIN) === 0 ? 0 : 1;
      const qos = flags & format.QOS_BITS;
      this.#sql.queue.run(session, row, qos, retain, shared, bytes, identifiers);
    }
  }

  /** Those that were not struck out and whose session is stored. */
  #deliveries(count: number): readonly NewDelivery[] {
    const deliveries: NewDelivery[] = [];
    for (let left = count; left > 0; left -= 1) {
      const session = this.#reader.uint32();
      const flags = this.#reader.uint8();
      const identifiers = (flags & format.HAS_IDENTIFIERS) === 0 ? null : this.#reader.text();
      const isDead = (flags & format.DEAD) !== 0;
      if (!isDead && this.#sessions.has(session)) deliveries.push({ session, flags, identifiers });
    }
    return deliveries;
  }

  #sentRow(): void {
    const session = this.#reader.uint32();
    this.#sql.sentRow.run(this.#reader.double(), session);
  }

  #inFlight(): void {
    const reader = this.#reader;
    const session = reader.uint32();
    const row = reader.double();
    const packetId = reader.uint16();
    this.#sql.inFlight.run(packetId, reader.uint8(), session, row);
  }

  #incoming(): void {
    const session = this.#reader.uint32();
    if (this.#sessions.has(session)) this.#sql.incoming.run(session, this.#reader.uint16());
  }

  #deleteIncoming(): void {
    const session = this.#reader.uint32();
    this.#sql.deleteIncoming.run(session, this.#reader.uint16());
  }

  #retained(to: number): void {
    const message = seal(this.#reader.rest(to));
    this.#sql.retained.run(topicOf(message), message);
  }
}
