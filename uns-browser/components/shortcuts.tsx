"use client";
import type { RefObject } from "react";
import { texts } from "../lib/texts.ts";
import { Icon } from "./icons.tsx";
import { letterKeys, setLetterKeys } from "./kept.ts";
import { FilterLanguage } from "./tree-states.tsx";
import { useSignal } from "./use-signal.ts";

/** The list of keys; the browser's own dialog keeps and returns the focus. */
export function Shortcuts({ dialog }: { readonly dialog: RefObject<HTMLDialogElement | null> }) {
  const areKeys = useSignal(letterKeys);
  return (
    <dialog
      ref={dialog}
      aria-labelledby="keys-title"
      className="sheet w-[min(480px,calc(100vw-32px))]"
    >
      <div className="mb-3 flex items-center justify-between">
        <h2 id="keys-title" className="text-[15px] font-semibold">
          {texts.keys.title}
        </h2>
        <form method="dialog">
          <button type="submit" className="icon-button" aria-label={texts.keys.close}>
            <Icon name="cross" />
          </button>
        </form>
      </div>
      <dl className="grid grid-cols-[auto_1fr] items-baseline gap-x-5 gap-y-1.5">
        {texts.keys.list.map(([keys, does]) => (
          <div key={keys} className="contents">
            <dt className="flex flex-wrap gap-1">
              {keys.split(" ").map((key) => (
                <kbd
                  key={key}
                  className="rounded border border-line bg-panel2 px-1.5 font-mono text-[11px] leading-5"
                >
                  {key}
                </kbd>
              ))}
            </dt>
            <dd className="text-mute">{does}</dd>
          </div>
        ))}
      </dl>
      <label className="mt-4 flex items-start gap-2">
        <input
          type="checkbox"
          className="mt-0.5 size-4 shrink-0"
          checked={areKeys}
          onChange={({ target }) => setLetterKeys(target.checked)}
        />
        <span>
          {texts.keys.letters}
          <span className="block text-mute">{texts.keys.lettersHelp}</span>
        </span>
      </label>
      <h3 className="mt-5 font-semibold">{texts.filter.language}</h3>
      <FilterLanguage />
    </dialog>
  );
}
