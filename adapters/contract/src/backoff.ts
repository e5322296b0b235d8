/** How long to wait before the next try: exponential with full jitter, so that many clients do not return at once. */
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

  /** Milliseconds to wait now: between half and all of `first × 2^tries`, at most `longest`. */
  next(): number {
    const ceiling = Math.min(this.#longestMs, this.#firstMs * 2 ** Math.min(this.#tries, 30));
    this.#tries += 1;
    return ceiling / 2 + (this.#random() * ceiling) / 2;
  }

  /** Call when things work again. */
  reset(): void {
    this.#tries = 0;
  }
}
