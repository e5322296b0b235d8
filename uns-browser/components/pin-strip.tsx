"use client";
import { useEffect, useState } from "react";
import { createApi } from "../lib/api.ts";
import type { Namespace } from "../lib/namespace.ts";
import { followPins, type Pinned, type PinnedRow } from "../lib/pinned.ts";
import { mayIn } from "../lib/session.ts";
import {
  followSharedPins,
  pinsInView,
  type PinChange,
  type SharedPins,
} from "../lib/shared-pins.ts";
import { createSignal } from "../lib/signal.ts";
import { texts } from "../lib/texts.ts";
import { sendToHub, startTimerWhileSeen } from "./browser-world.ts";
import { pins } from "./kept.ts";
import { Pin } from "./pin.tsx";
import { say } from "./toast-text.ts";
import { runningAccount, useSession } from "./use-account.ts";
import { useSignal } from "./use-signal.ts";

const { tools: words } = texts;
const NONE = createSignal<readonly PinnedRow[]>([]);
const NO_PATHS = createSignal<readonly string[]>([]);

interface Running {
  readonly pinned: Pinned;
  readonly shared: SharedPins;
}

/** What somebody wants to have in view, whatever the tree shows: what is shared with all, then his own. */
export function PinStrip({ page }: { readonly page: Namespace }) {
  const [running] = useState(() => createSignal<Running | null>(null));
  useEffect(() => {
    const api = createApi((url, options) => fetch(url, options));
    const shared = followSharedPins({
      send: sendToHub,
      timer: startTimerWhileSeen,
      localNow: Date.now,
    });
    const inView = pinsInView(shared, pins);
    const pinned = followPins(page, inView, { api, timer: startTimerWhileSeen });
    running.set({ pinned, shared });
    return () => {
      running.set(null);
      for (const part of [pinned, inView, shared]) part.stop();
    };
  }, [page, running]);
  const now = useSignal(running);
  const rows = useSignal(now?.pinned.rows ?? NONE);
  const shared = useSignal(now?.shared.paths ?? NO_PATHS);
  const session = useSession(useSignal(runningAccount));
  const mayShare = session !== null && mayIn(session, "edit configuration");
  if (now === null || rows.length === 0) return null;
  const change = (wish: PinChange, done: string): void => {
    void now.shared.change(wish).then((fault) => say(fault ?? done));
  };
  return (
    <ul className="pin-strip" aria-label={words.pinList}>
      {rows.map((pin) => (
        <Pin
          key={pin.path}
          page={page}
          pin={pin}
          isShared={shared.includes(pin.path)}
          mayShare={mayShare}
          onChange={change}
        />
      ))}
    </ul>
  );
}
