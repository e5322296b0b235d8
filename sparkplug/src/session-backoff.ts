/** Growing pauses between attempts, so that a server or a node that is down is not hammered. */
import type { Cancel, Clock } from "./session-clock.ts";

const RECONNECT = { firstMs: 500, longestMs: 30_000 };
/** A connection that was good for so long starts with the first pause again when it breaks. */
const HEALTHY_MS = 10_000;

/** The shortest and the longest pause, in milliseconds. */
export interface BackoffRange {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * The pause after `attempt` attempts (0 for the first): doubles each time up to the longest, less up to a fifth by
 * chance so that a plant does not come back in step. `random`: from 0 up to, not including, 1.
 */
export function pauseMs(range: BackoffRange, attempt: number, random: number): number {
  const grown = Math.min(range.longestMs, range.firstMs * 2 ** Math.min(attempt, 30));
  return Math.round(grown * (1 - 0.2 * random));
}

/** The pauses of one client between its connections. One that breaks again and again is no better than none. */
export class Reconnecting {
  readonly #by: { readonly clock: Clock; random(): number };
  #attempt = 0;
  #goodSince: number | undefined;

  /** `random`: from 0 up to, not including, 1. */
  constructor(by: { readonly clock: Clock; random(): number }) {
    this.#by = by;
  }

  /** The connection does what it is for. */
  succeeded(): void {
    this.#goodSince = this.#by.clock.now();
  }

  /** The connection is gone: tries again after the next pause. */
  failed(connect: () => void): Cancel {
    const now = this.#by.clock.now();
    if (this.#goodSince !== undefined && now - this.#goodSince >= HEALTHY_MS) this.#attempt = 0;
    this.#goodSince = undefined;
    const pause = pauseMs(RECONNECT, this.#attempt, this.#by.random());
    this.#attempt += 1;
    return this.#by.clock.after(pause, connect);
  }
}
