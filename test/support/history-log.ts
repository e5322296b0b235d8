/** A log of a test in the same thread, with clocks that the test turns. */
import { join } from "node:path";
import { Answers } from "../../hub/src/history/log/answers.ts";
import { openLog } from "../../hub/src/history/log/database.ts";
import { LogFile } from "../../hub/src/history/log/log-file.ts";
import type { LogSettings } from "../../hub/src/history/log/messages.ts";
import type { Answer, Question } from "../../hub/src/history/log/questions.ts";
import { settingsOf } from "./history-rows.ts";
import { tempDir, type Ending } from "./hub.ts";

export interface TestLog {
  readonly log: LogFile;
  readonly file: string;
  readonly damage: string | undefined;
  readonly clock: { wall: number; monotonic: number };
  /** Does all work that is due: blocks, joining. */
  readonly work: () => void;
  /** A copy takes its time: it is asked of the thread. */
  readonly ask: <Kind extends Question["kind"]>(
    question: Extract<Question, { readonly kind: Kind }>,
  ) => Extract<Answer, { readonly kind: Kind }>;
}

export const NOW = 1_800_000_000_000;

export function openTestLog(
  t: Ending,
  more: Partial<LogSettings> & { readonly wall?: number } = {},
): TestLog {
  const file = more.file ?? join(tempDir(t), "history.db");
  const clock = { wall: more.wall ?? NOW, monotonic: 0 };
  const settings = settingsOf(file, more);
  const { database, damage } = openLog(settings, clock.wall);
  const log = new LogFile(database, settings, {
    wall: () => clock.wall,
    monotonic: () => clock.monotonic,
  });
  t.after(() => {
    if (database.isOpen) database.close();
  });
  const answers = new Answers(log);
  return {
    log,
    file,
    damage,
    clock,
    work: () => {
      for (let job = log.work(); job !== undefined; job = log.work()) for (const _ of job);
    },
    ask: <Kind extends Question["kind"]>(question: Extract<Question, { readonly kind: Kind }>) => {
      const asked: Question = question;
      if (asked.kind === "backup") throw new Error("a copy is made by the thread");
      const isOfKind = (answer: Answer): answer is Extract<Answer, { readonly kind: Kind }> =>
        answer.kind === question.kind;
      const job = answers.answer(asked);
      for (;;) {
        const { done, value } = job.next();
        if (done !== true) continue;
        if (isOfKind(value)) return value;
        throw new Error(`an answer to ${value.kind}`);
      }
    },
  };
}
