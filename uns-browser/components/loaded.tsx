"use client";
import type { ComponentType } from "react";
import { texts } from "../lib/texts.ts";

/** The hub may be away at the moment at which a part of the page is wanted. */
const PAUSES_MS = [1000, 2000, 4000, 8000, 15_000];

/**
 * A part of the page that is fetched when it is wanted: asked for again while the hub is away; where it stays away, a
 * sentence stands there, and the rest of the page lives.
 */
export async function loaded<Props>(
  load: () => Promise<ComponentType<Props>>,
): Promise<ComponentType<Props>> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
  return await load().catch(() => NotLoaded);
}

function NotLoaded() {
  return (
    <p className="flex flex-wrap items-center gap-2 px-2 py-3 text-mute">
      {texts.partMissing}
      <button type="button" className="push-button" onClick={() => location.reload()}>
        {texts.reload}
      </button>
    </p>
  );
}
