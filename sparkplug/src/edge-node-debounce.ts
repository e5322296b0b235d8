/** Keeps an edge node from being born again and again: one rebirth at a time, the next only after a pause. */
import type { Cancel, Clock } from "./session-clock.ts";

export class RebirthDebounce {
  readonly #clock: Clock;
  readonly #pauseMs: number;
  #lastAt = Number.NEGATIVE_INFINITY;
  #cancel: Cancel | undefined;

  constructor(clock: Clock, pauseMs: number) {
    this.#clock = clock;
    this.#pauseMs = pauseMs;
  }

  /** Whether a rebirth may be now; if so, it counts as done. */
  mayPass(): boolean {
    if (this.#restMs() > 0) return false;
    this.cancel();
    this.#lastAt = this.#clock.now();
    return true;
  }

  /** Carries out `rebirth` now if it may be, else once the pause is over. Asked for again meanwhile, it is still once. */
  soon(rebirth: () => void): void {
    if (this.#cancel !== undefined) return;
    if (this.mayPass()) return rebirth();
    this.#cancel = this.#clock.after(this.#restMs(), () => {
      this.#cancel = undefined;
      this.#lastAt = this.#clock.now();
      rebirth();
    });
  }

  /** Takes back what was put off. */
  cancel(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Nothing to wait for when the clock was set back: better a birth too many than an edge node that is deaf. */
  #restMs(): number {
    const since = this.#clock.now() - this.#lastAt;
    return since < 0 ? 0 : Math.max(0, this.#pauseMs - since);
  }
}
