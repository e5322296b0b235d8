"use client";
import { formatClock } from "../lib/format.ts";
import type { Namespace } from "../lib/namespace.ts";
import { texts } from "../lib/texts.ts";
import { Icon } from "./icons.tsx";
import { useSignal } from "./use-signal.ts";

/** What a person must know before believing a value: no link, a new hub, a new page. */
export function Banner({ page }: { readonly page: Namespace }) {
  const link = useSignal(page.live.link);
  const isRestarted = useSignal(page.isRestarted);
  const hasOtherRights = useSignal(page.hasOtherRights);
  const isOutdated = useSignal(page.isOutdated);
  return (
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- <output> is for a line of text, not for paragraphs with a button
    <div role="status">
      {link.kind === "lost" ? (
        <p className="banner banner-bad">
          <Icon name="unlink" className="size-4 text-bad" />
          <span className="font-medium">{texts.lost.title(formatClock(link.valuesFrom))}</span>
          <span className="text-mute" aria-hidden="true">
            {texts.lost.next(link.tries)}
          </span>
          <button type="button" className="push-button ml-auto" onClick={() => page.live.retry()}>
            {texts.lost.retry}
          </button>
        </p>
      ) : null}
      {link.kind === "live" && isRestarted ? (
        <p className="banner banner-stale">
          <Icon name="square" className="size-3.5 text-stale" />
          {texts.restarted}
        </p>
      ) : null}
      {link.kind === "live" && hasOtherRights ? (
        <p className="banner banner-stale">
          <Icon name="unlink" className="size-3.5 text-stale" />
          {texts.otherRights}
        </p>
      ) : null}
      {isOutdated ? (
        <p className="banner banner-stale">
          {texts.newVersion}
          <button type="button" className="push-button" onClick={() => location.reload()}>
            {texts.reload}
          </button>
        </p>
      ) : null}
    </div>
  );
}
