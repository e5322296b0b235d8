"use client";
import { useEffect, useRef, type ReactNode } from "react";
import type { Account } from "../lib/account.ts";
import { formatClock } from "../lib/format.ts";
import type { PageKey } from "../lib/pages.ts";
import type { Polled } from "../lib/poll.ts";
import { texts } from "../lib/texts.ts";
import { AccountMenu } from "./account-menu.tsx";
import { HubText } from "./hub-text.tsx";
import { Icon } from "./icons.tsx";
import { Palette } from "./palette.tsx";
import { Shortcuts } from "./shortcuts.tsx";
import { SideNav } from "./side-nav.tsx";
import { Spoken } from "./spoken.tsx";
import { ThemeButton } from "./theme-button.tsx";
import { Brand } from "./top-bar.tsx";
import { useGoKeys } from "./use-go-keys.ts";

interface PageShellProps {
  readonly account: Account | null;
  readonly current: PageKey;
  /** How fresh the page is; left out: it does not say. */
  readonly polled?: Polled<unknown>;
  /** For pages that do not stand in the navigation. */
  readonly title?: string;
  /** How true a live page is; what must be known before believing it. */
  readonly pill?: ReactNode;
  readonly banner?: ReactNode;
  readonly children?: ReactNode;
}

/** What stands around every page but the Namespace, which has a live line of its own. */
export function PageShell(props: PageShellProps) {
  const { account, current, polled, pill, banner, children } = props;
  const title = props.title ?? texts.pages[current];
  const shortcuts = useRef<HTMLDialogElement>(null);
  const showKeys = (): void => shortcuts.current?.showModal();
  useGoKeys(shortcuts);
  useEffect(() => {
    // Perhaps the session has ended. With each answer anew: the question who is signed in may itself have got none.
    if (polled?.kind === "failed") void account?.check();
  }, [account, polled]);
  useEffect(() => {
    document.title = texts.pages.title(title);
  }, [title]);
  return (
    <Spoken>
      <div className="flex h-dvh flex-col">
        <header className="flex min-h-11 shrink-0 items-center gap-4 border-b border-line bg-panel px-3">
          <Brand hub={undefined} />
          <div className="ml-auto flex items-center gap-1">
            {polled === undefined ? pill : <FreshPill polled={polled} />}
            <ThemeButton />
            <button
              type="button"
              className="icon-button hidden sm:inline-grid"
              aria-label={texts.keys.open}
              onClick={showKeys}
            >
              <Icon name="help" />
            </button>
            {account === null ? null : <AccountMenu account={account} />}
          </div>
        </header>
        {banner}
        <div className="with-nav">
          <SideNav account={account} current={current} />
          <main
            // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keys [WCAG 2.1.1]
            tabIndex={0}
            className="min-h-0 min-w-0 flex-1 overflow-y-auto px-4 py-5 -outline-offset-2"
          >
            {children}
          </main>
        </div>
        <Shortcuts dialog={shortcuts} />
        <Palette account={account} />
      </div>
    </Spoken>
  );
}

/** Whether the page shows the present, in one word with a shape. */
function FreshPill({ polled }: { readonly polled: Polled<unknown> }) {
  const { fresh } = texts;
  if (polled.kind === "asking") return null;
  const isFresh = polled.kind === "ready" && !polled.isOld;
  const colour = isFresh ? "text-good" : "text-bad";
  return (
    <div
      data-state={isFresh ? "fresh" : "old"}
      className="mr-1 flex h-7 items-center gap-1.5 rounded-md border border-line px-2.5 text-xs whitespace-nowrap"
    >
      <Icon name={isFresh ? "disc" : "triangle"} className={`size-3 ${colour}`} />
      <span className={`font-semibold ${colour}`}>{isFresh ? fresh.fresh : fresh.old}</span>
      {polled.kind === "ready" ? (
        <span className="figures hidden text-mute sm:inline">{formatClock(polled.at)}</span>
      ) : null}
    </div>
  );
}

/** A page's head: what it is, in a sentence. */
export function PageHead({ title, intro }: { readonly title: string; readonly intro: string }) {
  return (
    <div>
      <h2 className="text-lg font-semibold">{title}</h2>
      <p className="mt-1 max-w-[720px] text-mute">{intro}</p>
    </div>
  );
}

/** What stands in place of a list that is not there: still asked for, refused, or old. */
export function PolledState({
  polled,
  onRetry,
}: {
  readonly polled: Polled<unknown>;
  readonly onRetry: () => void;
}) {
  if (polled.kind === "asking") return <div className="skeleton-late h-40 rounded-md bg-panel2" />;
  if (polled.kind === "ready" && !polled.isOld) return null;
  const isOld = polled.kind === "ready";
  return (
    <div role="alert" className={`notice ${isOld ? "notice-stale" : "notice-bad"}`}>
      <Icon name="unlink" className={`mt-0.5 size-4 ${isOld ? "text-stale" : "text-bad"}`} />
      <p>
        <HubText text={polled.because ?? (isOld ? texts.fresh.last(formatClock(polled.at)) : "")} />
      </p>
      <button type="button" className="push-button ml-auto" onClick={onRetry}>
        {texts.failed.retry}
      </button>
    </div>
  );
}
