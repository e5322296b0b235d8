import { useRouter } from "next/navigation";
import { type RefObject, useEffect } from "react";
import { pageAt } from "../lib/pages.ts";
import { letterKeys } from "./kept.ts";
import { treeTyping } from "./tree-typing.ts";

/** `g` and a letter goes to a page, `?` shows all keys; never while somebody types or a dialog is open. */
export function useGoKeys(shortcuts: RefObject<HTMLDialogElement | null>): void {
  const router = useRouter();
  useEffect(() => {
    let isGoing = false;
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isBusy(event.target)) {
        isGoing = false;
        return;
      }
      const place = isGoing ? pageAt(event.key) : null;
      isGoing = event.key === "g";
      if (place !== null) {
        event.stopImmediatePropagation(); // the letter means nothing else now
        event.preventDefault();
        router.push(place);
      }
      if (event.key === "?" && shortcuts.current?.open === false) {
        event.stopImmediatePropagation();
        shortcuts.current.showModal();
      }
    };
    addEventListener("keydown", onKey, { capture: true });
    return () => removeEventListener("keydown", onKey, { capture: true });
  }, [router, shortcuts]);
}

function isBusy(target: EventTarget | null): boolean {
  if (!letterKeys.get() || treeTyping.isTyping()) return true;
  const isTyping =
    target instanceof HTMLInputElement ||
    target instanceof HTMLSelectElement ||
    target instanceof HTMLTextAreaElement;
  const isTable = target instanceof Element && target.closest("[data-types]") !== null;
  return isTyping || isTable || document.querySelector("dialog[open]") !== null;
}
