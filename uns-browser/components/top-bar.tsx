"use client";
import type { RefObject } from "react";
import type { Account } from "../lib/account.ts";
import type { Namespace } from "../lib/namespace.ts";
import { texts } from "../lib/texts.ts";
import { AccountMenu } from "./account-menu.tsx";
import { FilterBox } from "./filter-box.tsx";
import { Icon } from "./icons.tsx";
import { BadAnnouncer, LiveAnnouncer, LivePill } from "./live-pill.tsx";
import { PauseButton } from "./pause-button.tsx";
import { ThemeButton } from "./theme-button.tsx";
import { useSignal } from "./use-signal.ts";

export interface TopBarProps {
  readonly page: Namespace;
  readonly account: Account | null;
  readonly filterInput: RefObject<HTMLInputElement | null>;
  readonly onLeaveFilter: () => void;
  readonly onHelp: () => void;
}

export function TopBar({ page, account, filterInput, onLeaveFilter, onHelp }: TopBarProps) {
  const hub = useSignal(page.hub)?.hub;
  return (
    <header className="flex min-h-11 shrink-0 flex-wrap items-center gap-x-3 gap-y-1.5 border-b border-line bg-panel px-3 py-1.5 sm:flex-nowrap sm:gap-x-4 sm:py-0">
      <Brand hub={hub} />
      <div className="order-last flex w-full min-w-0 flex-1 basis-full sm:order-none sm:w-auto sm:basis-auto">
        <FilterBox page={page} input={filterInput} onLeave={onLeaveFilter} />
      </div>
      <div className="ml-auto flex items-center gap-1">
        <LivePill page={page} />
        <LiveAnnouncer page={page} />
        <BadAnnouncer page={page} />
        <PauseButton page={page} />
        <ThemeButton />
        <button
          type="button"
          className="icon-button hidden sm:inline-grid"
          aria-label={texts.keys.open}
          onClick={onHelp}
        >
          <Icon name="help" />
        </button>
        {account === null ? null : <AccountMenu account={account} />}
      </div>
    </header>
  );
}

export function Brand({ hub }: { readonly hub: string | undefined }) {
  return (
    <div className="flex min-w-0 items-center gap-2">
      <svg viewBox="0 0 24 24" className="size-5 shrink-0 text-accent" aria-hidden="true">
        <path
          d="M6 6v9a3 3 0 0 0 3 3h3M6 11h6"
          fill="none"
          stroke="currentColor"
          strokeWidth={2.2}
          strokeLinecap="round"
        />
        <circle cx={6} cy={5} r={3} fill="currentColor" />
        <circle cx={16} cy={11} r={3} fill="currentColor" />
        <circle cx={16} cy={18} r={3} fill="currentColor" />
      </svg>
      <h1 className="truncate text-sm font-semibold whitespace-nowrap">
        {texts.product}
        {hub === undefined ? null : <span className="ml-2 font-normal text-mute">{hub}</span>}
      </h1>
    </div>
  );
}
