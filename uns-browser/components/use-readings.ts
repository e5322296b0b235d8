import type { Namespace } from "../lib/namespace.ts";
import type { Moments } from "../lib/past.ts";
import type { Reading } from "../lib/store.ts";
import { useRowVersion } from "./use-signal.ts";

interface Shown {
  readonly moments: Moments;
  /** Among metrics that differ between two instants. */
  readonly isListed: boolean;
}

/** What a metric is worth on this page, now or then, and what it is compared with; `null`: not known, and with nothing. */
export function useReadings(
  page: Namespace,
  id: number,
  { moments, isListed }: Shown,
): { readonly reading: Reading | null; readonly before: Reading | null } {
  const { store, past } = page;
  useRowVersion(store, id);
  useRowVersion(past.before, id);
  const listed = isListed ? past.after.read(id) : null;
  return {
    reading: listed ?? store.read(id),
    before: moments.since === null ? null : past.before.read(id),
  };
}
