/**
 * What is said aloud of the plant: that more metrics have become bad. At most one sentence in five seconds, so that a broken
 * line does not talk over everything else; what came meanwhile is in the next one.
 */
import { createSignal, type Signal } from "./signal.ts";
import { texts } from "./texts.ts";
import { nothingToStop, type StartTimer } from "./timer.ts";

const QUIET_MS = 5000;
/** What this person sees is told anew after the hub or his rights have changed: that is no news of the plant. */
const SETTLED_AFTER_MS = 5000;

export interface BadNews {
  /** The last sentence; `null`: nothing has become bad since the page was opened. */
  readonly said: Pick<Signal<string | null>, "get" | "subscribe">;
  stop(): void;
}

interface BadSources {
  /** What is below all groups; no metrics: nothing is known yet. */
  readonly totals: Pick<
    Signal<{ readonly metrics: number; readonly bad: number }>,
    "get" | "subscribe"
  >;
  /** The run of the hub and what this person may see are in its `epoch`. */
  readonly hub: Pick<Signal<{ readonly epoch: string } | null>, "get" | "subscribe">;
}

export function followBadNews({ totals, hub }: BadSources, timer: StartTimer): BadNews {
  const said = createSignal<string | null>(null);
  /** How many were bad when that was last said, or fewer since; `null`: nothing is known yet. */
  let known: number | null = null;
  let isQuiet = true;
  let isSettled = true;
  let epoch = hub.get()?.epoch;
  let cancelSettling = nothingToStop;
  let cancel = nothingToStop;
  const look = (): void => {
    const { metrics, bad } = totals.get();
    if (metrics === 0 || !isSettled) return;
    known = Math.min(known ?? bad, bad);
    if (bad === known || !isQuiet) return;
    said.set(texts.badNews(bad - known, bad));
    known = bad;
    isQuiet = false;
    cancel = timer(QUIET_MS, () => {
      isQuiet = true;
      look();
    });
  };
  const meet = (): void => {
    const next = hub.get()?.epoch;
    const isFirst = epoch === undefined;
    if (next === epoch) return;
    epoch = next;
    if (isFirst) return;
    known = null;
    isSettled = false;
    cancelSettling();
    cancelSettling = timer(SETTLED_AFTER_MS, () => {
      isSettled = true;
      look();
    });
  };
  const ends = [totals.subscribe(look), hub.subscribe(meet)];
  look();
  return {
    said,
    stop: () => {
      for (const end of ends) end();
      cancel();
      cancelSettling();
    },
  };
}
