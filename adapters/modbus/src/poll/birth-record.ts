/** How often a device was born lately. Births are expensive for every subscriber: who comes and goes is given more time. */

const WINDOW_MS = 600_000;
const MOST_BIRTHS = 5;
const LONGEST_GRACE_MS = 60_000;

export class BirthRecord {
  readonly #usualGraceMs: number;
  #bornAtMs: number[] = [];
  #graceMs: number;

  constructor(graceMs: number) {
    this.#usualGraceMs = graceMs;
    this.#graceMs = graceMs;
  }

  /** How long the link may be down before the device counts as dead. */
  get graceMs(): number {
    return this.#graceMs;
  }

  /** One more birth. Answers whether the grace has grown because of it. */
  born(nowMs: number): boolean {
    this.#bornAtMs = this.#bornAtMs.filter((at) => nowMs - at < WINDOW_MS);
    this.#bornAtMs.push(nowMs);
    if (this.#bornAtMs.length <= MOST_BIRTHS) {
      if (this.#bornAtMs.length === 1) this.#graceMs = this.#usualGraceMs;
      return false;
    }
    const before = this.#graceMs;
    this.#graceMs = Math.min(LONGEST_GRACE_MS, Math.max(before, SMALLEST_GRACE_MS) * 2);
    return this.#graceMs > before;
  }
}

/** What a grace of nothing is doubled from. */
const SMALLEST_GRACE_MS = 500;
