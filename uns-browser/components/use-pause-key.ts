import { useEffect } from "react";
import { letterKeys } from "./kept.ts";

/** `p` pauses and resumes, on pages that have no other letters of their own. */
export function usePauseKey(toggle: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.key !== "p") return;
      if (event.repeat || !letterKeys.get()) return;
      if (event.target instanceof Element && event.target.closest(TYPING) !== null) return;
      toggle();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [toggle]);
}

/** Where letters are text, or mean something else. */
const TYPING = "input, textarea, select, dialog";
