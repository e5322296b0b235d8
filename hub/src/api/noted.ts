/** What somebody asks for, on the audit trail before it is done, and how it ended. */
import { messageOf } from "../caught.ts";
import type { Access } from "../identity/index.ts";
import { Problem } from "./problem.ts";
import type { Caller } from "./who.ts";

type Entry = Parameters<Access["note"]>[1];

export interface Noted<Answer> {
  readonly access: Pick<Access, "note">;
  readonly by: Caller["changer"];
  readonly what: Pick<Entry, "action" | "object">;
  /** Told when it is asked for. */
  readonly wish?: Pick<Entry, "before" | "after">;
  /** Told when it is done. */
  readonly outcome?: (answer: Answer) => Partial<Pick<Entry, "object" | "after">>;
}

interface CarriedOut extends Pick<Noted<void>, "by" | "what"> {
  readonly access: Pick<Access, "note" | "tell">;
}

/** @throws what `run` throws. */
export async function noted<Answer>(
  { access, by, what, wish, outcome }: Noted<Answer>,
  run: () => Promise<Answer | Problem>,
): Promise<Answer | Problem> {
  access.note(by, { ...what, ...wish, result: "asked" });
  const answer = await run().catch((error: unknown) => {
    const reason = messageOf(error);
    access.note(by, { ...what, result: "failed", reason });
    throw error;
  });
  if (answer instanceof Problem)
    access.note(by, { ...what, result: "refused", reason: answer.detail });
  else access.note(by, { ...what, ...outcome?.(answer), result: "done" });
  return answer;
}

/** As `carryOut` of `Access`, for what takes a while. @throws what `run` throws. */
export async function carriedOut(
  { access, by, what }: CarriedOut,
  run: () => Promise<void>,
): Promise<void> {
  access.note(by, { ...what, result: "done" });
  try {
    await run();
  } catch (error) {
    access.tell(by, { ...what, result: "failed", reason: messageOf(error) });
    throw error;
  }
}
