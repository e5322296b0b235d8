/** Time, handed in: what is now, and what shall happen later. */

/** Takes back what was to happen later; does nothing once it has happened. */
export type Cancel = () => void;

/** The time of who runs the library; `clockOf` makes one, tests their own. */
export interface Clock {
  /**
   * Milliseconds since 1970 UTC. [tck-id-payloads-timestamp-in-UTC] [tck-id-payloads-metric-timestamp-in-UTC]
   */
  now(): number;
  /** Runs `action` once after `ms` milliseconds. */
  after(ms: number, action: () => void): Cancel;
}

/** The globals of any JavaScript runtime, as far as a clock needs them. */
export interface TimerGlobals<Handle> {
  readonly Date: { now(): number };
  setTimeout(action: () => void, ms: number): Handle;
  clearTimeout(handle: Handle): void;
}

/** The clock of a runtime: `clockOf(globalThis)`. */
export function clockOf<Handle>(globals: TimerGlobals<Handle>): Clock {
  return {
    now: () => globals.Date.now(),
    after: (ms, action) => {
      const handle = globals.setTimeout(action, ms);
      return () => globals.clearTimeout(handle);
    },
  };
}
