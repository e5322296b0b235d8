import { useEffect, useState } from "react";
import { createSignal } from "../lib/signal.ts";
import { useSignal } from "./use-signal.ts";

/** Something that lives as long as what shows it; `null` while it is built, or left. `open` must stay the same function. */
export function useOpened<T extends { stop(): void }>(open: () => T | null): T | null {
  const [running] = useState(() => createSignal<T | null>(null));
  useEffect(() => {
    const mine = open();
    running.set(mine);
    return () => {
      running.set(null);
      mine?.stop();
    };
  }, [running, open]);
  return useSignal(running);
}
