/** What a link counts of its requests, and how fast they are answered. */

/** A moment of it. Counters are since the start. */
export interface LinkFigures {
  readonly requests: number;
  readonly timeouts: number;
  /** Answers that say no to a whole request. */
  readonly faults: number;
  readonly requestsPerSecond: number;
  readonly rttP50Ms?: number;
  readonly rttP99Ms?: number;
}

/** Of how many answers the times are kept. */
const KEPT = 256;
/** A server that never answers must not fill the memory. */
const MOST_OPEN = 1_000;
const SECOND_MS = 1_000;

export class FigureCounter {
  readonly #rtts = new Float32Array(KEPT);
  /** When each request that is not answered was sent, by its handle. */
  readonly #open = new Map<number, number>();
  #answers = 0;
  #requests = 0;
  #timeouts = 0;
  #faults = 0;
  #requestsBefore = 0;
  #secondAtMs = 0;
  #perSecond = 0;

  /** `isTimed`: it is answered at once, not when there is something to tell. */
  sent(handle: number, nowMs: number, isTimed: boolean): void {
    this.#requests += 1;
    this.#second(nowMs);
    if (isTimed && this.#open.size < MOST_OPEN) this.#open.set(handle, nowMs);
  }

  answered(handle: number, nowMs: number, isFault: boolean): void {
    if (isFault) this.#faults += 1;
    const sentAtMs = this.#open.get(handle);
    if (sentAtMs === undefined) return;
    this.#open.delete(handle);
    this.#rtts[this.#answers % KEPT] = nowMs - sentAtMs;
    this.#answers += 1;
  }

  timedOut(handle: number): void {
    this.#open.delete(handle);
    this.#timeouts += 1;
  }

  /** What is open on a connection that is gone is answered by nobody. */
  forgetOpen(): void {
    this.#open.clear();
  }

  report(nowMs: number): LinkFigures {
    this.#second(nowMs);
    const sorted = this.#rtts.slice(0, Math.min(this.#answers, KEPT)).toSorted();
    const p50 = sorted[Math.floor((sorted.length - 1) * 0.5)];
    const p99 = sorted[Math.ceil((sorted.length - 1) * 0.99)];
    return {
      requests: this.#requests,
      timeouts: this.#timeouts,
      faults: this.#faults,
      requestsPerSecond: this.#perSecond,
      ...(p50 !== undefined && { rttP50Ms: p50 }),
      ...(p99 !== undefined && { rttP99Ms: p99 }),
    };
  }

  /** Once a second or more is over: how many requests it had. */
  #second(nowMs: number): void {
    const tookMs = nowMs - this.#secondAtMs;
    if (tookMs < SECOND_MS) return;
    const requests = this.#requests - this.#requestsBefore;
    this.#perSecond = this.#secondAtMs === 0 ? 0 : (requests * SECOND_MS) / tookMs;
    this.#requestsBefore = this.#requests;
    this.#secondAtMs = nowMs;
  }
}
