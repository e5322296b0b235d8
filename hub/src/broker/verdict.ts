/** Asking the rest of the hub whether something may pass. */
import type { Verdict } from "./contract.ts";
import { Reason } from "./reason.ts";

/** A refusal, as a value. */
export type Refusal = Extract<Verdict, { allow: false }>;

/** A refusal with a reason code of MQTT 5 and a sentence that says why. */
export function refused(reasonCode: number, because: string): Refusal {
  return { allow: false, reasonCode, because };
}

/** The verdict of `ask`; when it throws, that is a bug of ours, `failed` is told, and the answer is no. */
export function verdictOf<Answer extends Verdict>(
  ask: () => Answer,
  failed: (error: unknown) => void,
): Answer | Refusal {
  try {
    return ask();
  } catch (error) {
    failed(error);
    return refused(Reason.unspecifiedError, "the server could not decide");
  }
}
