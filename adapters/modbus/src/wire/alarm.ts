/** One timer for many deadlines: a link has two or three of these and no timer per request. */
import { GRID_MS, type Clock } from "../clock.ts";

/**
 * A timer that is to run so long comes at the last step of the grid before its time, when the thread is awake anyway and what
 * it belongs to is at hand. Mostly there is nothing left to wait for then; if there is, it runs on for the rest.
 */
const LONG_MS = 500;

/**
 * Rings no later than the earliest moment asked for since it rang last; who is rung looks what is due. A timer that runs is
 * left alone: when it comes too early, or for nothing, the next one is set.
 */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: (nowMs: number) => void;
  #at = Number.POSITIVE_INFINITY;
  /** When the timer comes; infinite while none runs. */
  #timerAt = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, ring: (nowMs: number) => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Asks to be rung at `at` (monotonic milliseconds), unless it will ring earlier anyway. */
  by(at: number): void {
    if (at >= this.#at) return;
    this.#at = at;
    if (at < this.#timerAt) this.#setTimer();
  }

  /** Nothing that was asked for is wanted any more. */
  rest(): void {
    this.#at = Number.POSITIVE_INFINITY;
  }

  /** As `rest`, and no timer runs on. */
  clear(): void {
    this.rest();
    this.#cancel?.();
    this.#cancel = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #setTimer(): void {
    this.#cancel?.();
    const nowMs = this.#clock.elapsedMs();
    const isLong = this.#at - nowMs >= LONG_MS;
    this.#timerAt = isLong ? Math.floor(this.#at / GRID_MS) * GRID_MS - 1 : this.#at;
    // Timers cut fractions off and would ring too early for nothing.
    const ms = Math.max(0, Math.ceil(this.#timerAt - nowMs));
    this.#cancel = this.#clock.after(ms, this.#timerCame);
  }

  readonly #timerCame = (): void => {
    this.#cancel = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
    if (this.#at === Number.POSITIVE_INFINITY) return;
    const nowMs = this.#clock.elapsedMs();
    if (nowMs < this.#at) {
      this.#setTimer();
      return;
    }
    this.#at = Number.POSITIVE_INFINITY;
    this.#ring(nowMs);
  };
}
