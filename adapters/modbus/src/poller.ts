/**
 * Calls a poll at fixed slots: slot n is at epoch + phase + n × interval on a clock that never jumps, so that there
 * is no drift. A poll that is still running at its next slot makes that slot an overrun; nothing is caught up.
 */
import type { Clock } from "./clock.ts";

/** One group's schedule. */
export interface PollerOptions {
  readonly intervalMs: number;
  /** Shifts all slots, so that the groups of a link do not ask at the same moment; 0 to `intervalMs`. */
  readonly phaseMs: number;
  /** Must not reject. */
  readonly poll: () => Promise<void>;
  /** A poll took longer than its interval, the `inARow`-th in a row; it needed `neededMs`. */
  readonly onOverrun?: (inARow: number, neededMs: number) => void;
  readonly clock: Clock;
}

/** A started schedule. */
export interface Poller {
  /** Slots at which the poll before was still running. */
  readonly overruns: number;
  /** No poll begins afterwards; resolves when the running one has ended. */
  stop(): Promise<void>;
}

/** Starts the schedule; the first poll is one interval (and the phase) from now. */
export function startPoller(options: PollerOptions): Poller {
  return new SlotPoller(options);
}

class SlotPoller implements Poller {
  overruns = 0;
  readonly #options: PollerOptions;
  readonly #epochMs: number;
  #slot = 1;
  #overranInARow = 0;
  #running: Promise<void> | undefined;
  #cancelTimer: () => void = () => undefined;

  constructor(options: PollerOptions) {
    this.#options = options;
    this.#epochMs = options.clock.elapsedMs() + options.phaseMs;
    this.#setTimer();
  }

  async stop(): Promise<void> {
    this.#cancelTimer();
    await this.#running;
  }

  #setTimer(): void {
    const { clock, intervalMs } = this.#options;
    const at = this.#epochMs + this.#slot * intervalMs;
    this.#cancelTimer = clock.after(Math.max(0, at - clock.elapsedMs()), () => this.#onSlot());
  }

  #onSlot(): void {
    if (this.#running === undefined) this.#running = this.#poll();
    else this.overruns += 1;
    this.#slot = Math.max(this.#slot, this.#slotNow()) + 1;
    this.#setTimer();
  }

  /** The latest slot that has come. After a blocked event loop this leaves out those that were missed. */
  #slotNow(): number {
    const { clock, intervalMs } = this.#options;
    return Math.floor((clock.elapsedMs() - this.#epochMs) / intervalMs);
  }

  async #poll(): Promise<void> {
    const { clock, poll, onOverrun } = this.#options;
    const since = clock.elapsedMs();
    const overrunsBefore = this.overruns;
    await poll();
    this.#running = undefined;
    this.#overranInARow = this.overruns > overrunsBefore ? this.#overranInARow + 1 : 0;
    if (this.#overranInARow > 0) onOverrun?.(this.#overranInARow, clock.elapsedMs() - since);
  }
}
