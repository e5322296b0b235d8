/** What other settings do to the devices of an adapter, told from their births before and after. Opens nothing. */
import { isDeepStrictEqual } from "node:util";
import type { PlannedBirth } from "@unshub/adapter";
import type { DeviceBirth, ReloadPlan } from "./thread-messages.ts";

/** `isNewThread`: all that stay are born anew, over new connections. */
export function comparedBirths(
  before: readonly PlannedBirth[],
  after: readonly PlannedBirth[],
  isNewThread = false,
): ReloadPlan {
  const old = new Map(before.map((birth) => [birth.deviceId, birth]));
  const both = after.flatMap((is) => {
    const was = old.get(is.deviceId);
    return was === undefined ? [] : [{ was, is }];
  });
  const differing = (key: "basis" | "link"): readonly string[] =>
    both
      .filter(({ was, is }) => isNewThread || !isDeepStrictEqual([was[key]], [is[key]]))
      .map(({ is }) => is.deviceId);
  return {
    before: told(before),
    after: told(after),
    reborn: differing("basis"),
    reconnected: differing("link"),
  };
}

/** What they are compared by stays here: it may hold secrets. */
function told(births: readonly PlannedBirth[]): readonly DeviceBirth[] {
  return births.map(({ deviceId, metrics }) => ({ deviceId, metrics }));
}
