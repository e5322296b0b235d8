/** `--since`: a duration back from now, or a date. */
import { UsageError } from "./arguments.ts";

const UNITS: ReadonlyMap<string, number> = new Map([
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/** Milliseconds since 1970 UTC; 0 when nothing is said. @throws {UsageError} */
export function sinceMs(text: string | undefined, now: number): number {
  if (text === undefined) return 0;
  const [, amount, unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const unitMs = UNITS.get(unit);
  if (unitMs !== undefined) return now - Number(amount) * unitMs;
  const date = Date.parse(text);
  if (Number.isNaN(date))
    throw new UsageError(`--since ${text}: not like 10m, 2h, 1d or 2026-09-01T06:00Z`);
  return date;
}
