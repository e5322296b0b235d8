"use client";
import { togglePause } from "../lib/live.ts";
import type { Namespace } from "../lib/namespace.ts";
import { texts } from "../lib/texts.ts";
import { Icon } from "./icons.tsx";
import { useSignal } from "./use-signal.ts";

/** Freezes the picture, and lets it go on. */
export function PauseButton({ page }: { readonly page: Pick<Namespace, "live"> }) {
  const isPaused = useSignal(page.live.pausedAt) !== null;
  return (
    <button
      type="button"
      className="icon-button ml-1"
      aria-label={isPaused ? texts.resume : texts.pause}
      aria-pressed={isPaused}
      onClick={() => togglePause(page.live)}
    >
      <Icon name={isPaused ? "play" : "pause"} />
    </button>
  );
}
