/** Rebirth requests among commands. */
import { REBIRTH, type Payload } from "@unshub/sparkplug";

export function isRebirth({ metrics }: Payload): boolean {
  return metrics.some(
    ({ name, value }) => name === REBIRTH && value?.field === "boolean" && value.raw,
  );
}
