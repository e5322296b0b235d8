"use client";
import { formatPerSecond } from "../lib/format.ts";
import type { Namespace } from "../lib/namespace.ts";
import { texts } from "../lib/texts.ts";
import { useSignal } from "./use-signal.ts";

/** How often a metric changes; nothing while it was not watched for long enough, and where it stands still. */
export function Rate({ page, id }: { readonly page: Namespace; readonly id: number }) {
  const at = useSignal(page.clock.tick);
  const rate = page.trends.rate(id, at);
  if (rate === null || rate === 0) return null;
  return texts.perSecond(formatPerSecond(rate));
}
