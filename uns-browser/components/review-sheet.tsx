"use client";
import { useCallback, useState } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import type { CheckState, DraftCheck } from "../lib/draft-check.ts";
import { isRecord } from "../lib/hub-request.ts";
import { createSignal } from "../lib/signal.ts";
import type { Review } from "../lib/tag-review.ts";
import { adapterUrl } from "../lib/tags.ts";
import { Differences } from "./review-differences.tsx";
import { Meaning } from "./review-meaning.tsx";
import { Applied, NotReviewed } from "./review-state.tsx";
import { Problem, Sheet } from "./sheet.tsx";
import { useChange } from "./use-change.ts";
import { openCheck, tagPlanUrl } from "./use-draft.ts";
import { useOpened } from "./use-opened.ts";
import { useSignal } from "./use-signal.ts";

const { review: said } = words;
const NONE = createSignal<CheckState>({ kind: "none" });

interface ReviewSheetProps {
  readonly adapter: string;
  /** Tags as the hub takes them: put, remove, or a table. */
  readonly body: object;
  readonly onApplied: () => void;
  readonly onClose: () => void;
  /** To what was looked at; left out: closing leads there. */
  readonly onBack?: () => void;
}

/** What other tags would do, worked out by the hub; applied with one press, as a whole or not at all. */
export function ReviewSheet({ adapter, body, onApplied, onClose, onBack }: ReviewSheetProps) {
  const [generation, setGeneration] = useState<number | null>(null);
  const [asked] = useState(body); // what is applied is what was looked at
  const check = useReview(adapter, asked);
  const state = useSignal<CheckState>(check?.state ?? NONE);
  const change = useChange();
  const apply = async ({ basis }: Review): Promise<void> => {
    const done = await change.run("PUT", `${adapterUrl(adapter)}/tags`, { ...asked, basis });
    if (done === null) return;
    setGeneration(generationIn(done.value));
    onApplied();
  };
  return (
    <Sheet isWide title={said.title} onClose={onClose}>
      {generation === null ? (
        <Looked
          {...{ state, change, asked }}
          onBack={onBack ?? onClose}
          onApply={(review) => void apply(review)}
          onAgain={() => check?.check(asked, 0)}
        />
      ) : (
        <Applied sentence={said.done(generation)} {...{ generation, onClose }}>
          <p className="text-mute">{said.doneHelp}</p>
        </Applied>
      )}
    </Sheet>
  );
}

function useReview(adapter: string, body: object): DraftCheck | null {
  const open = useCallback(() => {
    const mine = openCheck(tagPlanUrl(adapter));
    mine.check(body, 0);
    return mine;
  }, [adapter, body]);
  return useOpened(open);
}

function generationIn(value: unknown): number {
  if (!isRecord(value) || !isRecord(value["generation"])) return 0;
  const { number } = value["generation"];
  return typeof number === "number" ? number : 0;
}

interface LookedProps {
  readonly state: CheckState;
  readonly change: ReturnType<typeof useChange>;
  readonly asked: object;
  readonly onApply: (review: Review) => void;
  readonly onAgain: () => void;
  readonly onBack: () => void;
}

function Looked({ state, change, asked, onApply, onAgain, onBack }: LookedProps) {
  const review = state.kind === "fine" ? state.review : null;
  const isRefused = state.kind === "refused" || state.kind === "unreachable";
  const isNothing = review !== null && review.differences.length === 0;
  return (
    <div className="grid gap-4">
      <NotReviewed state={state} csv={csvIn(asked)} />
      {review === null ? null : isNothing ? (
        <p>{said.nothing}</p>
      ) : (
        <>
          <Differences review={review} />
          <Meaning review={review} />
        </>
      )}
      <Problem change={change} />
      <div className="sheet-foot flex flex-wrap justify-end gap-2">
        {change.problem !== null || isRefused ? (
          <button type="button" className="push-button" onClick={onAgain}>
            {said.again}
          </button>
        ) : null}
        <button type="button" className="push-button" onClick={onBack}>
          {said.cancel}
        </button>
        {review === null || isNothing ? null : (
          <button
            type="button"
            className="main-button"
            aria-disabled={change.isBusy}
            onClick={() => onApply(review)}
          >
            {change.isBusy ? said.applying : said.apply}
          </button>
        )}
      </div>
    </div>
  );
}

function csvIn(asked: object): string | null {
  return "csv" in asked && typeof asked.csv === "string" ? asked.csv : null;
}
