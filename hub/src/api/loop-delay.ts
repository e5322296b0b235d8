/** How late the event loop of this process runs: what an overloaded hub shows first. */
import { monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION_MS = 20;
const WINDOW_MS = 10_000;
/** Above it the hub is overloaded. */
const OVERLOADED_MS = 200;

export interface LoopDelay {
  /** Milliseconds that 99 of 100 turns were not later than, in the last full ten seconds; 0 before. */
  readonly p99Ms: number;
  readonly isOverloaded: boolean;
  stop(): void;
}

/** Begins to measure. */
export function watchLoopDelay(): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  let p99Ms = 0;
  const timer = setInterval(() => {
    // what is measured is the time between two looks, not how much later than planned the second one was
    p99Ms = Math.max(histogram.percentile(99) / 1e6 - RESOLUTION_MS, 0);
    histogram.reset();
  }, WINDOW_MS);
  timer.unref();
  return {
    get p99Ms() {
      return p99Ms;
    },
    get isOverloaded() {
      return p99Ms > OVERLOADED_MS;
    },
    stop: () => {
      clearInterval(timer);
      histogram.disable();
    },
  };
}
