/** Chance and inertia of the simulated machines. The same seed always gives the same plant. */

/** A source of numbers that look random and are the same for the same seed. */
export class Chance {
  #state: number;

  /** `seed`: any 32-bit integer. */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 (inclusive) to 1 (exclusive). The generator is mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** `low` (inclusive) to `high` (exclusive). */
  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** Measuring noise around 0: bell-shaped, about two thirds within ±`spread`. */
  noise(spread: number): number {
    const sum = this.next() + this.next() + this.next() + this.next();
    return (sum - 2) * Math.sqrt(3) * spread;
  }

  /** Whether something happens within `dtMs` that happens once in `everyMs` on average. */
  happens(dtMs: number, everyMs: number): boolean {
    return this.next() < dtMs / everyMs;
  }
}

/** `value` as an instrument shows it that can tell apart steps of `resolution`, e.g. 0.1. */
export function measured(value: number, resolution: number): number {
  const steps = Math.round(1 / resolution);
  return Math.round(value * steps) / steps;
}

/** Where `value` stands `dtMs` later on its way to `target`; after `tauMs` 63 % of the way are done. */
export function approach(value: number, target: number, dtMs: number, tauMs: number): number {
  return target + (value - target) * Math.exp(-dtMs / tauMs);
}
