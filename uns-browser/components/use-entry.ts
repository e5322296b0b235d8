import { useEffect } from "react";
import { createEntry, type Entry } from "../lib/entry.ts";
import { createSignal, type Signal } from "../lib/signal.ts";
import { sendToHub, startTimer } from "./browser-world.ts";
import { useSignal } from "./use-signal.ts";

/** A way in as long as its page is open; `null` while it is built, or left. */
export function useEntry(
  running: Signal<Entry | null>,
  place: "login" | "welcome",
  title: string,
): Entry | null {
  useEffect(() => {
    document.title = title;
    const mine = createEntry(
      {
        send: sendToHub,
        timer: startTimer,
        search: location.search,
        go: (to) => location.replace(to),
      },
      place,
    );
    running.set(mine);
    return () => {
      running.set(null);
      mine.stop();
    };
  }, [running, place, title]);
  return useSignal(running);
}

export function createRunning(): Signal<Entry | null> {
  return createSignal<Entry | null>(null);
}
