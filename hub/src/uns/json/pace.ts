/**
 * When the projection may work: a millisecond at a time, and not more than a fifth of the time while others are busy on
 * the same thread. When nobody else has anything to do, it goes on at once.
 */
import { setImmediate as turn } from "node:timers/promises";

/** Work between two turns of the event loop. */
const SLICE_MS = 1;
/** For each millisecond of its own, so many are left to others that need them. */
const OTHERS = 4;
/** A turn of the event loop that takes no longer had nothing to do. */
const IDLE_MS = 0.05;

export class Pace {
  #since = 0;

  /** A slice begins. */
  begin(): void {
    this.#since = performance.now();
  }

  get isOver(): boolean {
    return performance.now() - this.#since >= SLICE_MS;
  }

  /** Lets others work. */
  async rest(): Promise<void> {
    const own = performance.now() - this.#since;
    let others = 0;
    while (others < own * OTHERS) {
      const from = performance.now();
      await turn();
      const took = performance.now() - from;
      if (took <= IDLE_MS) return;
      others += took;
    }
  }
}
