"use client";
import type { HubClock } from "../lib/clock.ts";
import { formatAge } from "../lib/format.ts";
import { useSignal } from "./use-signal.ts";

/** How old something is, by the hub's clock; goes on counting when the link is gone. */
export function Age({ clock, since }: { readonly clock: HubClock; readonly since: number | null }) {
  useSignal(clock.tick);
  return since === null ? null : formatAge(clock.now() - since);
}
