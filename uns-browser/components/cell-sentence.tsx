"use client";
import { useLayoutEffect, useRef } from "react";
import { HubText } from "./hub-text.tsx";
import { Icon } from "./icons.tsx";

/** What is wrong with a cell, in the hub's words, or what is told of it. */
export interface Sentence {
  readonly kind: "fault" | "told";
  readonly text: string;
}

/** What is to be said of the active cell, below it; in what is `relative` around the table. */
export function CellSentence({
  id,
  cell,
  sentence,
}: {
  readonly id: string;
  /** The id of the cell. */
  readonly cell: string;
  /** `null`: nothing. */
  readonly sentence: Sentence | null;
}) {
  const mine = useRef<HTMLOutputElement>(null);
  // After every drawing: the table scrolls below it.
  useLayoutEffect(() => place(mine.current, document.getElementById(cell)));
  if (sentence === null) return null;
  return (
    <output ref={mine} id={id} className="cell-sentence" data-kind={sentence.kind}>
      {sentence.kind === "told" ? (
        <span className="wrap-anywhere">{sentence.text}</span>
      ) : (
        <>
          <Icon name="cross" className="mt-0.5 size-3.5 shrink-0" />
          <span className="wrap-anywhere">
            <HubText text={sentence.text} />
          </span>
        </>
      )}
    </output>
  );
}

function place(mine: HTMLElement | null, cell: HTMLElement | null): void {
  const around = mine?.offsetParent;
  if (mine === null || around === null || around === undefined) return;
  mine.hidden = cell === null;
  if (cell === null) return;
  const [frame, box] = [around.getBoundingClientRect(), cell.getBoundingClientRect()];
  const left = Math.max(0, Math.min(box.left - frame.left, frame.width - mine.offsetWidth));
  mine.style.transform = `translate(${Math.round(left)}px, ${Math.round(box.bottom - frame.top + 2)}px)`;
}
