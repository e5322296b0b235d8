/** Opens the black box as it is configured. */
import { BlackBox } from "./blackbox/index.ts";
import type { HubConfig } from "./config/index.ts";

/** `undefined`: nothing is to be recorded. */
export function openBlackBox(
  { blackBox, hub }: Pick<HubConfig, "blackBox" | "hub">,
  now: () => number,
): BlackBox | undefined {
  if (!blackBox.record) return undefined;
  const { maxSize: maxBytes, keep: keepMs, redact } = blackBox;
  return new BlackBox({ hubId: hub.id, maxBytes, keepMs, redact, now });
}
