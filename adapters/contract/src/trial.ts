/**
 * A connection that is tried before it is saved: the protocol's own handshake and one read, told step by step. Nothing is kept
 * of it. Everything here survives the structured clone.
 */

/** `endpoints`, `certificate` and `session` are steps of protocols that have them. */
export const TRIAL_STEPS = ["connect", "endpoints", "certificate", "session", "read"] as const;

export interface TrialStep {
  readonly step: (typeof TRIAL_STEPS)[number];
  readonly outcome: "done" | "failed";
  /** A sentence: what was found, or why it failed; never a secret. */
  readonly says: string;
  /** What to do when it failed. */
  readonly todo?: string;
  readonly ms: number;
}

export interface TrialContext {
  /** A copy of the adapter's own folder; it goes with the trial. */
  readonly dataDir: string;
  readonly sharedDir: string;
  /** Milliseconds since 1970 UTC. */
  now(): number;
  readonly signal: AbortSignal;
  /** Which device is read; left out: the first. */
  readonly deviceId?: string | undefined;
}
