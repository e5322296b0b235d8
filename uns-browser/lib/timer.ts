/** A timer as a function: runs `run` after so many milliseconds; what it returns stops it. Handed in, so that tests need not wait. */
export type StartTimer = (afterMs: number, run: () => void) => () => void;

/** Stops nothing: for a timer or subscription that has not begun. */
export function nothingToStop(): void {
  // nothing was started
}

/** The tab of the browser that the page is in. */
export interface Tab {
  readonly isHidden: () => boolean;
  /** Runs `run` once, as soon as somebody sees the tab again; what it returns stops that. */
  readonly onceShown: (run: () => void) => () => void;
}

/** A timer for what only matters to somebody who looks: what comes due in a hidden tab waits, and is done at once when it is shown. */
export function whileSeen(timer: StartTimer, { isHidden, onceShown }: Tab): StartTimer {
  return (afterMs, run) => {
    let cancel = timer(afterMs, () => {
      if (!isHidden()) return run();
      cancel = onceShown(run);
    });
    return () => cancel();
  };
}
