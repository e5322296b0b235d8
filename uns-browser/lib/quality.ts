import type { WireQuality } from "@unshub/hub/feed";

/** What a row shows of its quality; `last-known` when the link to the hub is down or the row is not watched yet. */
export type Quality = "good" | "stale" | "bad" | "offline" | "none" | "last-known";

const BY_WIRE = ["bad", "stale", "good", "none"] as const satisfies readonly Quality[];

/** Nothing was ever heard of this metric. */
export const WIRE_NONE: WireQuality = 3;

export function qualityOf(wire: WireQuality): Quality {
  return BY_WIRE[wire];
}

/** Whether `value` is one of the numbers of the protocol; everything from the wire is asked first. */
export function isWireQuality(value: unknown): value is WireQuality {
  return value === 0 || value === 1 || value === 2 || value === 3;
}

/** `last-known` hides every other quality except "nothing was ever heard", which is still true. */
export function shownQuality(wire: WireQuality, fresh: boolean): Quality {
  const quality = qualityOf(wire);
  return fresh || quality === "none" ? quality : "last-known";
}
