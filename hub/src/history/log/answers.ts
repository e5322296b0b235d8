/** One question, one job that answers it. */
import { answerBuckets } from "./answer-buckets.ts";
import { answerInstant } from "./answer-instant.ts";
import { ArrivalReader } from "./answer-log.ts";
import { answerRows } from "./answer-rows.ts";
import { copyWhole } from "./database.ts";
import type { LogFile } from "./log-file.ts";
import type { Answer, CompletenessQuestion, Question } from "./questions.ts";
import type { Job } from "./transactions.ts";

const DAY_MS = 86_400_000;

export class Answers {
  readonly #log: LogFile;
  readonly #arrivals = new ArrivalReader();

  constructor(log: LogFile) {
    this.#log = log;
  }

  /** The file as it is now; what is written meanwhile is not in it. */
  async backup(file: string): Promise<Answer> {
    await copyWhole(this.#log.database, file);
    return { kind: "backup" };
  }

  *answer(question: Exclude<Question, { kind: "backup" }>): Job<Answer> {
    const log = this.#log;
    switch (question.kind) {
      case "rows":
        return yield* answerRows(log, question);
      case "buckets":
        return yield* answerBuckets(log, question);
      case "instant":
        return yield* answerInstant(log, question);
      case "entries":
        return this.#arrivals.entries(log, question);
      case "offset":
        return this.#arrivals.offset(log, question.time);
      case "completeness":
        return this.#completeness(question);
    }
  }

  #completeness({ since, until }: CompletenessQuestion): Answer {
    const { completeness, gaps } = this.#log;
    const [from, to] = [since * DAY_MS, (until + 1) * DAY_MS];
    const spans = gaps.touching([], from, to);
    return {
      kind: "completeness",
      days: completeness.days(since, until),
      gaps: spans.map((gap) => ({ from: gap.from, to: gap.to, cause: gap.cause })),
    };
  }
}
