import { useCallback, useSyncExternalStore } from "react";
import type { RowVersions, Signal } from "../lib/signal.ts";

/** The value of a signal; the component is drawn again when it changes. */
export function useSignal<T>(signal: Pick<Signal<T>, "get" | "subscribe">): T {
  return useSyncExternalStore(signal.subscribe, signal.get, signal.get);
}

type Rows = Pick<RowVersions, "subscribe" | "version">;

/** Draws the component again whenever this one row changed. */
export function useRowVersion(rows: Rows, id: number): number {
  const subscribe = useCallback((listener: () => void) => rows.subscribe(id, listener), [rows, id]);
  const version = useCallback(() => rows.version(id), [rows, id]);
  return useSyncExternalStore(subscribe, version, version);
}
