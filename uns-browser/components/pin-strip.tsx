"use client";
import { useEffect, useState } from "react";
import { createApi } from "../lib/api.ts";
import { formatCount, formatValue } from "../lib/format.ts";
import type { Namespace } from "../lib/namespace.ts";
import { decodePath, readablePath } from "../lib/path.ts";
import { followPins, type Pinned, type PinnedRow } from "../lib/pinned.ts";
import { createSignal } from "../lib/signal.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { startTimer } from "./browser-world.ts";
import { Icon, QUALITY_ICONS } from "./icons.tsx";
import { pins } from "./kept.ts";
import { useRowVersion, useSignal } from "./use-signal.ts";

const { tools: words } = texts;
const NONE = createSignal<readonly PinnedRow[]>([]);

/** What somebody wants to have in view, whatever the tree shows. */
export function PinStrip({ page }: { readonly page: Namespace }) {
  const [running] = useState(() => createSignal<Pinned | null>(null));
  useEffect(() => {
    const api = createApi((url, options) => fetch(url, options));
    const mine = followPins(page, pins, { api, timer: startTimer });
    running.set(mine);
    return () => {
      running.set(null);
      mine.stop();
    };
  }, [page, running]);
  const pinned = useSignal(running);
  const rows = useSignal(pinned?.rows ?? NONE);
  if (rows.length === 0) return null;
  return (
    <ul className="pin-strip" aria-label={words.pinList}>
      {rows.map((pin) => (
        <li key={pin.path} className="pin" data-pin={pin.path}>
          <button type="button" className="pin-name" onClick={() => page.goTo(pin.path)}>
            <Icon name="pin" className="size-3 text-mute" />
            <span className="max-w-[22ch] truncate">
              {visibleText(pin.row?.name ?? decodePath(pin.path).at(-1) ?? pin.path).text}
            </span>
            <span className="sr-only">{readablePath(pin.path)}</span>
            {pin.row === null ? (
              <span className="text-mute">{words.pinMissing}</span>
            ) : (
              <PinValue page={page} pin={pin} id={pin.row.id} />
            )}
          </button>
          <button
            type="button"
            className="icon-button size-6!"
            aria-label={words.unpinOne(readablePath(pin.path))}
            onClick={() => pins.toggle(pin.path)}
          >
            <Icon name="cross" className="size-3" />
          </button>
        </li>
      ))}
    </ul>
  );
}

interface PinValueProps {
  readonly page: Namespace;
  readonly pin: PinnedRow;
  readonly id: number;
}

function PinValue({ page, pin: { row }, id }: PinValueProps) {
  const isNow = useSignal(page.past.moments).at === null;
  useRowVersion(page.store, id);
  if (row?.kind !== "metric") return <BranchValue counts={isNow ? row?.counts : undefined} />;
  const reading = page.store.read(id);
  const quality = reading?.quality ?? "none";
  return (
    <span className="figures flex items-center gap-1 text-xs" data-quality={quality}>
      {quality === "good" ? null : (
        <Icon name={QUALITY_ICONS[quality]} className="size-3 text-stale" />
      )}
      <span className="font-medium">
        {reading === null ? texts.noValue : formatValue(reading.value, row.datatype).text}
      </span>
      {row.unit === undefined ? null : (
        <span className="text-mute">{visibleText(row.unit).text}</span>
      )}
      {quality === "good" ? null : <span className="sr-only">{texts.qualities[quality]}</span>}
    </span>
  );
}

function BranchValue({ counts }: { readonly counts: NonNullable<PinnedRow["row"]>["counts"] }) {
  if (counts === undefined) return null;
  const { metrics, bad, stale } = counts;
  return (
    <span className="flex items-center gap-1.5 text-xs text-mute">
      {texts.metricsBelow(formatCount(metrics))}
      {bad > 0 ? <span className="text-bad">{texts.badBelow(formatCount(bad))}</span> : null}
      {stale > 0 ? (
        <span className="text-stale">{texts.staleBelow(formatCount(stale))}</span>
      ) : null}
    </span>
  );
}
