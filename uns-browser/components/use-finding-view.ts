import { useCallback, useEffect, useRef, useState } from "react";
import { readFindingView, writeFindingView, type FindingView } from "../lib/finding-address.ts";

const WRITE_AFTER_MS = 200;

export type ChangeView = (change: Partial<FindingView>, how?: "at rest") => void;

/**
 * What the page of diagnostics shows, as its address says it. A deliberate change can be undone by the way back; what is
 * typed or opened (`at rest`) is written when the person stands still for a moment.
 */
export function useFindingView(): readonly [view: FindingView, change: ChangeView] {
  const [view, setView] = useState(() => readFindingView(location.search));
  const current = useRef(view);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    const read = (): void => {
      clearTimeout(timer.current);
      current.current = readFindingView(location.search);
      setView(current.current);
    };
    addEventListener("popstate", read);
    return () => {
      clearTimeout(timer.current);
      removeEventListener("popstate", read);
    };
  }, []);
  const change = useCallback<ChangeView>((wanted, how) => {
    current.current = { ...current.current, ...wanted };
    setView(current.current);
    clearTimeout(timer.current);
    const write = (): string =>
      `${location.pathname}${writeFindingView(location.search, current.current)}${location.hash}`;
    // Without a state of its own: Next adds what it needs.
    if (how === undefined) history.pushState(null, "", write());
    else timer.current = setTimeout(() => history.replaceState(null, "", write()), WRITE_AFTER_MS);
  }, []);
  return [view, change];
}
