"use client";
import { useCallback, type ReactNode } from "react";
import type { Account } from "../lib/account.ts";
import type { PageKey } from "../lib/pages.ts";
import type { Polled } from "../lib/poll.ts";
import { texts } from "../lib/texts.ts";
import { PageHead, PageShell, PolledState } from "./page-shell.tsx";
import { useAccount } from "./use-account.ts";
import { usePoll, type PagePoll } from "./use-poll.ts";

interface PolledPageProps<T> {
  readonly current: PageKey;
  readonly poll: PagePoll<T>;
  readonly intro: string;
  /** How wide it is, and how far apart its parts are. */
  readonly className: string;
  /** What stands there whatever the hub answers. */
  readonly above?: ReactNode;
  readonly children: (
    answer: Extract<Polled<T>, { readonly kind: "ready" }>,
    page: { readonly account: Account | null; readonly refresh: () => void },
  ) => ReactNode;
}

/** A page about one thing that the hub is asked again and again, as long as the page is open. */
export function PolledPage<T>(props: PolledPageProps<T>) {
  const { current, poll, intro, className, above, children } = props;
  const account = useAccount();
  const polled = usePoll(poll);
  const refresh = useCallback(() => void poll.running.get()?.refresh(), [poll]);
  return (
    <PageShell account={account} current={current} polled={polled}>
      <div className={`mx-auto grid ${className}`}>
        <PageHead title={texts.pages[current]} intro={intro} />
        {above}
        <PolledState polled={polled} onRetry={refresh} />
        {polled.kind === "ready" ? children(polled, { account, refresh }) : null}
      </div>
    </PageShell>
  );
}
