"use client";
import dynamic from "next/dynamic";
import { useEffect, useState } from "react";
import { followBadNews, type BadNews } from "../lib/bad-news.ts";
import type { Namespace } from "../lib/namespace.ts";
import type { PillState } from "../lib/pill.ts";
import { createSignal } from "../lib/signal.ts";
import { texts } from "../lib/texts.ts";
import { startTimer } from "./browser-world.ts";
import { Icon, PILL_ICONS } from "./icons.tsx";
import { loaded } from "./loaded.tsx";
import { usePill } from "./use-pill.ts";
import { useSignal } from "./use-signal.ts";

const COLOURS: Readonly<Record<PillState, string>> = {
  live: "text-good",
  reconnecting: "text-bad",
  paused: "text-accent",
  lagging: "text-stale",
  restarted: "text-stale",
  past: "text-accent",
};

const NOTHING = createSignal<string | null>(null);

/** Loaded when somebody wants to know more. */
const LiveFacts = dynamic(
  () => loaded(() => import("./live-facts.tsx").then((file) => file.LiveFacts)),
  { ssr: false },
);

/** How true the picture is, in one word with a shape; a press tells what is behind it. */
export function LivePill({ page }: { readonly page: Namespace }) {
  const link = useSignal(page.live.link);
  const pill = usePill(page);
  const [isOpen, setIsOpen] = useState(false);
  const colour = link.kind === "opening" ? "text-mute" : COLOURS[pill.state];
  const hasRates = pill.state === "live" || pill.state === "lagging";
  return (
    <>
      <button
        type="button"
        popoverTarget="live-facts"
        data-state={pill.state}
        className="live-pill flex h-7 shrink-0 items-center gap-1.5 rounded-md border border-line px-2.5 text-xs whitespace-nowrap"
      >
        <Icon name={PILL_ICONS[pill.state]} className={`size-3 ${colour}`} />
        <span className={`font-semibold ${colour}`}>{pill.word}</span>
        {pill.detail === null ? null : (
          <span className="figures hidden text-mute lg:inline">
            <span className="sr-only">{hasRates ? texts.live.ratesHelp : null}</span>
            {pill.detail}
          </span>
        )}
      </button>
      <div
        id="live-facts"
        popover="auto"
        className="account-menu live-facts"
        onToggle={({ newState }) => setIsOpen(newState === "open")}
      >
        {isOpen ? <LiveFacts page={page} /> : null}
      </div>
    </>
  );
}

/** Says that more has become bad to those who cannot see the tree. */
export function BadAnnouncer({ page }: { readonly page: Namespace }) {
  const [running] = useState(() => createSignal<BadNews | null>(null));
  useEffect(() => {
    const mine = followBadNews(page, startTimer);
    running.set(mine);
    return () => {
      running.set(null);
      mine.stop();
    };
  }, [page, running]);
  const news = useSignal(running);
  const said = useSignal(news?.said ?? NOTHING);
  return <output className="sr-only">{said}</output>;
}

/** Says a change of the connection to those who cannot see the pill; rates are not news. */
export function LiveAnnouncer({ page }: { readonly page: Namespace }) {
  const link = useSignal(page.live.link);
  const isPaused = useSignal(page.live.pausedAt) !== null;
  if (link.kind !== "live") return null; // the banner speaks for itself
  return <output className="sr-only">{isPaused ? texts.pausedNews : texts.liveNews}</output>;
}
