/** All writing to the log goes through here: whole or not at all. */
import type { DatabaseSync } from "node:sqlite";

export class Transactions {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** @throws whatever `work` or SQLite throws; nothing of it is written then. */
  run<Result>(work: () => Result): Result {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }
}

/** Work in small steps, so that rows which arrive meanwhile are written in between. */
export type Job<Result = void> = Generator<undefined, Result>;

/** Longest step of a job. */
const STEP_MS = 25;

/** Whether a step has taken long enough. */
export function stepEnd(): () => boolean {
  const end = performance.now() + STEP_MS;
  return () => performance.now() >= end;
}
