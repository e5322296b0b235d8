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
  readonly #times = { source: Number.NaN, server: Number.NaN };

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
  of({ sourceTimestamp, serverTimestamp }: DataValue, receivedAt: number, isOld: boolean): number {
    this.#times.source = sourceTimestamp?.getTime() ?? Number.NaN;
    this.#times.server = serverTimestamp?.getTime() ?? Number.NaN;
    return this.choose(this.#times, receivedAt, isOld);
  }

  /** As `of`, without any object: times that are not said are NaN. */
  choose(
    { source, server }: { readonly source: number; readonly server: number },
    receivedAt: number,
    isOld: boolean,
  ): number {
    if (this.#from === "received") return receivedAt;
    const isServer = this.#from !== "source" || Number.isNaN(source);
    const at = isServer ? server : source;
    if (!isOld && !Number.isNaN(server)) this.#skewMs = server - receivedAt;
    if (Number.isNaN(at)) return receivedAt;
    if (this.#isPlausible(at, receivedAt, server)) return at;
    this.#implausible += 1;
    return receivedAt;
  }

  /**
   * A value that has not changed for long is rightly old; then the server's own clock tells whether times can be
   * believed. Without that only the future is judged, and a time from before 1970 or before any clock was set.
   */
  #isPlausible(at: number, receivedAt: number, server: number): boolean {
    if (at - receivedAt > this.#maxSkewMs || at < EARLIEST_MS) return false;
    const skewMs = this.#skewMs ?? (Number.isNaN(server) ? 0 : server - receivedAt);
    return Math.abs(skewMs) <= this.#maxSkewMs;
  }
}

/** No clock that was ever set shows a time before 2000. */
const EARLIEST_MS = Date.UTC(2000, 0);
