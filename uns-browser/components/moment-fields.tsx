"use client";
import { useState } from "react";
import { fieldTime, parseFieldTime } from "../lib/chart-times.ts";
import { formatClock } from "../lib/format.ts";
import type { Namespace } from "../lib/namespace.ts";
import { faultOfMoments, type Moments } from "../lib/past.ts";
import { texts } from "../lib/texts.ts";
import { useSignal } from "./use-signal.ts";

const { past: words } = texts;

const MINUTE_MS = 60_000;
/** How long ago, as buttons. */
const PRESETS = [MINUTE_MS, 5 * MINUTE_MS, 60 * MINUTE_MS, 480 * MINUTE_MS] as const;

interface MomentFieldsProps {
  readonly page: Namespace;
  readonly onDone: () => void;
}

/** Which moment of the past is meant. */
export function MomentFields({ page, onDone }: MomentFieldsProps) {
  const pausedAt = useSignal(page.live.pausedAt);
  const compare = (since: number): void => {
    page.look({ at: null, since }, "list");
    onDone();
  };
  return (
    <div className="grid gap-2.5 p-2">
      <h2 className="font-semibold">{words.since}</h2>
      <div className="flex flex-wrap gap-1.5">
        {PRESETS.map((ms, at) => (
          <button
            key={ms}
            type="button"
            className="push-button text-xs"
            onClick={() => compare(page.now() - ms)}
          >
            {words.presets[at]}
          </button>
        ))}
      </div>
      {pausedAt === null ? null : (
        <button type="button" className="push-button text-xs" onClick={() => compare(pausedAt)}>
          {words.sincePause(formatClock(pausedAt))}
        </button>
      )}
      <ByHand page={page} onDone={onDone} />
    </div>
  );
}

function ByHand({ page, onDone }: MomentFieldsProps) {
  const { at, since } = page.past.moments.get();
  const [fields, setFields] = useState({ at: textOf(at), since: textOf(since) });
  const [fault, setFault] = useState<string | null>(null);
  const show = (): void => {
    const moments: Moments = { at: timeOf(fields.at), since: timeOf(fields.since) };
    const because = faultOfMoments(moments, page.now());
    setFault(because);
    if (because !== null) return;
    page.look(moments, moments.since === null ? undefined : "list");
    onDone();
  };
  return (
    <form
      className="grid gap-2 border-t border-line pt-2.5"
      onSubmit={(event) => {
        event.preventDefault();
        show();
      }}
    >
      <h2 className="font-semibold">{words.byHand}</h2>
      {(["at", "since"] as const).map((field) => (
        <label key={field} className="grid gap-1">
          <span className="text-mute">{words.fields[field]}</span>
          <input
            type="datetime-local"
            step={1}
            className="text-field figures px-1.5! py-1! text-xs"
            value={fields[field]}
            onChange={(event) => setFields({ ...fields, [field]: event.target.value })}
          />
        </label>
      ))}
      <button type="submit" className="push-button">
        {words.show}
      </button>
      <p role="alert" className="text-bad empty:hidden">
        {fault}
      </p>
    </form>
  );
}

function textOf(ms: number | null): string {
  return ms === null ? "" : fieldTime(ms, false);
}

function timeOf(text: string): number | null {
  return text === "" ? null : parseFieldTime(text, false);
}
