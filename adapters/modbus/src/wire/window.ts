/** How many requests may be on the wire of one TCP connection at once. */
import { MOST_IN_FLIGHT } from "./link-config.ts";

/** `auto` never goes beyond this. */
const MOST_AUTO = 4;
/** So many answers are looked at before the window grows. */
const SAMPLES = 32;
/** The usual answer may take this much longer than with one request on the wire. */
const GROWTH = 1.5;
/** Timers and schedulers are not finer than this. */
const SLACK_MS = 0.5;
const DAY_MS = 86_400_000;
const RETRY_GROWTH_MS = 600_000;

/** The window of a link; `auto` grows while that costs nothing and falls back to 1 for a day when anything is odd. */
export class RequestWindow {
  /** It never grows beyond this. */
  readonly most: number;
  readonly #isAuto: boolean;
  #size: number;
  #single = 0;
  #sum = 0;
  #count = 0;
  #frozenUntil = 0;

  constructor(wish: number | "auto" = 1) {
    this.#isAuto = wish === "auto";
    this.most = wish === "auto" ? MOST_AUTO : Math.min(Math.max(1, wish), MOST_IN_FLIGHT);
    this.#size = wish === "auto" ? 1 : this.most;
  }

  get size(): number {
    return this.#size;
  }

  /** An answer that fits. `wasFull`: the window was in use to its end when it was asked. */
  answered(rttMs: number, wasFull: boolean, nowMs: number): void {
    if (!this.#isAuto || !wasFull || nowMs < this.#frozenUntil) return;
    this.#sum += rttMs;
    this.#count += 1;
    if (this.#count < SAMPLES) return;
    const mean = this.#sum / this.#count;
    this.#restart();
    if (this.#size === 1) this.#single = mean;
    if (mean > this.#single * GROWTH + SLACK_MS) {
      this.#size = Math.max(1, this.#size - 1);
      this.#frozenUntil = nowMs + RETRY_GROWTH_MS;
    } else if (this.#size < MOST_AUTO) this.#size += 1;
  }

  /** A foreign id, an answer that does not fit, a reset or silence under several requests: one at a time for a day. */
  isOdd(nowMs: number): void {
    if (!this.#isAuto) return;
    this.#size = 1;
    this.#restart();
    this.#frozenUntil = nowMs + DAY_MS;
  }

  #restart(): void {
    this.#sum = 0;
    this.#count = 0;
  }
}
