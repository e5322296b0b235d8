/** What a review says before and after there is something to look at. */
import type { ReactNode } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import type { CheckState } from "../lib/draft-check.ts";
import { Icon } from "./icons.tsx";
import { Faults } from "./review-faults.tsx";

const { review: said, tags } = words;

interface NotReviewedProps {
  readonly state: CheckState;
  /** The table in which faults are. */
  readonly csv: string | null;
}

/** Why there is nothing to look at; nothing where there is. */
export function NotReviewed({ state, csv }: NotReviewedProps) {
  switch (state.kind) {
    case "none":
    case "asking":
      return <output className="text-mute">{said.asking}</output>;
    case "unreachable":
      return <Faults because={state.because} faults={[]} csv={null} />;
    case "refused":
      return <Faults {...state} csv={csv} />;
    case "fine":
      return null;
  }
}

interface AppliedProps {
  /** What was done. */
  readonly sentence: string;
  /** The configuration that it became, where that is known. */
  readonly generation?: number;
  readonly children?: ReactNode;
  readonly onClose: () => void;
}

/** It is done. */
export function Applied({ sentence, generation, children, onClose }: AppliedProps) {
  return (
    <div className="grid gap-3" data-applied={generation ?? ""}>
      <output className="flex items-center gap-1.5 font-medium">
        <Icon name="check" className="size-4 text-good" />
        {sentence}
      </output>
      {children}
      <div className="flex justify-end">
        <button type="button" className="main-button" onClick={onClose}>
          {said.close}
        </button>
      </div>
    </div>
  );
}

/** The hub has nothing against what is filled in. */
export function NothingWrong() {
  return (
    <span className="inline-flex items-center gap-1.5">
      <Icon name="check" className="size-3.5 text-good" />
      {tags.fine}
    </span>
  );
}
