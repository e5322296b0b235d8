/**
 * Notices that the clock of the server, or ours, was set back. Messages of a subscription come in their order; when one is older than
 * the one before, a clock has changed and not the plant. Until it has caught up, times say nothing of what is newer.
 */

/** Clocks that are set by a network jitter a little; and several subscriptions may overtake each other. */
const JITTER_MS = 1_000;

export class BothClocks {
  #sentAt = -Infinity;
  #receivedAt = -Infinity;

  /** `sentAt`: when the server made the message, by its clock. `receivedAt`: ms since 1970 UTC, by ours. */
  areSetBack(sentAt: Date | null, receivedAt: number): boolean {
    const sentMs = sentAt?.getTime() ?? this.#sentAt;
    const isSetBack =
      sentMs < this.#sentAt - JITTER_MS || receivedAt < this.#receivedAt - JITTER_MS;
    this.#sentAt = Math.max(this.#sentAt, sentMs);
    this.#receivedAt = Math.max(this.#receivedAt, receivedAt);
    return isSetBack;
  }
}
