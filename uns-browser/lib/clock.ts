import { createSignal, type Signal } from "./signal.ts";

/** What ages are counted by: the hub's clock, or an instant of the past that stands still. */
export interface ShownClock {
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** Changes when ages are to be painted again. */
  readonly tick: Signal<number>;
}

/**
 * The hub's clock as seen from here. Ages are counted by it, so that a panel PC whose own clock is wrong
 * shows the same ages as everybody else.
 */
export interface HubClock extends ShownClock {
  /** The hub said at this moment that its clock shows `hubMs`. */
  heard(hubMs: number): void;
  /** A new link: what was learned over the old one counts no longer. */
  restart(hubMs: number): void;
  /** How late that frame is compared with the quickest ones, milliseconds. */
  delayOf(hubMs: number): number;
}

/** How much the best offset may fall per frame; lets the estimate follow two clocks that drift apart. */
const FORGET_MS = 1;

/** A step beyond this is a clock that was set, not a slow frame. */
const CLOCK_WAS_SET_MS = 30_000;

export function createHubClock(localNow: () => number): HubClock {
  let offset = 0;
  const now = (): number => localNow() + offset;
  return {
    now,
    // The frame that was quickest on its way gives the largest, and truest, offset.
    heard(hubMs) {
      const sample = hubMs - localNow();
      const wasSet = Math.abs(sample - offset) > CLOCK_WAS_SET_MS;
      offset = wasSet ? sample : Math.max(sample, offset - FORGET_MS);
    },
    restart(hubMs) {
      offset = hubMs - localNow();
    },
    delayOf: (hubMs) => Math.max(0, now() - hubMs),
    tick: createSignal(0),
  };
}
