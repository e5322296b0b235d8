/** Time-outs of reads that follow what each unit usually takes, so that a lost packet does not cost a second. */

const LEAST_MS = 200;
const FACTOR = 4;
/** Weight of a new answer in the smoothed time, as in TCP. */
const WEIGHT = 0.125;

/** The usual answer time of each of the 256 units. */
export class AdaptiveTimeout {
  readonly #smoothedMs = new Float64Array(256);

  /** max(200 ms, 4 × usual answer), never more than `mostMs`; `mostMs` until the unit has answered. */
  timeoutOf(unit: number, mostMs: number): number {
    const smoothed = this.#smoothedMs[unit] ?? 0;
    if (smoothed === 0) return mostMs;
    return Math.min(mostMs, Math.max(LEAST_MS, FACTOR * smoothed));
  }

  answered(unit: number, rttMs: number): void {
    const smoothed = this.#smoothedMs[unit] ?? 0;
    this.#smoothedMs[unit] = smoothed === 0 ? rttMs : smoothed + WEIGHT * (rttMs - smoothed);
  }

  /** Doubles what is taken for usual: a unit that became slow must not time out for ever. */
  timedOut(unit: number): void {
    const smoothed = this.#smoothedMs[unit] ?? 0;
    if (smoothed > 0) this.#smoothedMs[unit] = Math.max(LEAST_MS / FACTOR, smoothed) * 2;
  }
}
