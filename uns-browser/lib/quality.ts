import type { WireQuality } from "@unshub/hub/feed";

/**
 * What a row shows of its quality; `last-known` when the hub has not heard it since its start, the link to the hub is
 * down, or the row is not watched yet.
 */
export type Quality =
  | "good"
  | "stale"
  | "bad"
  | "offline"
  | "uncertain"
  | "none"
  | "last-known"
  | "silent";

const BY_WIRE: Readonly<Record<WireQuality, Quality>> = {
  0: "bad",
  1: "stale",
  2: "good",
  3: "none",
  4: "offline",
  5: "uncertain",
  6: "last-known",
  7: "silent",
};

/** Nothing was ever heard of this metric. */
export const WIRE_NONE: WireQuality = 3;

export function qualityOf(wire: WireQuality): Quality {
  return BY_WIRE[wire];
}

/** Whether `value` is one of the numbers of the protocol; everything from the wire is asked first. */
export function isWireQuality(value: unknown): value is WireQuality {
  return typeof value === "number" && Object.hasOwn(BY_WIRE, value);
}

/** `last-known` hides every other quality except "nothing was ever heard", which is still true. */
export function shownQuality(wire: WireQuality, fresh: boolean): Quality {
  const quality = qualityOf(wire);
  return fresh || quality === "none" ? quality : "last-known";
}
