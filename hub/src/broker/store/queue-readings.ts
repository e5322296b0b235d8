/** Questions for pages of queues, on the main thread: those that wait for the open batch, and those under way. */
import type { Logger } from "@unshub/adapter";
import { BrokerError } from "../errors.ts";
import { recordsOf, type PageRequest } from "./queue-page.ts";
import type { QueuedRecord } from "./store.ts";
import type { FromWriter, ToWriter } from "./writer-messages.ts";
import type { WriterThread } from "./writer-thread.ts";

interface Reading {
  readonly clientId: string;
  readonly answer: PromiseWithResolvers<readonly QueuedRecord[]>;
}

export class QueueReadings {
  readonly #log: Logger;
  readonly #readings = new Map<number, Reading>();
  #lastId = 0;
  #waiting: ToWriter[] = [];

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Notes a question; it goes to the writer with `send`. */
  async ask(clientId: string, request: PageRequest): Promise<readonly QueuedRecord[]> {
    this.#lastId += 1;
    const answer = Promise.withResolvers<readonly QueuedRecord[]>();
    this.#readings.set(this.#lastId, { clientId, answer });
    this.#waiting.push({ kind: "read", id: this.#lastId, request });
    return await answer.promise;
  }

  /** Sends what waits; without a writer every question fails. */
  send(thread: WriterThread | undefined): void {
    if (thread === undefined) {
      this.failAll("its store has failed");
      return;
    }
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const question of waiting) thread.tell(question);
  }

  answer({ id, page }: Extract<FromWriter, { kind: "page" }>): void {
    const reading = this.#readings.get(id);
    if (reading === undefined) return;
    this.#readings.delete(id);
    const messages = page.damaged.length;
    if (messages > 0) {
      const sentence = "queued messages were damaged on the disk and are lost";
      this.#log.error({ client: reading.clientId, messages }, sentence);
    }
    reading.answer.resolve(recordsOf(page.records));
  }

  fail(id: number, because: string): void {
    const message = `the queue cannot be read: ${because}`;
    this.#readings.get(id)?.answer.reject(new BrokerError("STORE_UNREADABLE", message));
    this.#readings.delete(id);
  }

  failAll(because: string): void {
    for (const id of this.#readings.keys()) this.fail(id, because);
    this.#waiting = [];
  }
}
