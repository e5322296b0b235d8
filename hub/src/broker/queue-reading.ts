/** Reads what waits for one session from disk, page after page, for the connection that it has at that time. */
import type { Connection } from "./connection.ts";
import type { Session, SessionContext } from "./session.ts";
import type { QueuedRecord } from "./store/store.ts";

/** Messages read at once. */
const PAGE = 200;

export class QueueReading {
  readonly #session: Session;
  readonly #context: SessionContext;
  /** The connection for which the disk is being read. */
  #readingFor: Connection | undefined;
  #hasFailed = false;

  constructor(session: Session, context: SessionContext) {
    this.#session = session;
    this.#context = context;
  }

  get isReading(): boolean {
    return this.#readingFor !== undefined;
  }

  /** What is being read is of no interest any more. */
  forget(): void {
    this.#readingFor = undefined;
  }

  /**
   * The messages after this row. `undefined` when the connection is another one now, or when they could not be read: it
   * is tried again when there is something to send, or when the store is well again.
   */
  async page(after: number): Promise<readonly QueuedRecord[] | undefined> {
    const { connection } = this.#session;
    this.#readingFor = connection;
    const records = await this.#read(after);
    if (connection === undefined || this.#readingFor !== connection) return undefined;
    this.#readingFor = undefined;
    return records;
  }

  async #read(after: number): Promise<readonly QueuedRecord[] | undefined> {
    const { clientId } = this.#session;
    try {
      const records = await this.#context.store.readQueue(clientId, after, PAGE);
      this.#hasFailed = false;
      return records;
    } catch (error) {
      const isWanted = this.#session.connection !== undefined;
      if (isWanted && !this.#hasFailed)
        this.#context.log.error({ clientId, error }, "the queue of a session could not be read");
      this.#hasFailed = isWanted;
      return undefined;
    }
  }
}
