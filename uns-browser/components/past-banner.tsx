"use client";
import { formatClock, formatCount, formatTime } from "../lib/format.ts";
import type { Namespace } from "../lib/namespace.ts";
import { NOW, type Changes } from "../lib/past.ts";
import { differenceFile } from "../lib/past-api.ts";
import { texts } from "../lib/texts.ts";
import { Icon } from "./icons.tsx";
import { useSignal } from "./use-signal.ts";

const { past: words } = texts;

/** Says that something here is not now: the past, a comparison with it, or a picture that stands still. */
export function PastBanner({ page }: { readonly page: Namespace }) {
  const { at, since } = useSignal(page.past.moments);
  const isPaused = useSignal(page.live.pausedAt) !== null;
  if (at === null && since === null) return isPaused ? <Paused page={page} /> : null;
  return (
    <section
      aria-label={words.label}
      className="banner banner-past"
      data-past={since === null ? "at" : "since"}
    >
      <Icon name="clock" className="size-4 text-accent" />
      <span className="font-medium">{sentenceOf(at, since)}</span>
      {at === null ? null : <OfNow page={page} />}
      {since === null ? null : <Comparison page={page} at={at} since={since} />}
      <Fault page={page} />
      <button type="button" className="push-button ml-auto" onClick={() => page.look(NOW)}>
        {words.end}
      </button>
    </section>
  );
}

function sentenceOf(at: number | null, since: number | null): string {
  if (at === null) return words.changesSince(since === null ? "" : formatTime(since));
  return since === null
    ? words.asOf(formatTime(at))
    : words.between(formatTime(since), formatTime(at));
}

/** What of the page is of now all the same. */
function OfNow({ page }: { readonly page: Namespace }) {
  const hasFilter = useSignal(page.filter.text) !== "";
  return <span className="text-mute">{hasFilter ? words.filterIsNow : words.noWrites}</span>;
}

interface ComparisonProps {
  readonly page: Namespace;
  readonly at: number | null;
  readonly since: number;
}

function Comparison({ page, at, since }: ComparisonProps) {
  const changes = useSignal(page.past.changes);
  const filter = useSignal(page.filter.text).trim();
  return (
    <>
      <output data-changes={changes.kind}>{sayChanges(changes)}</output>
      <div className="button-row">
        <button
          type="button"
          aria-pressed={changes.kind !== "off"}
          onClick={() => (changes.kind === "off" ? page.listChanges() : page.past.endList())}
        >
          {words.only}
        </button>
        {at !== null || changes.kind === "off" ? null : (
          <button type="button" onClick={() => page.listChanges()}>
            {words.again}
          </button>
        )}
        <a href={differenceFile({ from: since, to: at, filter })} download="difference.csv">
          {words.csv}
        </a>
      </div>
    </>
  );
}

function sayChanges(changes: Changes): string | null {
  switch (changes.kind) {
    case "off":
      return null;
    case "asking":
      return words.asking;
    case "failed":
      return changes.because;
    case "ready": {
      const hits = words.differ(changes.hits, formatCount(changes.hits));
      const { shown } = changes;
      const all = shown < changes.hits ? `${hits}, ${texts.filter.cut(formatCount(shown))}` : hits;
      return words.asked(all, formatClock(changes.to));
    }
  }
}

function Fault({ page }: { readonly page: Namespace }) {
  const fault = useSignal(page.past.fault);
  return (
    <span role="alert" className="text-bad empty:hidden">
      {fault === null ? null : words.missing(fault)}
    </span>
  );
}

function Paused({ page }: { readonly page: Namespace }) {
  const pausedAt = useSignal(page.live.pausedAt);
  const missed = useSignal(page.live.missed);
  if (pausedAt === null) return null;
  return (
    <section aria-label={words.label} className="banner banner-past" data-past="paused">
      <Icon name="bars" className="size-4 text-accent" />
      <span className="font-medium">{words.pausedSince(formatClock(pausedAt))}</span>
      <span className="text-mute">{words.missed(missed, formatCount(missed))}</span>
      <button
        type="button"
        className="push-button"
        onClick={() => page.look({ at: null, since: pausedAt }, "list")}
      >
        {words.whatChanged}
      </button>
      <button type="button" className="push-button ml-auto" onClick={() => page.live.resume()}>
        {words.resume}
      </button>
    </section>
  );
}
