/** The section `history:`: whether values are kept, how long, how many, and of which metrics. */
import { section } from "@unshub/adapter";
import { z } from "zod";
import { pathFilter } from "../path-filter.ts";
import { duration, size } from "./units.ts";

const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;

const FOR_EVER = z.literal("forever").transform(() => Number.POSITIVE_INFINITY);
const keep = z.union([FOR_EVER, duration({ least: "1m", most: "36500d" })], {
  error: 'must be a duration like 30d, or "forever"',
});
const maxSize = size({ least: "1MiB", most: "1000000GiB" });

/** A number in the unit of the metric, or a share of the range that its birth announces. */
const deadband = z.union([
  z.number().min(0),
  z
    .string()
    .regex(/^\d+(\.\d+)?%$/, "must be a number, or a share of the metric's range like 0.5%"),
]);

const rule = section({
  filter: pathFilter,
  record: z.boolean().default(true),
  keep: keep.optional(),
  maxSize: maxSize.optional(),
  /** Numbers that differ less from the last one kept are left out. */
  deadband: deadband.optional(),
  /** With a deadband: at least one value in that time is kept. */
  atLeastEvery: duration({ least: "1s", most: "30d" }).default(600_000),
});

export const historySection = section({
  record: z.boolean().default(true),
  keep: keep.default(30 * DAY_MS),
  /** Left out: half of the disk. */
  maxSize: maxSize.optional(),
  minFreeDisk: size({ least: "0B", most: "1000000GiB" }).default(400 * MIB),
  /** How long and how much is kept in the order of arrival besides, for those who replay it. */
  replay: section({
    keep: duration({ least: "1s", most: "365d" }).optional(),
    maxSize: size({ least: "1MiB", most: "1024GiB" }).optional(),
  }).prefault({}),
  /** The first whose filter matches decides. */
  rules: z.array(rule).default([]),
});

type ParsedHistory = z.output<typeof historySection>;

/** What is kept of the values that pass. */
export interface HistoryConfig extends Readonly<Omit<ParsedHistory, "replay">> {
  /** Milliseconds, bytes. */
  readonly replay: { readonly keep: number; readonly maxSize: number };
}

/** What is not said otherwise; a target may be away over a long weekend. */
const REPLAY = { keep: 3_600_000, maxSize: 256 * MIB };
const REPLAY_FOR_SINKS = { keep: 4 * DAY_MS, maxSize: 4096 * MIB };

/** The order of arrival is the queue of the sinks: with any it is kept longer. */
export function toHistoryConfig(parsed: ParsedHistory, hasSinks: boolean): HistoryConfig {
  const usual = hasSinks ? REPLAY_FOR_SINKS : REPLAY;
  const { keep: kept = usual.keep, maxSize: most = usual.maxSize } = parsed.replay;
  return { ...parsed, replay: { keep: kept, maxSize: most } };
}

export type HistoryRule = ParsedHistory["rules"][number];
