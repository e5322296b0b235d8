/** The waiting times of the broker. Tests hand in shorter ones. */
export interface BrokerTiming {
  /** From accepting a connection to its complete CONNECT. */
  readonly connectWithinMs: number;
  /** How long a client may take nothing of what waits for it. */
  readonly stalledAfterMs: number;
}

/** What a running hub waits. */
export const DEFAULT_TIMING: BrokerTiming = { connectWithinMs: 10_000, stalledAfterMs: 60_000 };
