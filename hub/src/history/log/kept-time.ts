/**
 * The time by which records grow old. In one run it follows the monotonic clock, whatever somebody does to the wall clock;
 * from one run to the next the wall clock says how long the hub was away. Nothing is deleted because a clock was set.
 */

export interface KnownTime {
  /** Time of the records, and what the wall clock showed then: milliseconds. */
  readonly kept: number;
  readonly wall: number;
}

export interface Clocks {
  /** Milliseconds since 1970 UTC, as it is set. */
  wall(): number;
  /** Milliseconds that never go back. */
  monotonic(): number;
}

export class KeptTime {
  readonly #clocks: Clocks;
  readonly #offset: number;
  /** The latest that the wall clock ever showed: one that begins in 1970 and is set later brings no years. */
  readonly #latestWall: number;

  constructor(clocks: Clocks, last: KnownTime) {
    this.#clocks = clocks;
    this.#latestWall = last.wall;
    const kept = last.kept + Math.max(clocks.wall() - last.wall, 0);
    this.#offset = kept - clocks.monotonic();
  }

  now(): number {
    return this.#clocks.monotonic() + this.#offset;
  }

  /** To be noted with what is written. */
  known(): KnownTime {
    return { kept: this.now(), wall: Math.max(this.#latestWall, this.#clocks.wall()) };
  }
}
