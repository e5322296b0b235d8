/**
 * The half of the store on disk that only appends to the open batch. It gives sessions their numbers and remembers the
 * greatest row; when and how a batch is written is up to `sqlite-store.ts`.
 */
import { CODE } from "./batch-format.ts";
import { Batch } from "./batch.ts";
import type * as contract from "./store.ts";
import type { PackedState } from "./stored-state.ts";

export abstract class AppendingStore {
  protected open = new Batch();
  /** Appends nothing any more. */
  protected isClosed = false;
  /** The greatest row that was seen. */
  protected lastRow = 0;
  #lastNumber = 0;
  readonly #numbers = new Map<string, number>();

  /** Called after each entry. */
  protected abstract appended(): void;

  /** The number of a session; `undefined` for a client without one. */
  protected numberOf(clientId: string): number | undefined {
    return this.#numbers.get(clientId);
  }

  /** Takes over the numbers and the greatest row of an earlier start. */
  protected goOnFrom({ sessions, numbers, lastNumber, lastRow }: PackedState): void {
    sessions.forEach(({ session }, index) => {
      this.#numbers.set(session.clientId, numbers[index] ?? 0);
    });
    this.#lastNumber = lastNumber;
    this.lastRow = lastRow;
  }

  saveSession(session: contract.SessionRecord): void {
    if (this.isClosed) return;
    let number = this.#numbers.get(session.clientId);
    if (number === undefined) {
      this.#lastNumber += 1;
      number = this.#lastNumber;
      this.#numbers.set(session.clientId, number);
    }
    this.open.session(number, session);
    this.appended();
  }

  deleteSession(clientId: string): void {
    this.#ofSession(clientId, (session) => this.open.plain(CODE.deleteSession, session));
    this.#numbers.delete(clientId);
  }

  saveSubscription(clientId: string, subscription: contract.SubscriptionRecord): void {
    this.#ofSession(clientId, (session) => this.open.subscription(session, subscription));
  }

  deleteSubscription(clientId: string, filter: string): void {
    this.#ofSession(clientId, (session) => this.open.deleteSubscription(session, filter));
  }

  saveWill(clientId: string, will: contract.WillRecord): void {
    this.#ofSession(clientId, (session) => this.open.will(session, will));
    this.#sawRow(will.message.row);
  }

  deleteWill(clientId: string): void {
    this.#ofSession(clientId, (session) => this.open.plain(CODE.deleteWill, session));
  }

  enqueue(message: contract.StoredMessage, deliveries: readonly contract.Delivery[]): void {
    if (this.isClosed) return;
    this.open.enqueue(message, deliveries, this.#numbers);
    this.#sawRow(message.row);
    this.appended();
  }

  dequeue(clientId: string, row: number): void {
    const session = this.#numbers.get(clientId);
    if (session === undefined || this.isClosed) return;
    this.open.dequeue(session, row);
    this.appended();
  }

  saveSentRow(clientId: string, row: number): void {
    const session = this.#numbers.get(clientId);
    if (session === undefined || this.isClosed) return;
    this.open.sentRow(session, row);
    this.appended();
  }

  saveInFlight(clientId: string, record: contract.InFlightRecord): void {
    this.#ofSession(clientId, (session) => this.open.inFlight(session, record));
  }

  saveIncoming(clientId: string, packetId: number): void {
    this.#ofSession(clientId, (session) => this.open.incoming(CODE.incoming, session, packetId));
  }

  deleteIncoming(clientId: string, packetId: number): void {
    const code = CODE.deleteIncoming;
    this.#ofSession(clientId, (session) => this.open.incoming(code, session, packetId));
  }

  saveRetained(message: contract.StoredMessage): void {
    if (this.isClosed) return;
    this.open.retained(message);
    this.#sawRow(message.row);
    this.appended();
  }

  deleteRetained(topic: string): void {
    if (this.isClosed) return;
    this.open.deleteRetained(topic);
    this.appended();
  }

  saveTime(time: contract.KnownTime): void {
    if (this.isClosed) return;
    this.open.time(time);
    this.appended();
  }

  #ofSession(clientId: string, append: (session: number) => void): void {
    const session = this.#numbers.get(clientId);
    if (session === undefined || this.isClosed) return;
    append(session);
    this.appended();
  }

  #sawRow(row: number): void {
    if (row > this.lastRow) this.lastRow = row;
  }
}
