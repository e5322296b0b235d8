import { type RefObject, useEffect } from "react";
import { type PageKeyAction, pageAction } from "../lib/keys.ts";
import { togglePause } from "../lib/live.ts";
import type { Namespace } from "../lib/namespace.ts";
import { isPast, NOW } from "../lib/past.ts";
import { focusTree } from "./focus-tree.ts";
import { letterKeys } from "./kept.ts";

/** Keys that hold for the whole page, wherever the focus is. */
export function usePageKeys(
  page: Namespace,
  filterInput: RefObject<HTMLInputElement | null>,
  shortcuts: RefObject<HTMLDialogElement | null>,
): void {
  useEffect(() => {
    const run: Readonly<Record<PageKeyAction, () => void>> = {
      filter: () => filterInput.current?.select(),
      pause: () => togglePause(page.live),
      shortcuts: () => shortcuts.current?.showModal(),
      clearFilter: () => page.filter.set(""),
      backToNow: () => page.look(NOW),
      closeDetails: () => {
        if (document.activeElement?.matches(".details *") === true) focusTree(); // it goes with the row
        page.select(null);
      },
    };
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isCovered()) return;
      const action = pageAction(event.key, {
        isTyping: event.target instanceof HTMLInputElement || !letterKeys.get(),
        hasFilter: page.filter.text.get() !== "",
        hasPast: isPast(page.past.moments.get()),
        hasSelection: page.selection.get() !== null,
      });
      if (action === null) return;
      event.preventDefault();
      run[action]();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [page, filterInput, shortcuts]);
}

/** A dialog or a menu is open: keys are for it, and Escape closes it and nothing else. */
function isCovered(): boolean {
  return document.querySelector("dialog[open], :popover-open") !== null;
}
