import { useEffect } from "react";
import { createPoll, type Poll, type Polled } from "../lib/poll.ts";
import { createSignal, type Signal } from "../lib/signal.ts";
import { sendToHub, startTimerWhileSeen } from "./browser-world.ts";
import { useSignal } from "./use-signal.ts";

type Question<T> = Parameters<typeof createPoll<T>>[1];

/** Something a page asks the hub again and again; one of each on a page. */
export interface PagePoll<T> {
  readonly running: Signal<Poll<T> | null>;
  readonly question: Question<T>;
}

export function pagePoll<T>(question: Question<T>): PagePoll<T> {
  return { running: createSignal<Poll<T> | null>(null), question };
}

const ASKING = createSignal<{ readonly kind: "asking" }>({ kind: "asking" });

/** What the hub says, as long as the page is open; `isWanted: false`: it is not asked. */
export function usePoll<T>({ running, question }: PagePoll<T>, isWanted = true): Polled<T> {
  useEffect(() => {
    if (!isWanted) return;
    const mine = createPoll<T>(
      { send: sendToHub, timer: startTimerWhileSeen, localNow: Date.now },
      question,
    );
    running.set(mine);
    return () => {
      running.set(null);
      mine.stop();
    };
  }, [running, question, isWanted]);
  const poll = useSignal(running);
  return useSignal<Polled<T>>(poll?.state ?? ASKING);
}
