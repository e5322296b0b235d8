/** What an adapter is asked to write and what became of it. Sparkplug has no negative answer, so results are told here. */
import type { MetricValue } from "@unshub/sparkplug";
import { AdapterError, type AdapterErrorCode } from "./errors.ts";
import { ageFault } from "./write-checks.ts";

/** One metric of a command. */
export interface WriteCommand {
  readonly deviceId: string;
  readonly metric: string;
  readonly value: MetricValue;
  /** When the sender asked, by its own clock: the timestamp of the metric. Milliseconds since 1970 UTC. */
  readonly askedAt?: number;
  /** Until when whoever asked waits, by the clock of this machine: later it is not carried out any more. Likewise milliseconds. */
  readonly awaitedUntil?: number;
  /** Who asked, as far as it is known; for the audit. */
  readonly by?: WriteOrigin;
}

/** Who asked for a write, and by which way. */
export interface WriteOrigin {
  readonly clientId?: string;
  readonly topic?: string;
}

/** Why nothing was sent, or why the device did not take it. */
export type WriteRejection =
  | "unknown_metric"
  | "not_writable"
  | "read_only"
  | "bad_value"
  | "not_a_number"
  | "not_integer"
  | "out_of_range"
  | "unknown_text"
  | "too_old"
  | "offline"
  | "superseded"
  | "group_incomplete"
  | "by_device"
  | "failed";

/**
 * `ok`: read back as asked. `ok_unverified`: accepted, not read back. `mismatch`: accepted, but something else was read.
 * `rejected_*`: not done. `exception_n`: the device answered no, with this number. `timeout_unknown`: sent, and whether
 * it was done is unknown.
 */
export type WriteOutcome =
  | "ok"
  | "ok_unverified"
  | "mismatch"
  | `rejected_${WriteRejection}`
  | `exception_${number}`
  | "timeout_unknown";

/** What became of one command. */
export interface WriteResult {
  readonly outcome: WriteOutcome;
  /** A sentence that names device and metric; left out when it went as asked. */
  readonly because?: string;
  /** What was read back, if anything was. */
  readonly read?: MetricValue;
  /** When it was settled, in milliseconds since 1970 UTC. */
  readonly at: number;
}

/** Whether the device has the value now, as far as anybody knows. */
export function isDone({ outcome }: WriteResult): boolean {
  return outcome === "ok" || outcome === "ok_unverified";
}

const OUTCOMES: Readonly<Record<AdapterErrorCode, WriteOutcome>> = {
  UNKNOWN_METRIC: "rejected_unknown_metric",
  NOT_WRITABLE: "rejected_not_writable",
  BAD_VALUE: "rejected_bad_value",
  DEVICE_OFFLINE: "rejected_offline",
  DEVICE_REFUSED: "rejected_by_device",
  NO_ANSWER: "timeout_unknown",
};

/** What `error`, thrown by a write, comes to. */
export function failedWrite(error: unknown, at: number): WriteResult {
  const because = error instanceof Error ? error.message : String(error);
  const outcome = error instanceof AdapterError ? OUTCOMES[error.code] : "rejected_failed";
  return { outcome, because, at };
}

/**
 * Carries out commands one after the other, in their order; those that were asked for too long ago are rejected. `one`
 * throws an `AdapterError` when it cannot. For adapters without a `WriteDesk`.
 */
export async function writeInOrder(
  commands: readonly WriteCommand[],
  one: (command: WriteCommand) => Promise<void>,
  now: () => number,
): Promise<readonly WriteResult[]> {
  const results: WriteResult[] = [];
  for (const command of commands) {
    const fault = ageFault(command, now());
    if (fault !== undefined) {
      results.push(fault);
      continue;
    }
    try {
      await one(command);
      results.push({ outcome: "ok_unverified", at: now() });
    } catch (error) {
      results.push(failedWrite(error, now()));
    }
  }
  return results;
}
