import { useEffect } from "react";
import type { Namespace } from "../lib/namespace.ts";

/** `p` pauses and resumes, on pages that have no other letters of their own. */
export function usePauseKey({ live }: Pick<Namespace, "live">): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.key !== "p") return;
      if (event.target instanceof Element && event.target.closest(TYPING) !== null) return;
      if (live.pausedAt.get() === null) live.pause();
      else live.resume();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [live]);
}

/** Where letters are text, or mean something else. */
const TYPING = "input, textarea, select, dialog";
