import type { Namespace } from "../lib/namespace.ts";
import { pillOf, type Pill } from "../lib/pill.ts";
import { useSignal } from "./use-signal.ts";

/** How true the picture of this page is. */
export function usePill(page: Namespace): Pill {
  const link = useSignal(page.live.link);
  const traffic = useSignal(page.live.traffic);
  const pausedAt = useSignal(page.live.pausedAt);
  const isRestarted = useSignal(page.isRestarted);
  const pastAt = useSignal(page.past.moments).at;
  return pillOf({ link, traffic, pausedAt, isRestarted, pastAt });
}
