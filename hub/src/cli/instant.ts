/** A point in time as a person says it: `10m` ago, a date, or milliseconds since 1970 UTC. */
import { UsageError } from "./arguments.ts";
import { sinceMs } from "./since.ts";

/** Milliseconds since 1970 UTC. `option`: what it was given to, for the sentence. @throws {UsageError} */
export function instantMs(text: string, now: number, option: string): number {
  if (/^\d{10,16}$/.test(text)) return Number(text);
  try {
    return sinceMs(text, now);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    throw new UsageError(`${option} ${text}: not like 10m, 2h, 1d or 2026-09-01T06:00Z`, { cause });
  }
}

/** A range: an hour until now when nothing is said. @throws {UsageError} */
export function rangeOf(
  { since, from, to }: Readonly<Record<"since" | "from" | "to", string | undefined>>,
  now: number,
): { readonly from: number; readonly to: number } {
  if (since !== undefined && from !== undefined)
    throw new UsageError("--since and --from say the same: give one of them");
  const begin = from ?? since ?? "1h";
  const option = from === undefined ? "--since" : "--from";
  const range = {
    from: instantMs(begin, now, option),
    to: to === undefined ? now : instantMs(to, now, "--to"),
  };
  if (range.from > range.to) throw new UsageError(`${option} must be before --to`);
  return range;
}
