/** When a value was true: the source's time where it can be, else the server's, else ours. */
import type { DataValue } from "node-opcua-client";

/** Which clock is asked first. */
export type TimeSource = "source" | "server" | "received";

/** Chooses a time for each value and knows how far the other clock is off. */
export class SourceTime {
  readonly #from: TimeSource;
  readonly #maxSkewMs: number;
  #skewMs: number | undefined;
  #implausible = 0;

  /** A time further away from ours than `maxSkewMs` is not believed. */
  constructor(from: TimeSource, maxSkewMs: number) {
    this.#from = from;
    this.#maxSkewMs = maxSkewMs;
  }

  /** Seconds that the server's clock is ahead of ours, by the last value; `undefined` while there was none. */
  get skewSeconds(): number | undefined {
    return this.#skewMs === undefined ? undefined : this.#skewMs / 1000;
  }

  /** How many values came with a time that was not believed. */
  get implausible(): number {
    return this.#implausible;
  }

  /** Milliseconds since 1970 UTC. `isOld`: it may be old, for it waited in the server or was asked for. */
  of(data: DataValue, receivedAt: number, isOld: boolean): number {
    if (this.#from === "received") return receivedAt;
    const { sourceTimestamp, serverTimestamp } = data;
    const stamp = this.#from === "source" ? (sourceTimestamp ?? serverTimestamp) : serverTimestamp;
    if (serverTimestamp !== null && !isOld) this.#skewMs = serverTimestamp.getTime() - receivedAt;
    if (stamp === null) return receivedAt;
    const at = stamp.getTime();
    if (this.#isPlausible(at, receivedAt, serverTimestamp)) return at;
    this.#implausible += 1;
    return receivedAt;
  }

  /**
   * A value that has not changed for long is rightly old; then the server's own clock tells whether times can be
   * believed. Without that only the future is judged, and a time from before 1970 or before any clock was set.
   */
  #isPlausible(at: number, receivedAt: number, serverTimestamp: Date | null): boolean {
    if (at - receivedAt > this.#maxSkewMs || at < EARLIEST_MS) return false;
    const skewMs = this.#skewMs ?? (serverTimestamp?.getTime() ?? receivedAt) - receivedAt;
    return Math.abs(skewMs) <= this.#maxSkewMs;
  }
}

/** No clock that was ever set shows a time before 2000. */
const EARLIEST_MS = Date.UTC(2000, 0);
