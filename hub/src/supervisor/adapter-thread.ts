/**
 * One adapter in a worker thread of its own, seen from the hub: started, watched, written to, stopped. A thread that
 * throws, dies or does not turn its event loop is ended; `onEnd` says so once. Starting again is the supervisor's work.
 */
import { Worker } from "node:worker_threads";
import type { WriteCommand, WriteResult } from "@unshub/adapter";
import type { FromThread, ThreadStart, ToThread } from "./thread-messages.ts";

/** The thread says it is alive twice a second; this many checks without a word and it counts as hung. */
const CHECK_EVERY_MS = 1000;
const CHECKS_UNTIL_HUNG = 10;
const WRITE_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 1000;
const MAX_HEAP_MB = 512;

/** The entry of an adapter's thread. */
const ADAPTER_WORKER = new URL("./adapter-worker.ts", import.meta.url);

export interface ThreadEvents {
  onMessage(message: FromThread): void;
  /** The thread is gone and `stop` was not asked: why, as a sentence. */
  onEnd(because: string): void;
}

export class AdapterThread {
  readonly #worker: Worker;
  readonly #events: ThreadEvents;
  readonly #writes = new Map<number, (results: readonly WriteResult[]) => void>();
  readonly #exited: Promise<void>;
  readonly #watch: NodeJS.Timeout;
  #lastWrite = 0;
  #silentChecks = 0;
  #because: string | undefined;
  #stopping = false;

  constructor(start: ThreadStart, events: ThreadEvents, entry: URL = ADAPTER_WORKER) {
    this.#events = events;
    this.#worker = new Worker(entry, {
      workerData: start,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
      name: `adapter-${start.protocol}`,
    });
    this.#worker.on("message", (message: FromThread) => this.#heard(message));
    this.#worker.on("error", (error: Error) => {
      this.#because = `it threw: ${error.message}`;
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.once("exit", () => {
        this.#ended();
        resolve();
      });
    });
    this.#watch = setInterval(() => this.#check(), CHECK_EVERY_MS);
  }

  /** What became of each command. Never rejects. */
  async write(commands: readonly WriteCommand[]): Promise<readonly WriteResult[]> {
    this.#lastWrite += 1;
    const id = this.#lastWrite;
    return await new Promise((resolve) => {
      const message = "the adapter did not answer; whether the write was done is unknown";
      const timer = setTimeout(
        () => this.#answer(id, unknown(commands, message)),
        WRITE_TIMEOUT_MS,
      );
      this.#writes.set(id, (results) => {
        clearTimeout(timer);
        const because = "the adapter ended before it answered";
        resolve(results.length > 0 ? results : unknown(commands, because));
      });
      this.#tell({ kind: "write", id, commands });
    });
  }

  /** Ends the thread at once, for a reason that `onEnd` will tell. */
  fail(because: string): void {
    this.#because = because;
    void this.#worker.terminate();
  }

  /** Stops the adapter in order; a thread that does not is ended. Resolves when it is gone. */
  async stop(): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = true;
      clearInterval(this.#watch);
      this.#tell({ kind: "stop" });
    }
    const timer = setTimeout(() => void this.#worker.terminate(), STOP_TIMEOUT_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  #tell(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #heard(message: FromThread): void {
    this.#silentChecks = 0;
    if (message.kind === "written") this.#answer(message.id, message.results);
    else if (message.kind !== "alive") this.#events.onMessage(message);
  }

  /** Counts checks, not time: a hub that was busy itself must not blame its adapters. */
  #check(): void {
    this.#silentChecks += 1;
    if (this.#silentChecks < CHECKS_UNTIL_HUNG) return;
    this.fail(`it did not answer for ${(CHECKS_UNTIL_HUNG * CHECK_EVERY_MS) / 1000} s`);
  }

  #answer(id: number, results: readonly WriteResult[]): void {
    const answer = this.#writes.get(id);
    this.#writes.delete(id);
    answer?.(results);
  }

  #ended(): void {
    clearInterval(this.#watch);
    for (const id of this.#writes.keys()) this.#answer(id, []);
    if (!this.#stopping) this.#events.onEnd(this.#because ?? "its thread ended");
  }
}

function unknown(commands: readonly WriteCommand[], because: string): readonly WriteResult[] {
  return commands.map(() => ({ outcome: "timeout_unknown", because, at: Date.now() }));
}
