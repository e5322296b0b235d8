/** The disk that the history takes, and will take when it has all that it shall keep. */
import { z } from "zod";
import type { HistoryConfig } from "../config/index.ts";
import type { HistoryState } from "../history/index.ts";
import { count } from "./shapes.ts";

export type KeptHistory = Pick<HistoryConfig, "keep" | "maxSize" | "rules">;

const forEver = count.nullable().describe("null: for ever");
const limit = count.nullable().describe("null: half of the disk");
export const historyShape = z.object({
  keepMs: forEver,
  maxBytes: limit,
  rules: z.array(
    z.object({
      filter: z.string(),
      record: z.boolean(),
      keepMs: forEver,
      maxBytes: count.nullable(),
    }),
  ),
  bytes: count,
  bytesPerDay: count.nullable().describe("null: less than an hour is there"),
  neededBytes: count
    .nullable()
    .describe("What it will take when it has everything it keeps; null: not known, or for ever"),
  freeBytes: count.nullable(),
});

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** `keep`, `maxSize` and rules as configured; `state`: what there is. */
export function historyNeed({
  state: { bytes, oldest, freeDiskBytes },
  config: { keep, maxSize, rules },
  now,
}: {
  readonly state: Pick<HistoryState, "bytes" | "oldest" | "freeDiskBytes">;
  readonly config: KeptHistory;
  readonly now: number;
}): z.output<typeof historyShape> {
  const bytesPerDay = perDay(bytes, oldest === undefined ? 0 : now - oldest);
  return {
    keepMs: finite(keep),
    maxBytes: maxSize ?? null,
    rules: rules.map((rule) => ({
      filter: rule.filter,
      record: rule.record,
      keepMs: finite(rule.keep ?? keep),
      maxBytes: rule.maxSize ?? null,
    })),
    bytes,
    bytesPerDay,
    neededBytes: neededFor({ bytesPerDay, keep, maxSize, rules }),
    freeBytes: freeDiskBytes ?? null,
  };
}

/** `spanMs`: what is there. Of a shorter time than an hour nobody can tell. */
function perDay(bytes: number, spanMs: number): number | null {
  return spanMs < HOUR_MS ? null : Math.round((bytes / spanMs) * DAY_MS);
}

/** As if it went on as until now. Rules that keep longer count for all of it: it is the most that it can be. */
function neededFor({
  bytesPerDay,
  keep,
  maxSize = Infinity,
  rules,
}: KeptHistory & {
  readonly bytesPerDay: number | null;
}): number | null {
  if (bytesPerDay === null) return null;
  const longest = Math.max(keep, ...rules.map((rule) => (rule.record ? (rule.keep ?? keep) : 0)));
  return finite(Math.min(Math.round((bytesPerDay / DAY_MS) * longest), maxSize));
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
