/** The 16-bit ids of Modbus TCP: none is used again while an answer to its last use may still come. */

/** Beyond this the oldest late id is forgotten, so that there is always a free one. */
const MOST_LATE = 8192;

/** Deals ids and remembers those that timed out. */
export class TransactionIds {
  /** Ids whose answer did not come in time, with the end of their late window. Oldest first. */
  readonly #late = new Map<number, number>();
  #last: number;

  constructor(last = 0) {
    this.#last = last;
  }

  /** The next id that is neither late nor on the wire. */
  next(nowMs: number, isOnWire: (id: number) => boolean): number {
    this.#forget(nowMs);
    do this.#last = (this.#last + 1) & 0xffff;
    while (this.#late.has(this.#last) || isOnWire(this.#last));
    return this.#last;
  }

  /** Not to be used before `untilMs`. */
  timedOut(id: number, untilMs: number): void {
    this.#late.delete(id);
    this.#late.set(id, untilMs);
    const oldest = this.#late.keys().next();
    if (this.#late.size > MOST_LATE && oldest.done !== true) this.#late.delete(oldest.value);
  }

  isLate(id: number): boolean {
    return this.#late.has(id);
  }

  #forget(nowMs: number): void {
    if (this.#late.size === 0) return;
    for (const [id, until] of this.#late) {
      if (until > nowMs) return;
      this.#late.delete(id);
    }
  }
}
