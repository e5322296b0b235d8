/** Asks the hub what other tags, or another adapter, would do, once somebody stops typing; the newest question is the one that counts. */
import { askHub, sentenceOf, type SendLike } from "./hub-request.ts";
import { createSignal, type Signal } from "./signal.ts";
import { faultsIn, type Fault } from "./tag-draft.ts";
import { parseReview, type Review } from "./tag-review.ts";
import { texts } from "./texts.ts";
import { nothingToStop, type StartTimer } from "./timer.ts";

export type CheckState =
  | { readonly kind: "none" }
  /** `faults`: what was said before; it stands until there is another answer, so that nothing flickers while somebody types. */
  | { readonly kind: "asking"; readonly faults: readonly Fault[] }
  | { readonly kind: "fine"; readonly review: Review }
  /** The hub was not there to say; it is asked again by itself. */
  | { readonly kind: "unreachable"; readonly because: string }
  /** `faults`: each with its tag, or its line; none when the hub did not tell them apart. */
  | { readonly kind: "refused"; readonly because: string; readonly faults: readonly Fault[] };

export interface DraftCheck {
  readonly state: Signal<CheckState>;
  /** `null`: there is nothing to ask. */
  check(body: object | null, afterMs: number): void;
  stop(): void;
}

const ASK_AGAIN_MS = 2000;

export function createDraftCheck(
  { send, timer }: { readonly send: SendLike; readonly timer: StartTimer },
  /** That plans. */
  url: string,
): DraftCheck {
  const state = createSignal<CheckState>({ kind: "none" });
  let cancel = nothingToStop;
  let newest = 0;
  const ask = async (body: object, mine: number): Promise<void> => {
    const answer = await askHub(send, "POST", url, body);
    if (mine !== newest) return;
    if (answer.kind === "unreachable") {
      state.set({ kind: "unreachable", because: sentenceOf(answer) });
      cancel = timer(ASK_AGAIN_MS, () => void ask(body, mine));
      return;
    }
    if (answer.kind === "refused")
      return state.set({ kind: "refused", because: sentenceOf(answer), faults: faultsIn(answer) });
    const review = parseReview(answer.value);
    state.set(
      review === null
        ? { kind: "refused", because: texts.notUnderstood, faults: [] }
        : { kind: "fine", review },
    );
  };
  return {
    state,
    check: (body, afterMs) => {
      cancel();
      const mine = (newest += 1);
      if (body === null) return state.set({ kind: "none" });
      state.set({ kind: "asking", faults: faultsSaid(state.get()) });
      cancel = timer(afterMs, () => void ask(body, mine));
    },
    stop: () => {
      newest += 1;
      cancel();
    },
  };
}

/** The last that the hub said to be wrong. */
export function faultsSaid(check: CheckState): readonly Fault[] {
  return check.kind === "refused" || check.kind === "asking" ? check.faults : [];
}
