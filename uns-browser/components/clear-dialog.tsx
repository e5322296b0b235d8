"use client";
import type { ReactNode } from "react";
import type { Clearing, Deletion, DryRun } from "../lib/clearing.ts";
import { formatCount, formatTime } from "../lib/format.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { clearer } from "./clearer.ts";
import { HubText } from "./hub-text.tsx";
import { Icon } from "./icons.tsx";
import { Sheet } from "./sheet.tsx";

const { retained: words } = texts;

/** Deletes retained messages after a dry run, and brings them back. It is never opened by an address or by a single key. */
export function ClearDialog({
  state,
  onClose,
}: {
  readonly state: Clearing;
  readonly onClose: () => void;
}) {
  return (
    <Sheet title={state.kind === "listed" ? words.listed : words.title} onClose={onClose}>
      {/* oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- <output> is for a line of text, not for lists */}
      <div role="status" className="grid gap-3" data-clearing={state.kind}>
        <Stage state={state} />
      </div>
      <div className="mt-4 flex flex-wrap justify-end gap-2">
        {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- the focus must not be on what destroys */}
        <button type="button" className="push-button" autoFocus onClick={onClose}>
          {state.kind === "planned" ? texts.settings.cancel : texts.write.close}
        </button>
        <Action state={state} />
      </div>
    </Sheet>
  );
}

function Stage({ state }: { readonly state: Clearing }): ReactNode {
  switch (state.kind) {
    case "asking":
      return <p className="text-mute">{words.asking}</p>;
    case "failed":
      return (
        <p className="notice notice-bad">
          <Icon name="cross" className="mt-0.5 size-4 text-bad" />
          {state.because}
        </p>
      );
    case "planned":
      return <Planned plan={state.plan} />;
    case "deleted":
      return (
        <>
          <p className="flex items-start gap-1.5">
            <Icon name="check" className="mt-0.5 size-4 text-good" />
            {words.deleted(
              state.deletion.count - state.left.length,
              formatTime(state.deletion.until),
            )}
          </p>
          <Left topics={state.left} />
        </>
      );
    case "listed":
      return <Deletions deletions={state.deletions} isBusy={state.isBusy} />;
    case "restored":
      return (
        <>
          <p className="flex items-start gap-1.5">
            <Icon name="check" className="mt-0.5 size-4 text-good" />
            {words.restored(state.count)}
          </p>
          <Left topics={state.left} />
        </>
      );
  }
}

function Left({ topics }: { readonly topics: readonly string[] }) {
  return topics.length === 0 ? null : (
    <>
      <p>{words.left}</p>
      <Topics topics={topics} />
    </>
  );
}

function Planned({ plan }: { readonly plan: DryRun }) {
  const { messages, bytes, refused, isTooMany } = plan;
  const heard = messages.filter(({ isHeard }) => isHeard).length;
  if (messages.length === 0 && refused.length === 0) return <p>{words.nothing}</p>;
  return (
    <>
      <p>{words.dryRun(messages.length, formatCount(bytes))}</p>
      {isTooMany ? <p className="text-bad">{words.tooMany}</p> : null}
      {messages.length === 0 ? null : (
        <section
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keys [WCAG 2.1.1]
          tabIndex={0}
          aria-label={words.title}
          className="max-h-60 overflow-y-auto rounded-md border border-line"
        >
          <table className="w-full text-xs">
            <thead className="text-left text-mute">
              <tr>
                <th className="px-2 py-1 font-normal">{words.topic}</th>
                <th className="px-2 py-1 text-right font-normal">{words.size}</th>
                <th className="px-2 py-1 font-normal">{words.publisher}</th>
              </tr>
            </thead>
            <tbody className="figures">
              {messages.map(({ topic, size, publisher }) => (
                <tr key={topic} className="border-t border-line">
                  <td className="px-2 py-1 wrap-anywhere">{visibleText(topic).text}</td>
                  <td className="px-2 py-1 text-right">{formatCount(size)}</td>
                  <td className="px-2 py-1 wrap-anywhere">
                    {publisher === null ? texts.noValue : visibleText(publisher).text}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {heard === 0 ? null : <p>{words.heard(heard)}</p>}
      {refused.length === 0 ? null : (
        <>
          <p className="font-medium">{words.stays}</p>
          <ul className="max-h-32 overflow-y-auto text-xs">
            {refused.slice(0, MOST_REFUSED).map(({ topic, because }) => (
              <li key={topic} className="wrap-anywhere">
                <span className="figures">{visibleText(topic).text}</span>
                <span className="text-mute">
                  {" "}
                  · <HubText text={because} />
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
      <p className="text-mute">{words.undo}</p>
    </>
  );
}

const MOST_REFUSED = 20;

function Deletions({
  deletions,
  isBusy,
}: {
  readonly deletions: readonly Deletion[];
  readonly isBusy: boolean;
}) {
  if (deletions.length === 0) return <p>{words.noneListed}</p>;
  return (
    <ul className="grid gap-2">
      {deletions.map(({ id, at, by, filter, count }) => (
        <li key={id} className="flex flex-wrap items-center gap-x-3 border-t border-line pt-2">
          <div className="min-w-0 flex-1">
            <p className="figures text-xs wrap-anywhere">{visibleText(filter).text}</p>
            <p className="text-mute">{words.about(count, formatTime(at), visibleText(by).text)}</p>
          </div>
          <button
            type="button"
            className="push-button"
            aria-disabled={isBusy}
            aria-label={words.restoreOne(visibleText(filter).text)}
            onClick={() => void clearer.restore(id)}
          >
            {words.restore}
          </button>
        </li>
      ))}
    </ul>
  );
}

function Topics({ topics }: { readonly topics: readonly string[] }) {
  return (
    <ul className="figures max-h-32 overflow-y-auto text-xs">
      {topics.map((topic) => (
        <li key={topic} className="wrap-anywhere">
          {visibleText(topic).text}
        </li>
      ))}
    </ul>
  );
}

/** The one thing that can be done next. */
function Action({ state }: { readonly state: Clearing }) {
  if (state.kind === "planned") {
    const { plan, isBusy } = state;
    if (plan.messages.length === 0 || plan.isTooMany) return null;
    return (
      <button
        type="button"
        className="push-button text-bad"
        aria-disabled={isBusy}
        onClick={() => void clearer.delete()}
      >
        {isBusy ? texts.settings.busy : words.delete(plan.messages.length)}
      </button>
    );
  }
  if (state.kind !== "deleted") return null;
  const { deletion, isBusy } = state;
  return (
    <button
      type="button"
      className="push-button"
      aria-disabled={isBusy}
      onClick={() => void clearer.restore(deletion.id)}
    >
      {isBusy ? texts.settings.busy : words.restore}
    </button>
  );
}
