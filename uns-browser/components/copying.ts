import type { TreeRow } from "@unshub/hub/feed";
import type { CopySource } from "../lib/copies.ts";
import { createSignal } from "../lib/signal.ts";

/** A row of which somebody wants to copy something, as it was shown then. */
export interface Copied extends Pick<CopySource, "path" | "lens" | "shown" | "isNow"> {
  readonly row: TreeRow;
}

/** The menu as long as it is open. */
export const copying = createSignal<Copied | null>(null);
