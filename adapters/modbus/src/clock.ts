/** Time as schedules need it: it never jumps, and tests can hand in their own. */

/** A monotonic clock with timers. */
export interface Clock {
  /** Milliseconds since some fixed moment; does not follow the wall clock. */
  elapsedMs(): number;
  /** Calls `then` once after `ms`; the function returned cancels that. */
  after(ms: number, then: () => void): () => void;
}

/**
 * Slots of schedules begin at whole multiples of this on the monotonic clock, which all adapters of a thread share: with 500
 * devices a second, a thread wakes up once for 25 of them.
 */
export const GRID_MS = 50;

/** The clock of this machine. */
export const systemClock: Clock = {
  elapsedMs: () => performance.now(),
  after: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`, or at once when `signal` is aborted; never rejects. */
export async function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(ms, resolve);
  const wake = (): void => resolve();
  signal.addEventListener("abort", wake);
  await promise;
  signal.removeEventListener("abort", wake);
  cancel();
}
