/** What is wrong with a command before a byte leaves, whatever the protocol. Each check answers a result, or nothing. */
import type { MetricValue } from "@unshub/sparkplug";
import type { WriteCommand, WriteRejection, WriteResult } from "./write.ts";

/** A command older than this is not carried out. */
export const MAX_COMMAND_AGE_MS = 30_000;
/** A sender whose clock is this far ahead has a wrong one. */
const PLAUSIBLE_AHEAD_MS = 60_000;
/** No clock that was ever set shows a time before 2020. */
const PLAUSIBLE_FROM_MS = Date.UTC(2020, 0);

/** A rejection with its sentence; device and metric are put in front. */
export function rejected(
  { deviceId, metric }: Pick<WriteCommand, "deviceId" | "metric">,
  rejection: WriteRejection,
  { because, at }: { readonly because: string; readonly at: number },
): WriteResult {
  return { outcome: `rejected_${rejection}`, because: `${deviceId} ${metric}: ${because}`, at };
}

/** A command that was long under way, or that nobody waits for any more. A sender whose clock cannot be right is not judged by it. */
export function ageFault(
  command: WriteCommand,
  nowMs: number,
  maxAgeMs: number = MAX_COMMAND_AGE_MS,
): WriteResult | undefined {
  const { askedAt, awaitedUntil } = command;
  if (awaitedUntil !== undefined && nowMs > awaitedUntil) {
    const because = "whoever asked was told before its turn that nothing came back in time";
    return rejected(command, "too_old", { because, at: nowMs });
  }
  if (askedAt === undefined || askedAt < PLAUSIBLE_FROM_MS) return undefined;
  const ageMs = nowMs - askedAt;
  if (ageMs <= maxAgeMs || ageMs < -PLAUSIBLE_AHEAD_MS) return undefined;
  const because = `asked ${Math.round(ageMs / 1000)} s ago, older than ${maxAgeMs / 1000} s`;
  return rejected(command, "too_old", { because, at: nowMs });
}

/**
 * How long `command` may still wait: no longer than whoever asked does. Without a plausible time of its own its age counts
 * from now.
 */
export function leftMs(
  { askedAt, awaitedUntil = Infinity }: Pick<WriteCommand, "askedAt" | "awaitedUntil">,
  nowMs: number,
  maxAgeMs: number = MAX_COMMAND_AGE_MS,
): number {
  const hasTime = askedAt !== undefined && askedAt >= PLAUSIBLE_FROM_MS;
  const ageMs = hasTime ? Math.max(0, nowMs - askedAt) : 0;
  return Math.max(0, Math.min(maxAgeMs - ageMs, awaitedUntil - nowMs));
}

/** A command that waited too long before it could be sent, whatever its sender's clock says. */
export function waitFault(
  command: WriteCommand,
  nowMs: number,
  maxAgeMs: number = MAX_COMMAND_AGE_MS,
): WriteResult {
  const because = `not sent: it had to wait until it was older than ${maxAgeMs / 1000} s`;
  return rejected(command, "too_old", { because, at: nowMs });
}

/** A number that is none, or outside of what may be written. Other values pass. */
export function rangeFault(
  command: WriteCommand,
  nowMs: number,
  range?: readonly [low: number, high: number],
): WriteResult | undefined {
  const { value } = command;
  if (!isNumber(value)) return undefined;
  if (typeof value === "number" && !Number.isFinite(value)) {
    return rejected(command, "not_a_number", { because: `${value} is no number`, at: nowMs });
  }
  if (range === undefined || (value >= range[0] && value <= range[1])) return undefined;
  const because = `${value} is outside of ${range[0]} to ${range[1]}`;
  return rejected(command, "out_of_range", { because, at: nowMs });
}

/** A part of a whole number where only whole ones can be written. Other values pass. */
export function integerFault(command: WriteCommand, nowMs: number): WriteResult | undefined {
  const { value } = command;
  if (typeof value !== "number" || Number.isInteger(value)) return undefined;
  const because = `${value} is no whole number; round: true would round it`;
  return rejected(command, "not_integer", { because, at: nowMs });
}

function isNumber(value: MetricValue): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}
