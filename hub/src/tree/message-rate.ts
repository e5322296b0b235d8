/** How many messages came in a second, over about the last ten seconds. Costs an addition a message. */

const WINDOW_MS = 10_000;
/** What came in a shorter time says little. */
const LEAST_MS = 1000;

export class MessageRate {
  /** When the window began, milliseconds since 1970 UTC; 0: nothing came yet. */
  #from = 0;
  #count = 0;
  /** Of the window before; `undefined`: there was none. */
  #before: number | undefined;

  /** `at`: milliseconds since 1970 UTC. */
  heard(at: number): void {
    if (at - this.#from >= WINDOW_MS || at < this.#from) this.#roll(at);
    this.#count += 1;
  }

  /** `now`: as above. What left the last ten seconds counts no more. */
  perSecond(now: number): number {
    const into = now - this.#from;
    if (this.#from === 0 || into < 0 || into >= 2 * WINDOW_MS) return 0;
    if (into >= WINDOW_MS) return (this.#count * (2 * WINDOW_MS - into)) / WINDOW_MS / seconds(0);
    if (this.#before === undefined) return this.#count / seconds(WINDOW_MS - into);
    return (this.#count + (this.#before * (WINDOW_MS - into)) / WINDOW_MS) / seconds(0);
  }

  /** A window that follows at once takes over what the one before counted; after a pause there is none before. */
  #roll(at: number): void {
    const into = at - this.#from;
    const follows = this.#from > 0 && into >= 0 && into < 2 * WINDOW_MS;
    if (this.#from > 0) this.#before = follows ? this.#count : 0;
    this.#from = follows ? this.#from + WINDOW_MS : at;
    this.#count = 0;
  }
}

/** The length of a window of which so much is not over. */
function seconds(missingMs: number): number {
  return Math.max(LEAST_MS, WINDOW_MS - missingMs) / 1000;
}
