/**
 * How the clock of an edge node goes, and how late its messages come. Only differences can be seen: a message that was
 * quick tells the clock, and what later ones take longer is their delay. Costs some additions a message.
 */

/** The quickest message counts for this long, twice at most. */
const WINDOW_MS = 300_000;
/** Each message moves the average by this share of its difference. */
const SHARE = 1 / 16;
/** Beyond this a clock was set; no message is so late. */
const WAS_SET_MS = 30_000;

export interface ClockNow {
  /** By how much its clock is ahead of the hub's, milliseconds; below zero: behind. Less what its quickest message took. */
  readonly aheadMs: number;
  /** How much later than the quickest its messages come, milliseconds on average. */
  readonly delayMs: number;
}

export class NodeClock {
  /** Of the hub's time and that in the message: the least of this window, and of the one before. */
  #least = Number.POSITIVE_INFINITY;
  #leastBefore = Number.POSITIVE_INFINITY;
  #windowEndsAt = 0;
  #average = 0;

  /** Milliseconds since 1970 UTC: by the hub's clock, and by that of the edge node. */
  heard(receivedAt: number, sentAt: number): void {
    const took = receivedAt - sentAt;
    const isFirst = this.#windowEndsAt === 0;
    if (isFirst || Math.abs(took - this.#average) > WAS_SET_MS) this.#restart(took);
    if (receivedAt >= this.#windowEndsAt) {
      this.#leastBefore = this.#least;
      this.#least = took;
      this.#windowEndsAt = receivedAt + WINDOW_MS;
    } else if (took < this.#least) this.#least = took;
    this.#average += (took - this.#average) * SHARE;
  }

  /** `undefined` before its first message with a time. */
  get now(): ClockNow | undefined {
    const least = Math.min(this.#least, this.#leastBefore);
    if (least === Number.POSITIVE_INFINITY) return undefined;
    return {
      aheadMs: Math.round(-least) + 0,
      delayMs: Math.max(0, Math.round(this.#average - least)),
    };
  }

  #restart(took: number): void {
    this.#least = Number.POSITIVE_INFINITY;
    this.#leastBefore = Number.POSITIVE_INFINITY;
    this.#windowEndsAt = 0;
    this.#average = took;
  }
}
