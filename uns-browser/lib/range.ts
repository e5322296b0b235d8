/**
 * Stretches of time as the address bar says them: `15m`, `8h`, or `2026-11-23T05:00Z..2026-11-23T06:00Z`. A range
 * that says how long ends now and moves on; one with two ends stands still.
 */

export type Range =
  | { readonly kind: "last"; readonly ms: number }
  /** Milliseconds since 1970 UTC. */
  | { readonly kind: "fixed"; readonly from: number; readonly to: number };

export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

type Unit = keyof typeof UNITS;

/** What the buttons offer. */
export const PRESETS: readonly string[] = ["1m", "15m", "1h", "8h", "24h", "7d"];

export const DEFAULT_RANGE: Range = { kind: "last", ms: 15 * UNITS.m };

const SHORTEST_MS = 1000;
const LONGEST_MS = 366 * UNITS.d;

/** @returns `null` when it is no range. */
export function parseRange(text: string): Range | null {
  const last = /^(\d{1,6})([smhd])$/.exec(text);
  if (last !== null) return lastRange(Number(last[1]) * unitMs(last[2]));
  const [from, to, ...rest] = text.split("..").map((part) => Date.parse(part));
  if (from === undefined || to === undefined || rest.length > 0) return null;
  return fixedRange(from, to);
}

function unitMs(unit: string | undefined): number {
  return isUnit(unit) ? UNITS[unit] : Number.NaN;
}

function isUnit(unit: string | undefined): unit is Unit {
  return unit !== undefined && Object.hasOwn(UNITS, unit);
}

function lastRange(ms: number): Range | null {
  return ms >= SHORTEST_MS && ms <= LONGEST_MS ? { kind: "last", ms } : null;
}

/** @returns `null` when the ends are no times, or the wrong way round. */
export function fixedRange(from: number, to: number): Range | null {
  const length = to - from;
  if (!(length >= SHORTEST_MS && length <= LONGEST_MS)) return null; // also what is not a number
  return { kind: "fixed", from: Math.round(from), to: Math.round(to) };
}

export function rangeText(range: Range): string {
  if (range.kind === "fixed")
    return `${new Date(range.from).toISOString()}..${new Date(range.to).toISOString()}`;
  const { ms } = range;
  for (const unit of ["h", "m"] as const) {
    if (ms % UNITS[unit] !== 0) continue;
    const isDays = unit === "h" && ms % UNITS.d === 0 && ms > UNITS.d;
    return isDays ? `${ms / UNITS.d}d` : `${ms / UNITS[unit]}${unit}`;
  }
  return `${Math.round(ms / 1000)}s`;
}

export function spanOf(range: Range, now: number): TimeSpan {
  return range.kind === "fixed"
    ? { from: range.from, to: range.to }
    : { from: now - range.ms, to: now };
}

/** Half a range back or forth; forth beyond now is the moving range of the same length. */
export function shifted(range: Range, direction: -1 | 1, now: number): Range {
  const { from, to } = spanOf(range, now);
  const length = to - from;
  const step = (direction * length) / 2;
  if (to + step >= now) return { kind: "last", ms: Math.round(length) };
  return fixedRange(from + step, to + step) ?? range;
}

/** Twice as long around the same middle, up to now. */
export function zoomedOut(range: Range, now: number): Range {
  if (range.kind === "last") return lastRange(range.ms * 2) ?? range;
  const length = range.to - range.from;
  const to = Math.min(now, range.to + length / 2);
  return fixedRange(to - 2 * length, to) ?? range;
}
