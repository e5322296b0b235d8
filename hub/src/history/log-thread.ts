/** The thread of the log, seen from the main thread: started, told, asked, ended. */
import { Worker } from "node:worker_threads";
import { messageOf } from "../caught.ts";
import type { Batch, FromLog, LogSettings, ToLog } from "./log/messages.ts";
import type { Answer, Question } from "./log/questions.ts";

const ENTRY = new URL("./log/worker.ts", import.meta.url);

/** An answer of the kind that was asked for. */
export type AnswerTo<Kind extends Question["kind"]> = Extract<Answer, { readonly kind: Kind }>;

/** What it says without being asked. */
export type News = Exclude<FromLog, { readonly kind: "answer" | "unanswered" | "closed" }>;

export interface LogEvents {
  heard(news: News): void;
  /** The thread is gone although nobody closed it: why, as a sentence. */
  ended(because: string): void;
}

/** The log cannot answer, or not take what somebody writes. */
export class HistoryError extends Error {
  override readonly name = "HistoryError";
  readonly code:
    | "NOT_RUNNING"
    | "UNANSWERED"
    // of rows that somebody writes
    | "UNKNOWN_METRIC"
    | "BAD_ROW"
    | "NOT_RECORDED"
    | "NOT_WRITTEN";

  constructor(code: HistoryError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

interface Asked {
  resolve(answer: Answer): void;
  reject(error: HistoryError): void;
}

export class LogThread {
  readonly #worker: Worker;
  readonly #events: LogEvents;
  readonly #exited: Promise<void>;
  readonly #asked = new Map<number, Asked>();
  #because = "it ended by itself";
  #lastQuestion = 0;
  #isClosed = false;
  #isGone = false;

  constructor(settings: LogSettings, events: LogEvents, entry = ENTRY) {
    this.#events = events;
    this.#worker = new Worker(entry, { workerData: settings, name: "history" });
    this.#worker.unref(); // it keeps nobody waiting who does not wait for it
    this.#worker.on("message", (message: FromLog) => this.#heard(message));
    this.#worker.on("error", (error: unknown) => {
      this.#because = messageOf(error);
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.once("exit", () => {
        this.#ended();
        resolve();
      });
    });
  }

  append(batch: Batch): void {
    const { rows, slots } = batch;
    const buffers = [rows.times, rows.sides, slots].map(({ buffer }) => buffer);
    this.#tell(
      { kind: "append", batch },
      buffers.filter((buffer) => buffer instanceof ArrayBuffer),
    );
  }

  /** @throws {HistoryError} NOT_RUNNING, UNANSWERED */
  ask<Kind extends Question["kind"]>(
    question: Extract<Question, { readonly kind: Kind }>,
  ): Promise<AnswerTo<Kind>> {
    this.#lastQuestion += 1;
    const id = this.#lastQuestion;
    const { promise, resolve, reject } = Promise.withResolvers<AnswerTo<Kind>>();
    if (this.#isGone) {
      reject(new HistoryError("NOT_RUNNING", "the history is not running"));
      return promise;
    }
    const isOfKind = (answer: Answer): answer is AnswerTo<Kind> => answer.kind === question.kind;
    this.#asked.set(id, {
      resolve: (answer) => {
        if (isOfKind(answer)) resolve(answer);
      },
      reject,
    });
    this.#worker.ref();
    this.#tell({ kind: "ask", id, question });
    return promise;
  }

  /** Ends the thread after all that it was told before. Resolves when it is gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#worker.ref();
    this.#tell({ kind: "close" });
    await this.#exited;
  }

  #tell(message: ToLog, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #heard(message: FromLog): void {
    switch (message.kind) {
      case "answer":
        this.#take(message.id)?.resolve(message.answer);
        break;
      case "unanswered":
        this.#take(message.id)?.reject(new HistoryError("UNANSWERED", message.because));
        break;
      case "closed":
        break;
      case "refused":
        this.#isClosed = true;
        this.#events.heard(message);
        break;
      case "opened":
      case "appended":
      case "state":
        this.#events.heard(message);
    }
  }

  #take(id: number): Asked | undefined {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (this.#asked.size === 0 && !this.#isClosed) this.#worker.unref();
    return asked;
  }

  #ended(): void {
    this.#isGone = true;
    const error = new HistoryError("NOT_RUNNING", "the history is not running");
    for (const asked of this.#asked.values()) asked.reject(error);
    this.#asked.clear();
    if (!this.#isClosed) this.#events.ended(this.#because);
  }
}
