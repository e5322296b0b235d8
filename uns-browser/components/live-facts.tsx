"use client";
import { useEffect, useState } from "react";
import { formatCount, formatDelay, formatRate, formatSpan } from "../lib/format.ts";
import { askHub } from "../lib/hub-request.ts";
import type { Namespace } from "../lib/namespace.ts";
import { texts } from "../lib/texts.ts";
import { sendToHub } from "./browser-world.ts";
import { useSignal } from "./use-signal.ts";

const { facts: words } = texts.live;
const BUILD_LETTERS = 7;

/** What is behind the word in the pill: both rates, how late, how far, whose clock. */
export function LiveFacts({ page }: { readonly page: Namespace }) {
  const traffic = useSignal(page.live.traffic);
  const hub = useSignal(page.hub);
  const roundTripMs = useRoundTrip();
  const facts: readonly (readonly [string, string])[] = [
    ...(traffic === null
      ? []
      : ([
          [words.shown, formatRate(traffic.shown)],
          [words.merged, formatRate(traffic.merged)],
          [words.changes, formatRate(traffic.changes)],
          [words.received, formatRate(traffic.in)],
          [words.lag, formatDelay(traffic.lagMs)],
          [words.pages, formatCount(traffic.pages)],
        ] as const)),
    [words.roundTrip, roundTripMs === null ? texts.noValue : formatDelay(roundTripMs)],
    [words.clock, signed(page.clockAhead())],
    ...(hub === null
      ? []
      : [[words.protocol, `uns.v${hub.v} · ${hub.build.slice(0, BUILD_LETTERS)}`] as const]),
  ];
  return (
    <>
      <dl className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 gap-y-1">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-mute">{name}</dt>
            <dd className="figures text-right text-xs leading-[19px]">{value}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-3 text-xs text-mute">{words.help}</p>
    </>
  );
}

/** Milliseconds from a small question to its answer, once; `null`: none came yet. */
function useRoundTrip(): number | null {
  const [took, setTook] = useState<number | null>(null);
  useEffect(() => {
    let isHere = true;
    const ask = async (): Promise<void> => {
      const from = performance.now();
      const { kind } = await askHub(sendToHub, "GET", "/api/v1/session");
      if (isHere && kind === "done") setTook(Math.round(performance.now() - from));
    };
    void ask();
    return () => {
      isHere = false;
    };
  }, []);
  return took;
}

function signed(ms: number): string {
  const size = Math.abs(Math.round(ms));
  const text = size < 1000 ? `${size} ms` : formatSpan(size);
  return ms < 0 ? `−${text}` : `+${text}`;
}
