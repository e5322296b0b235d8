/** A connection as those see it that ask something over it and wait: it may end before the answer. */
import { noAnswerInTime, within } from "./deadline.ts";
import type { RawSession } from "./raw-session.ts";

/** One connection. The session may go on with the next one; `ended` is of this one only. */
export interface Connection {
  readonly session: RawSession;
  readonly ended: AbortSignal;
}

/** How long a server may take for one question of a command. */
const ANSWER_WITHIN_MS = 5_000;

/** Rejects when there is no answer in time, or none can come any more because the connection has ended. */
export async function answerOver<Answer>(
  { ended }: Connection,
  asked: Promise<Answer>,
  ms = ANSWER_WITHIN_MS,
): Promise<Answer> {
  const late = (): Error => (ended.aborted ? connectionEnded() : noAnswerInTime());
  return await within({ ms, late, signal: ended }, asked);
}

export function connectionEnded(): Error {
  return new Error("the connection ended");
}
