/**
 * Which server of a redundant set to use. Stays with the one in use as long as it serves well; goes back to the preferred
 * one only after that has been well for a while.
 */

/** 200 and above is well, 2 to 199 is not so well, 1 has no data, 0 is in maintenance. */
const WELL = 200;
const NO_DATA = 1;

/** How one server of the set was when it was last looked at. */
interface Candidate {
  readonly endpoint: string;
  serviceLevel: number | undefined;
  /** Since when it has been well without a break, by the caller's clock in ms. */
  wellSinceMs: number | undefined;
}

export class EndpointChoice {
  readonly #candidates: readonly Candidate[];
  readonly #handBackMs: number;
  #current = 0;

  /** `endpoints`: the preferred one first; at least one. */
  constructor(endpoints: readonly string[], handBackMs: number) {
    this.#candidates = endpoints.map((endpoint) => ({
      endpoint,
      serviceLevel: undefined,
      wellSinceMs: undefined,
    }));
    this.#handBackMs = handBackMs;
  }

  get current(): string {
    return this.#candidates[this.#current]?.endpoint ?? "";
  }

  /** The servers that are not in use. */
  get others(): readonly string[] {
    return this.#candidates
      .filter((_, index) => index !== this.#current)
      .map((each) => each.endpoint);
  }

  /** The server in use cannot be reached: the next one, in their order. */
  failed(): void {
    const candidate = this.#candidates[this.#current];
    if (candidate !== undefined) {
      candidate.serviceLevel = undefined;
      candidate.wellSinceMs = undefined;
    }
    this.#current = (this.#current + 1) % this.#candidates.length;
  }

  /** What a server said of itself; `undefined`: it did not answer, or is not at work. */
  heard(endpoint: string, serviceLevel: number | undefined, nowMs: number): void {
    const candidate = this.#candidates.find((each) => each.endpoint === endpoint);
    if (candidate === undefined) return;
    candidate.serviceLevel = serviceLevel;
    const isWell = serviceLevel !== undefined && serviceLevel >= WELL;
    candidate.wellSinceMs = isWell ? (candidate.wellSinceMs ?? nowMs) : undefined;
  }

  /** Whether the others should be looked at: the one in use is not well, or it is not the preferred one. */
  get looksAround(): boolean {
    if (this.#candidates.length < 2) return false;
    return this.#current !== 0 || (this.#candidates[0]?.serviceLevel ?? 0) < WELL;
  }

  /** Moves to a better server if there is one; answers whether it did. */
  moveOn(nowMs: number): boolean {
    const better = this.#better(nowMs);
    if (better === undefined) return false;
    this.#current = better;
    return true;
  }

  #better(nowMs: number): number | undefined {
    const wellSinceMs = this.#candidates[0]?.wellSinceMs ?? Infinity;
    if (this.#current !== 0 && nowMs - wellSinceMs >= this.#handBackMs) return 0;
    const own = this.#levelOf(this.#current);
    if (own >= WELL) return undefined;
    const indexes = [...this.#candidates.keys()];
    const best = indexes.reduce(
      (found, index) => (this.#levelOf(index) > this.#levelOf(found) ? index : found),
      this.#current,
    );
    const level = this.#levelOf(best);
    const isWorthIt =
      best !== this.#current && (level >= WELL || (own <= NO_DATA && level > NO_DATA));
    return isWorthIt ? best : undefined;
  }

  /** Less than any level: nothing is known, or it does not answer. */
  #levelOf(index: number): number {
    return this.#candidates[index]?.serviceLevel ?? -1;
  }
}
