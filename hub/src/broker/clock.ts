/** The time of the broker. Tests hand in one that they move themselves. */

export interface BrokerClock {
  /** Milliseconds since 1970 UTC; it may jump. */
  wall(): number;
  /** Milliseconds since some moment; it never jumps. All deadlines of one run follow it. */
  monotonic(): number;
  /** Calls `run` every `ms`; the answer ends that. */
  every(ms: number, run: () => void): () => void;
}

export const SYSTEM_CLOCK: BrokerClock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  every: (ms, run) => {
    const timer = setInterval(run, ms);
    return () => clearInterval(timer);
  },
};
