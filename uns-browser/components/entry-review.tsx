"use client";
import { useCallback, useState, type ReactNode } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import type { CheckState } from "../lib/draft-check.ts";
import { createSignal } from "../lib/signal.ts";
import type { Review } from "../lib/tag-review.ts";
import { Meaning } from "./review-meaning.tsx";
import { Applied, NotReviewed } from "./review-state.tsx";
import { Problem } from "./sheet.tsx";
import { StepHead } from "./step-head.tsx";
import { useChange } from "./use-change.ts";
import { openCheck } from "./use-draft.ts";
import { useOpened } from "./use-opened.ts";
import { useSignal } from "./use-signal.ts";

const { review: said } = words;
const URL = "/api/v1/adapter-entries";
export const ENTRY_PLAN_URL = `${URL}/plan`;
const NONE = createSignal<CheckState>({ kind: "none" });

interface EntryReviewProps {
  /** As the hub takes it: what is added, removed, changed, stopped or started. */
  readonly body: object;
  /** The same as it is asked in the end, with what is filled in beside the review; left out: as it was looked at. */
  readonly last?: object;
  /** What is said when it is done. */
  readonly done: string;
  /** Of the button; left out: apply. */
  readonly label?: string;
  readonly isDanger?: boolean;
  /** Above what it would do. */
  readonly children?: ReactNode;
  readonly onApplied: () => void;
  readonly onBack: () => void;
  readonly onClose: () => void;
}

/** What an adapter more or less would do, worked out by the hub, and doing it. */
export function EntryReview(props: EntryReviewProps) {
  const { body, last, children, onApplied, onClose } = props;
  // What is applied is what was looked at; what was filled in is gone by then.
  const [{ asked, done }] = useState({ asked: body, done: props.done });
  const [isDone, setIsDone] = useState(false);
  const open = useCallback(() => {
    const mine = openCheck(ENTRY_PLAN_URL);
    mine.check(asked, 0);
    return mine;
  }, [asked]);
  const check = useOpened(open);
  const state = useSignal<CheckState>(check?.state ?? NONE);
  const change = useChange();
  const apply = async ({ basis }: Review): Promise<void> => {
    const answer = await change.run("PUT", URL, { ...(last ?? asked), basis });
    // Perhaps somebody else was first: what it would do now is looked at again, what was filled in stays.
    if (answer === null) return check?.check(asked, 0);
    setIsDone(true);
    onApplied();
  };
  if (isDone) return <Applied sentence={done} onClose={onClose} />;
  return (
    <div className="grid gap-4">
      <StepHead title={said.title} isFocused />
      {children}
      <NotReviewed state={state} csv={null} />
      {state.kind === "fine" ? <Meaning review={state.review} /> : null}
      <Problem change={change} />
      <Buttons {...props} {...{ state, change }} onApply={(review) => void apply(review)} />
    </div>
  );
}

function Buttons({
  state,
  change,
  label = said.apply,
  isDanger = false,
  onBack,
  onApply,
}: EntryReviewProps & {
  readonly state: CheckState;
  readonly change: ReturnType<typeof useChange>;
  readonly onApply: (review: Review) => void;
}) {
  return (
    <div className="sheet-foot flex flex-wrap justify-end gap-2">
      <button type="button" className="push-button" onClick={onBack}>
        {said.cancel}
      </button>
      {state.kind === "fine" ? (
        <button
          type="button"
          className={isDanger ? "push-button text-bad" : "main-button"}
          aria-disabled={change.isBusy}
          onClick={() => onApply(state.review)}
        >
          {change.isBusy ? said.applying : label}
        </button>
      ) : null}
    </div>
  );
}
