/**
 * Takes messages out of queues. A client that fetches a backlog acknowledges one message after the other: what follows
 * each other in its queue is removed together, for a third of the time.
 */
import type { prepareStatements } from "./store-statements.ts";

type Statements = ReturnType<typeof prepareStatements>;

/** Fewer are removed one by one. */
const LEAST = 8;

export class DequeueRun {
  readonly #sql: Statements;
  #session = -1;
  /** Ascending. */
  readonly #rows: number[] = [];

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  /** It is removed at the latest with `end`. */
  add(session: number, row: number): void {
    if (session !== this.#session || row <= (this.#rows.at(-1) ?? -1)) this.end();
    this.#session = session;
    this.#rows.push(row);
  }

  /** Removes what was added. */
  end(): void {
    if (this.#rows.length === 0) return;
    if (!this.#removeTogether()) {
      for (const row of this.#rows) dequeue(this.#sql, this.#session, row);
    }
    this.forget();
  }

  /** What was added stays. */
  forget(): void {
    this.#rows.length = 0;
  }

  /** Only when nothing else is between them, and no other session has any of the messages. */
  #removeTogether(): boolean {
    const [first, last] = [this.#rows[0], this.#rows.at(-1)];
    if (first === undefined || last === undefined || this.#rows.length < LEAST) return false;
    const found = this.#sql.range.get(this.#session, first, last);
    if (found?.["shared"] !== 0 || found["rows"] !== this.#rows.join(",")) return false;
    this.#sql.deleteMessages.run(this.#session, first, last);
    this.#sql.deleteRange.run(this.#session, first, last);
    return true;
  }
}

/** Takes a message out of a queue; out of the store, too, when no other queue has it. */
export function dequeue(sql: Statements, session: number, row: number): void {
  const answer = sql.dequeue.get(session, row);
  if (answer === undefined) return;
  if (answer["shared"] === 0) sql.deleteMessage.run(row);
  else sql.deleteShared.run(row);
}
