/**
 * One adapter in a worker thread of its own, seen from the hub: started, watched, asked, stopped. A thread that throws,
 * dies, fills its memory or does not turn its event loop is ended; `onEnd` says so once. Starting again is not done here.
 */
import { Worker, type Transferable } from "node:worker_threads";
import type { Answer, FromThread, Question, ThreadStart, ToThread } from "./thread-messages.ts";

/** The thread says it is alive twice a second; this many checks without a word and it counts as hung. */
const CHECK_EVERY_MS = 1000;
const CHECKS_UNTIL_HUNG = 10;
/** Until it has started: many threads that load their code at once on a small machine take their time. */
const CHECKS_UNTIL_STARTED = 60;
const ANSWER_WITHIN_MS = 10_000;
/** An adapter closes everything within this time; the thread is ended a little later. */
const STOP_DEADLINE_MS = 3000;
const STOP_GRACE_MS = 200;
/** For code and what is just made; what is kept is bounded by the configuration. */
const YOUNG_MB = 24;
const BYTES_PER_MB = 1_048_576;

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
  readonly #memoryMb: number;
  readonly #questions = new Map<number, (answer: Answer) => void>();
  readonly #exited: Promise<void>;
  readonly #watch: NodeJS.Timeout;
  #lastQuestion = 0;
  #silentChecks = 0;
  #hasStarted = false;
  #because: string | undefined;
  #stopping = false;

  constructor(start: ThreadStart, events: ThreadEvents, entry: URL = ADAPTER_WORKER) {
    this.#events = events;
    this.#memoryMb = start.memoryMb;
    this.#worker = new Worker(entry, {
      workerData: start,
      resourceLimits: {
        maxOldGenerationSizeMb: start.memoryMb,
        maxYoungGenerationSizeMb: YOUNG_MB,
      },
      name: `adapter-${start.protocol}`,
    });
    this.#worker.on("message", (message: FromThread) => this.#heard(message));
    this.#worker.on("error", (error: Error) => {
      this.#because ??= reasonOf(error, start.memoryMb);
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.once("exit", (code) => {
        this.#ended(code);
        resolve();
      });
    });
    this.#watch = setInterval(() => this.#check(), CHECK_EVERY_MS);
  }

  /** Never rejects: what comes too late, or never, is "failed". */
  async ask(question: Question, withinMs = ANSWER_WITHIN_MS): Promise<Answer> {
    this.#lastQuestion += 1;
    const id = this.#lastQuestion;
    return await new Promise((resolve) => {
      const because = "the adapter did not answer in time";
      const timer = setTimeout(() => this.#answer(id, { kind: "failed", because }), withinMs);
      this.#questions.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.#tell({ kind: "ask", id, question });
    });
  }

  /** Gives the memory of a packet back: the hub has taken what was in it. */
  taken(memory: ArrayBuffer): void {
    this.#tell({ kind: "taken", memory }, [memory]);
  }

  /** Ends the thread at once, for a reason that `onEnd` will tell. */
  fail(because: string): void {
    this.#because ??= because;
    void this.#worker.terminate();
  }

  /** Stops the adapter in order; a thread that does not is ended. Resolves when it is gone. */
  async stop(): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = true;
      clearInterval(this.#watch);
      this.#tell({ kind: "stop", deadlineMs: STOP_DEADLINE_MS });
    }
    const end = (): void => void this.#worker.terminate();
    const timer = setTimeout(end, STOP_DEADLINE_MS + STOP_GRACE_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  #tell(message: ToThread, transfer: readonly Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #heard(message: FromThread): void {
    this.#silentChecks = 0;
    if (message.kind === "started") this.#hasStarted = true;
    if (message.kind === "answer") this.#answer(message.id, message.answer);
    else if (message.kind === "alive") this.#weigh(message.externalBytes);
    else this.#events.onMessage(message);
  }

  /** The limit of a heap does not see what is kept outside of it: the memory of buffers. */
  #weigh(externalBytes: number): void {
    if (externalBytes > this.#memoryMb * BYTES_PER_MB) this.fail(tooMuch(this.#memoryMb));
  }

  /** Counts checks, not time: a hub that was busy itself must not blame its adapters. */
  #check(): void {
    this.#silentChecks += 1;
    const most = this.#hasStarted ? CHECKS_UNTIL_HUNG : CHECKS_UNTIL_STARTED;
    if (this.#silentChecks < most) return;
    this.fail(`it did not answer for ${(most * CHECK_EVERY_MS) / 1000} s`);
  }

  #answer(id: number, answer: Answer): void {
    const resolve = this.#questions.get(id);
    this.#questions.delete(id);
    resolve?.(answer);
  }

  #ended(code: number): void {
    clearInterval(this.#watch);
    const because = "the adapter ended before it answered";
    for (const id of this.#questions.keys()) this.#answer(id, { kind: "failed", because });
    if (!this.#stopping) this.#events.onEnd(this.#because ?? `it exited with code ${code}`);
  }
}

function reasonOf(error: Error, memoryMb: number): string {
  const isFull = "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
  return isFull ? tooMuch(memoryMb) : `it threw: ${error.message}`;
}

function tooMuch(memoryMb: number): string {
  return `it used more than its ${memoryMb} MiB of memory (memoryLimit)`;
}
