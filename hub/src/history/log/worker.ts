/** The entry of the thread of the log: opens the file, then does what the main thread says; answers and housekeeping in between. */
import { parentPort, workerData } from "node:worker_threads";
import { messageOf } from "../../caught.ts";
import { tidyMemoryAfterStart } from "../../tidy-memory.ts";
import { Answers } from "./answers.ts";
import type { Columns } from "./columns.ts";
import { LogRefused, openLog } from "./database.ts";
import { LogFile } from "./log-file.ts";
import type { Batch, FromLog, LogSettings, ToLog } from "./messages.ts";
import type { Answer, Question } from "./questions.ts";
import type { Job } from "./transactions.ts";

const LOOK_EVERY_MS = 1000;
/** How often it is written that the hub runs while nothing else is. */
const BEAT_EVERY_MS = 10_000;
const RETAIN_EVERY_MS = 5000;

const settings: LogSettings = workerData;
const clocks = {
  wall: (): number => Date.now() + (settings.wallOffsetMs ?? 0),
  monotonic: (): number => performance.now(),
};

function open(): LogFile | undefined {
  try {
    const { database, damage } = openLog(settings, clocks.wall());
    const opened = new LogFile(database, settings, clocks);
    const lost = opened.damagedBatches;
    const sentence =
      lost > 0 ? `${lost} batches of the history are damaged on disk and lost` : undefined;
    tell({ kind: "opened", state: opened.state(), damage: damage ?? sentence });
    return opened;
  } catch (error) {
    if (!(error instanceof LogRefused)) throw error;
    tell({ kind: "refused", message: error.message });
    parentPort?.close();
    return undefined;
  }
}

/** Does one step of one job between two messages. */
class Desk {
  readonly #log: LogFile;
  readonly #answers: Answers;
  readonly #asked: { readonly id: number; readonly job: Job<Answer> }[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  #work: Job | undefined;
  #isScheduled = false;
  #hasWritten = false;
  #wantsRetention = true;

  constructor(log: LogFile) {
    this.#log = log;
    this.#answers = new Answers(log);
  }

  start(): void {
    parentPort?.on("message", (message: ToLog) => this.#obey(message));
    this.#every(LOOK_EVERY_MS, () => {
      this.#log.look();
      tell({ kind: "state", state: this.#log.state() });
    });
    this.#every(BEAT_EVERY_MS, () => {
      if (!this.#hasWritten) this.#log.beat();
      this.#hasWritten = false;
    });
    this.#every(RETAIN_EVERY_MS, () => {
      this.#wantsRetention = true;
      this.#schedule();
    });
    this.#schedule();
  }

  #every(ms: number, run: () => void): void {
    this.#timers.push(setInterval(run, ms));
  }

  #obey(message: ToLog): void {
    switch (message.kind) {
      case "append":
        this.#append(message.batch);
        break;
      case "ask":
        this.#ask(message.id, message.question);
        break;
      case "close":
        for (const timer of this.#timers) clearInterval(timer);
        this.#log.close();
        tell({ kind: "closed" });
        parentPort?.close();
        return;
    }
    this.#schedule();
  }

  #append(batch: Batch): void {
    const { slots } = batch;
    const { buffer } = slots;
    const isWritten = this.#log.append(batch);
    this.#hasWritten ||= isWritten;
    const unwritten = isWritten ? undefined : slots;
    const transfer = !isWritten && buffer instanceof ArrayBuffer ? [buffer] : [];
    tell({ kind: "appended", number: batch.number, state: this.#log.state(), unwritten }, transfer);
  }

  #ask(id: number, question: Question): void {
    if (question.kind !== "backup") this.#asked.push({ id, job: this.#answers.answer(question) });
    else
      this.#answers.backup(question.file).then(
        (answer) => answered(id, answer),
        (error: unknown) => unanswered(id, error),
      );
  }

  #schedule(): void {
    if (this.#isScheduled || !this.#log.database.isOpen) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#log.database.isOpen && this.#step()) this.#schedule();
    });
  }

  /** A step of a question and a step of housekeeping in turn. Says whether there is more to do. */
  #step(): boolean {
    const next = this.#asked.shift();
    if (next !== undefined) this.#answerOn(next);
    this.#work ??= this.#log.work();
    if (this.#work !== undefined) this.#workOn(this.#work);
    else if (next === undefined && this.#wantsRetention) this.#wantsRetention = this.#log.retain();
    // Nothing is deleted below an answer that is being made.
    return this.#asked.length > 0 || this.#wantsRetention || this.#hasWork();
  }

  #hasWork(): boolean {
    return this.#work !== undefined || this.#log.work() !== undefined;
  }

  #answerOn(next: { readonly id: number; readonly job: Job<Answer> }): void {
    try {
      const { done, value } = next.job.next();
      if (done === true) answered(next.id, value);
      else this.#asked.push(next);
    } catch (error) {
      unanswered(next.id, error);
    }
  }

  #workOn(work: Job): void {
    try {
      if (work.next().done === true) this.#work = undefined;
    } catch (error) {
      this.#work = undefined;
      this.#log.failed(error);
    }
  }
}

function answered(id: number, answer: Answer): void {
  tell({ kind: "answer", id, answer }, "rows" in answer ? buffersOf(answer.rows) : []);
}

function unanswered(id: number, error: unknown): void {
  tell({ kind: "unanswered", id, because: messageOf(error) });
}

/** The buffers of columns, each once. Blocks that are kept are never handed out: answers are copies. */
function buffersOf({ times, received, numbers, metas, sides }: Columns): ArrayBuffer[] {
  const buffers = new Set([times, received, numbers, metas, sides].map(({ buffer }) => buffer));
  return [...buffers].flatMap((buffer) =>
    buffer instanceof ArrayBuffer && buffer.byteLength > 0 ? [buffer] : [],
  );
}

function tell(message: FromLog, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

const log = open();
if (log !== undefined) new Desk(log).start();
tidyMemoryAfterStart();
