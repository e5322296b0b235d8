"use client";
import { useId, useRef } from "react";
import { texts } from "../lib/texts.ts";

interface SureButtonProps {
  readonly label: string;
  /** Of the dialog that asks. */
  readonly question: string;
  readonly meaning: readonly string[];
  readonly confirm: string;
  /** Why it cannot be done; `null`: it can. */
  readonly because: string | null;
  readonly onSure: () => void;
}

/** A button that asks, and says what it means, before anything is done. */
export function SureButton(props: SureButtonProps) {
  const { label, question, meaning, confirm, because, onSure } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const isFree = because === null;
  const sure = (): void => {
    dialog.current?.close();
    onSure();
  };
  return (
    <>
      <button
        type="button"
        className="push-button"
        aria-disabled={!isFree}
        aria-describedby={isFree ? undefined : `${id}why`}
        onClick={() => (isFree ? dialog.current?.showModal() : undefined)}
      >
        {label}
      </button>
      {isFree ? null : (
        <span id={`${id}why`} className="text-mute">
          {because}
        </span>
      )}
      <dialog ref={dialog} aria-labelledby={id} className="sheet w-[min(520px,calc(100vw-32px))]">
        <h3 id={id} className="text-[15px] font-semibold wrap-anywhere">
          {question}
        </h3>
        {meaning.map((sentence) => (
          <p key={sentence} className="mt-2 wrap-anywhere">
            {sentence}
          </p>
        ))}
        <div className="mt-4 flex flex-wrap justify-end gap-2">
          <form method="dialog">
            <button type="submit" className="push-button">
              {texts.clients.cancel}
            </button>
          </form>
          <button type="button" className="push-button" onClick={sure}>
            {confirm}
          </button>
        </div>
      </dialog>
    </>
  );
}
