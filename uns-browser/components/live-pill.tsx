"use client";
import type { Namespace } from "../lib/namespace.ts";
import type { PillState } from "../lib/pill.ts";
import { texts } from "../lib/texts.ts";
import { Icon, PILL_ICONS } from "./icons.tsx";
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

/** How true the picture is, in one word with a shape. */
export function LivePill({ page }: { readonly page: Namespace }) {
  const link = useSignal(page.live.link);
  const pill = usePill(page);
  const colour = link.kind === "opening" ? "text-mute" : COLOURS[pill.state];
  const hasRates = pill.state === "live" || pill.state === "lagging";
  return (
    <div
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
    </div>
  );
}

/** Says a change of the connection to those who cannot see the pill; rates are not news. */
export function LiveAnnouncer({ page }: { readonly page: Namespace }) {
  const link = useSignal(page.live.link);
  const isPaused = useSignal(page.live.pausedAt) !== null;
  if (link.kind !== "live") return null; // the banner speaks for itself
  return <output className="sr-only">{isPaused ? texts.pausedNews : texts.liveNews}</output>;
}
