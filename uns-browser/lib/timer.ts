/** A timer as a function: runs `run` after so many milliseconds; what it returns stops it. Handed in, so that tests need not wait. */
export type StartTimer = (afterMs: number, run: () => void) => () => void;

/** Stops nothing: for a timer or subscription that has not begun. */
export function nothingToStop(): void {
  // nothing was started
}
