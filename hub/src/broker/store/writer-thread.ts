/** The writer thread, seen from the main thread: started, told, heard, ended. */
import { Worker } from "node:worker_threads";
import { BrokerError } from "../errors.ts";
import type { FromWriter, ToWriter, WriterStart } from "./writer-messages.ts";

const WRITER_WORKER = new URL("./writer-worker.ts", import.meta.url);

export type Opened = Extract<FromWriter, { kind: "opened" }>;

export interface WriterEvents {
  onMessage(message: FromWriter): void;
  /** The thread is gone although nobody closed it: why, as a sentence. */
  onEnd(because: string): void;
}

export class WriterThread {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #events: WriterEvents;
  #because = "it ended by itself";
  #isClosed = false;
  /** While the file is being opened. */
  #opening: PromiseWithResolvers<Opened> | undefined = Promise.withResolvers();

  private constructor(start: WriterStart, events: WriterEvents, entry: URL) {
    this.#events = events;
    this.#worker = new Worker(entry, { workerData: start, name: "store-writer" });
    this.#worker.on("message", (message: FromWriter) => this.#heard(message));
    this.#worker.on("error", (error: unknown) => {
      this.#because = `it threw: ${error instanceof Error ? error.message : String(error)}`;
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.once("exit", () => {
        resolve();
        this.#ended();
      });
    });
  }

  /**
   * Starts the thread and waits until it has opened the file.
   *
   * @throws {BrokerError} STORE_IN_USE, STORE_NEWER, STORE_NOT_OURS, STORE_UNREADABLE
   */
  static async open(
    start: WriterStart,
    events: WriterEvents,
    entry: URL = WRITER_WORKER,
  ): Promise<{ readonly thread: WriterThread; readonly opened: Opened }> {
    const thread = new WriterThread(start, events, entry);
    const opened = await thread.#opening?.promise;
    if (opened === undefined) throw new BrokerError("STORE_UNREADABLE", "the store did not open");
    return { thread, opened };
  }

  tell(message: ToWriter, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  /** Ends the thread after all that was told before. Resolves when it is gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.tell({ kind: "close" });
    await this.#exited;
  }

  #heard(message: FromWriter): void {
    if (message.kind === "opened") {
      this.#opening?.resolve(message);
      this.#opening = undefined;
    } else if (message.kind === "refused") {
      this.#opening?.reject(new BrokerError(message.code, message.message));
      this.#opening = undefined;
      this.#isClosed = true;
    } else this.#events.onMessage(message);
  }

  #ended(): void {
    const sentence = `the writer of the store is gone: ${this.#because}`;
    if (this.#opening !== undefined) {
      this.#opening.reject(new BrokerError("STORE_UNREADABLE", sentence));
      this.#opening = undefined;
    } else if (!this.#isClosed) this.#events.onEnd(sentence);
  }
}
