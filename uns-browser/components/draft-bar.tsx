"use client";
import { useState } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import type { CheckState } from "../lib/draft-check.ts";
import type { Signal } from "../lib/signal.ts";
import { inOurLanguage } from "../lib/hub-words.ts";
import { changes, NO_DRAFT, redone, undone, type Draft } from "../lib/tag-draft.ts";
import { Icon } from "./icons.tsx";
import { Confirm } from "./sheet.tsx";
import { useSignal } from "./use-signal.ts";

const { tags } = words;

/** What is wanted and not applied yet, what the hub has against it, and the ways on and back. */
export function DraftBar({
  draft,
  count,
  check,
  onReview,
}: {
  readonly draft: Signal<Draft>;
  /** With what is typed right now. */
  readonly count: number;
  readonly check: CheckState;
  readonly onReview: () => void;
}) {
  const wanted = useSignal(draft);
  const [isAsking, setIsAsking] = useState(false);
  const isEmpty = changes(wanted) === 0;
  return (
    <div className="draft-bar" data-draft={check.kind}>
      <span className="font-semibold">{tags.draft(count)}</span>
      <output className="min-w-0 flex-1 basis-60">
        <Said check={check} />
      </output>
      {wanted.before.length === 0 ? null : (
        <button
          type="button"
          className="push-button"
          onClick={() => draft.set(undone(draft.get()))}
        >
          {tags.undo}
        </button>
      )}
      {wanted.after.length === 0 ? null : (
        <button
          type="button"
          className="push-button"
          onClick={() => draft.set(redone(draft.get()))}
        >
          {tags.redo}
        </button>
      )}
      {isEmpty ? null : (
        <>
          <button type="button" className="push-button" onClick={() => setIsAsking(true)}>
            {tags.discard}
          </button>
          <button type="button" className="main-button py-[4px]!" onClick={onReview}>
            {tags.review}
          </button>
        </>
      )}
      {isAsking ? (
        <Confirm
          title={tags.discardTitle}
          help={tags.discardHelp}
          label={tags.discard}
          onYes={() => draft.set(NO_DRAFT)}
          onClose={() => setIsAsking(false)}
        />
      ) : null}
    </div>
  );
}

function Said({ check }: { readonly check: CheckState }) {
  switch (check.kind) {
    case "none":
      return null;
    case "asking":
      return <span className="text-mute">{tags.checking}</span>;
    case "fine":
      return (
        <span className="inline-flex items-center gap-1.5">
          <Icon name="check" className="size-3.5 text-good" />
          {tags.fine}
        </span>
      );
    case "unreachable":
      return <span className="text-bad">{check.because}</span>;
    case "refused": {
      const { faults, because } = check;
      const [first] = faults;
      return (
        <span className="inline-flex items-start gap-1.5 text-bad">
          <Icon name="cross" className="mt-0.5 size-3.5 shrink-0" />
          <span className="wrap-anywhere">
            {first === undefined
              ? because
              : `${tags.faults(faults.length)}: ${first.tag ?? ""} ${first.field ?? ""}: ${inOurLanguage(first.message)}`}
          </span>
        </span>
      );
    }
  }
}
