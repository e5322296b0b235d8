"use client";
import {
  useId,
  useLayoutEffect,
  useRef,
  useState,
  type ReactNode,
  type SyntheticEvent,
} from "react";
import { texts } from "../lib/texts.ts";
import { HubText } from "./hub-text.tsx";
import { Icon } from "./icons.tsx";
import type { Change } from "./use-change.ts";

/** A dialog over the page; Escape and its cross close it, and the focus goes back to where it was. */
export function Sheet({
  title,
  isWide = false,
  isUnsaved = false,
  onClose,
  children,
}: {
  readonly title: string;
  readonly isWide?: boolean;
  /** Something was typed that would be lost: whoever closes it is asked first. */
  readonly isUnsaved?: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const width = isWide ? "w-[min(860px,calc(100vw-32px))]" : "w-[min(520px,calc(100vw-32px))]";
  const dialog = useRef<HTMLDialogElement>(null);
  const { isAsking, mayClose, stay } = useLeaving(isUnsaved);
  const id = useId();
  useLayoutEffect(() => {
    const mine = dialog.current;
    mine?.showModal();
    return () => mine?.close(); // before it is removed: only then does the focus go back
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      className={`sheet ${width}`}
      // The event comes late: this sheet may be gone by then, and another one open.
      onClose={() => (dialog.current?.open === false ? onClose() : undefined)}
      onCancel={mayClose}
      // A browser closes a dialog at the second Escape, whoever has something against it.
      onKeyDown={(event) => {
        if (event.key === "Escape" && !event.nativeEvent.isComposing) mayClose(event);
      }}
    >
      <div className="mb-3 flex items-start justify-between gap-3">
        <h2 id={id} className="text-[15px] font-semibold wrap-anywhere">
          {title}
        </h2>
        <form method="dialog" onSubmit={mayClose}>
          <button type="submit" className="icon-button" aria-label={texts.write.close}>
            <Icon name="cross" />
          </button>
        </form>
      </div>
      {isAsking ? <Leaving onStay={stay} onLeave={() => dialog.current?.close()} /> : null}
      {children}
    </dialog>
  );
}

/** Whether somebody who would lose what he typed is being asked; Escape at the question goes back to where he was. */
function useLeaving(isUnsaved: boolean) {
  const [from, setFrom] = useState<Element | null>(null);
  const isAsking = isUnsaved && from !== null;
  const stay = (): void => {
    setFrom(null);
    if (from instanceof HTMLElement) from.focus();
  };
  /** Says whether it may go. */
  const mayClose = (event: SyntheticEvent): boolean => {
    if (!isUnsaved) return true;
    event.preventDefault();
    if (isAsking) stay();
    else setFrom(document.activeElement);
    return false;
  };
  return { isAsking, mayClose, stay };
}

/** Asked inside of the sheet, so that what was typed stays in sight. */
function Leaving({
  onStay,
  onLeave,
}: {
  readonly onStay: () => void;
  readonly onLeave: () => void;
}) {
  const { leaving: said } = texts.write;
  return (
    <div role="alertdialog" aria-label={said.question} className="notice notice-stale mb-3">
      <Icon name="triangle" className="mt-0.5 size-4 text-stale" />
      <div className="flex flex-1 flex-wrap items-center gap-2">
        <p className="flex-1">{said.question}</p>
        {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- the focus must not be on what destroys */}
        <button type="button" className="push-button" autoFocus onClick={onStay}>
          {said.stay}
        </button>
        <button type="button" className="push-button text-bad" onClick={onLeave}>
          {said.leave}
        </button>
      </div>
    </div>
  );
}

const AT_REST = { isBusy: false, problem: null };

/** Asks before something is done that cannot be taken back; the harmless button has the focus. */
export function Confirm({
  title,
  help,
  label,
  change = AT_REST,
  onYes,
  onClose,
}: {
  readonly title: string;
  readonly help: string;
  readonly label: string;
  /** Left out: nobody has to be asked. */
  readonly change?: Pick<Change, "isBusy" | "problem">;
  readonly onYes: () => void;
  readonly onClose: () => void;
}) {
  return (
    <Sheet title={title} onClose={onClose}>
      <p>{help}</p>
      <Problem change={change} />
      <div className="mt-4 flex justify-end gap-2">
        {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- the focus must not be on what destroys */}
        <button type="button" className="push-button" autoFocus onClick={onClose}>
          {texts.settings.cancel}
        </button>
        <button
          type="button"
          className="push-button text-bad"
          aria-disabled={change.isBusy}
          onClick={onYes}
        >
          {change.isBusy ? texts.settings.busy : label}
        </button>
      </div>
    </Sheet>
  );
}

/** Why a change was not made. */
export function Problem({ change }: { readonly change: Pick<Change, "problem"> }) {
  return (
    <div role="alert" className="mt-2 empty:hidden">
      {change.problem === null ? null : (
        <p className="notice notice-bad">
          <Icon name="cross" className="mt-0.5 size-4 text-bad" />
          <HubText text={change.problem} />
        </p>
      )}
    </div>
  );
}
