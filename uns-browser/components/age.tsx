"use client";
import type { ShownClock } from "../lib/clock.ts";
import { formatAge, formatSpan, isClockAhead } from "../lib/format.ts";
import { texts } from "../lib/texts.ts";
import { useSignal } from "./use-signal.ts";

interface AgeProps {
  readonly clock: ShownClock;
  /** Source time, milliseconds since 1970 UTC; `null` when never heard. */
  readonly since: number | null;
}

/** How old something is, by the hub's clock; goes on counting when the link is gone. */
export function Age({ clock, since }: AgeProps) {
  useSignal(clock.tick);
  if (since === null) return null;
  const age = clock.now() - since;
  if (isClockAhead(age)) return <span className="font-sans text-stale">{texts.clockAhead}</span>;
  return formatAge(age);
}

/** Why there is no age, and by how much the source's clock is ahead; nothing while it is not. */
export function ClockAhead({ clock, since }: AgeProps) {
  useSignal(clock.tick);
  const age = since === null ? 0 : clock.now() - since;
  if (!isClockAhead(age)) return null;
  return <p className="mt-1 pl-6 text-stale">{texts.details.clockAhead(formatSpan(-age))}</p>;
}
