/** One timer for many deadlines: a link has two or three of these and no timer per request. */
import type { Clock } from "../clock.ts";

/** Rings no later than the earliest moment asked for since it rang last; who is rung looks what is due. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: (nowMs: number) => void;
  #at = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, ring: (nowMs: number) => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Asks to be rung at `at` (monotonic milliseconds), unless it will ring earlier anyway. */
  by(at: number): void {
    if (at >= this.#at || at === Number.POSITIVE_INFINITY) return;
    this.#cancel?.();
    this.#at = at;
    // Timers cut fractions off and would ring too early for nothing.
    const ms = Math.max(0, Math.ceil(at - this.#clock.elapsedMs()));
    this.#cancel = this.#clock.after(ms, () => this.#rung());
  }

  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#at = Number.POSITIVE_INFINITY;
  }

  #rung(): void {
    this.#cancel = undefined;
    this.#at = Number.POSITIVE_INFINITY;
    this.#ring(this.#clock.elapsedMs());
  }
}
