/** When to try again: full-jitter exponential back-off. */
import { DEFAULTS, type ReconnectConfig } from "./link-config.ts";

/** Chance may say 0; nobody is hammered. */
const LEAST_MS = 50;

/** Pauses between attempts: anything from 50 ms to `first × 2^tries`, so that many links do not return at once. */
export class ReconnectPauses {
  readonly #config: ReconnectConfig;
  readonly #random: () => number;
  #tries = 0;

  /** `random` gives 0 (inclusive) to 1 (exclusive). */
  constructor(config: ReconnectConfig = DEFAULTS.reconnect, random: () => number = Math.random) {
    this.#config = config;
    this.#random = random;
  }

  next(): number {
    const { firstMs, longestMs } = this.#config;
    const most = Math.min(longestMs, firstMs * 2 ** this.#tries);
    this.#tries += 1;
    return Math.max(LEAST_MS, Math.floor(this.#random() * most));
  }

  /** A connection has ended that had worked for `healthyMs`. */
  ended(healthyMs: number): void {
    if (healthyMs >= this.#config.healthyAfterMs) this.#tries = 0;
  }
}
