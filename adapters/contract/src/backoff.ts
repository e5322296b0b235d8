/** How long to wait before the next try: growing pauses that differ by chance, so that many clients do not return at once. */
import { pauseMs } from "@unshub/sparkplug";

export class Backoff {
  #tries = 0;
  readonly #firstMs: number;
  readonly #longestMs: number;
  readonly #random: () => number;

  /** `random` gives 0 (inclusive) to 1 (exclusive); tests hand in their own. */
  constructor(firstMs: number, longestMs: number, random: () => number = Math.random) {
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
    this.#random = random;
  }

  /** Milliseconds to wait now: anything up to `first × 2^tries`, at most `longest` ("full jitter"). */
  next(): number {
    const range = { firstMs: this.#firstMs, longestMs: this.#longestMs };
    const most = pauseMs(range, this.#tries, 0);
    this.#tries += 1;
    return most * this.#random();
  }

  /** Call when things work again. */
  reset(): void {
    this.#tries = 0;
  }
}
