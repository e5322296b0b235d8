/** What a value is worth, and why: the words of the tree, each with the number by which columns keep it. */

/**
 * `good`; `stale`: its source says so, or the last birth does not name it any more, or its device was not born again
 * yet, or messages of its edge node were lost and it has not spoken since, or the MQTT server through which it came is
 * not heard; `offline`: its device or edge node died; `bad`: its source says so; `uncertain`: its source says something
 * in between, or the hub cannot read what it says; `last-known`: kept from before the hub started and not heard since;
 * `none`: there was no value yet.
 */
export type TreeQuality =
  | "bad"
  | "stale"
  | "good"
  | "none"
  | "offline"
  | "uncertain"
  | "last-known";

/** By their numbers, which stand in snapshots: never change one. */
export const QUALITIES: readonly TreeQuality[] = [
  "bad",
  "stale",
  "good",
  "none",
  "offline",
  "uncertain",
  "last-known",
];

export const QUALITY_CODES: Readonly<Record<TreeQuality, number>> = {
  bad: 0,
  stale: 1,
  good: 2,
  none: 3,
  offline: 4,
  uncertain: 5,
  "last-known": 6,
};

/** Whether a metric counts as not live in the counts of the rows above it. */
export function isOld(quality: TreeQuality): boolean {
  return quality === "stale" || quality === "offline" || quality === "last-known";
}

/** Reasons that the hub itself gives; they are kept by number, so that a dead node costs no texts. Append only. */
export const REASONS = [
  undefined,
  "edge node died",
  "device died",
  "waiting for its birth",
  "not in the last birth",
  "not heard since the hub started; was bad",
  "not heard since the hub started; was stale",
  "not heard since the hub started; was good",
  "not heard since the hub started; was offline",
  "not heard since the hub started; was uncertain",
  "as its last birth said, not heard since",
  "connection to the server lost",
  "messages were lost",
  "its birth was deleted",
  "its adapter is stopped",
] as const;

export type OwnReason = Exclude<(typeof REASONS)[number], undefined>;

const REASON_CODES: ReadonlyMap<string | undefined, number> = new Map(
  REASONS.map((reason, code) => [reason, code]),
);

/** The reason is a text of its own. */
export const OTHER_REASON = 255;

export function reasonCode(reason: string | undefined): number {
  return REASON_CODES.get(reason) ?? OTHER_REASON;
}
/** Why a restored metric is last known. */
export function restoredReason(quality: TreeQuality): OwnReason {
  if (quality === "bad") return "not heard since the hub started; was bad";
  if (quality === "stale") return "not heard since the hub started; was stale";
  if (quality === "offline") return "not heard since the hub started; was offline";
  if (quality === "uncertain") return "not heard since the hub started; was uncertain";
  return "not heard since the hub started; was good";
}
