"use client";
import Link from "next/link";
import { useCallback, useEffect } from "react";
import type { Account } from "../lib/account.ts";
import { togglePause } from "../lib/live.ts";
import type { MetricPage, Subject } from "../lib/metric.ts";
import { createMetric } from "../lib/metric.ts";
import { readablePath } from "../lib/path.ts";
import { createSignal } from "../lib/signal.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { Banner } from "./banner.tsx";
import { browserWorld, sendToHub } from "./browser-world.ts";
import { LiveAnnouncer, LivePill } from "./live-pill.tsx";
import { MetricHead } from "./metric-head.tsx";
import { MetricTabs } from "./metric-tabs.tsx";
import { PageShell } from "./page-shell.tsx";
import { PauseButton } from "./pause-button.tsx";
import { RetainedClearing } from "./retained-clearing.tsx";
import { Toast } from "./toast.tsx";
import { useAccount } from "./use-account.ts";
import { usePauseKey } from "./use-pause-key.ts";
import { useCheckWhenLost } from "./use-check-when-lost.ts";
import { useSignal } from "./use-signal.ts";
import { watchBrowser } from "./watch-browser.ts";

const { metric: words } = texts;

/** The page as long as it is open; none while it is built, or left. */
const running = createSignal<MetricPage | null>(null);

/** One metric, as long as the page is open. */
export function MetricApp() {
  const metric = useSignal(running);
  useEffect(() => {
    const mine = createMetric({ ...browserWorld(), send: sendToHub });
    const stopWatching = watchBrowser(mine.page, () => mine.followAddress());
    running.set(mine);
    return () => {
      running.set(null);
      stopWatching();
      mine.stop();
    };
  }, []);
  const account = useAccount();
  useCheckWhenLost(metric?.page ?? null, account);
  if (metric === null) return <PageShell account={account} current="ns" title={words.page} />;
  return <Running metric={metric} account={account} />;
}

interface RunningProps {
  readonly metric: MetricPage;
  readonly account: Account | null;
}

function Running({ metric, account }: RunningProps) {
  const { page } = metric;
  const subject = useSignal(metric.subject);
  usePauseKey(useCallback(() => togglePause(page.live), [page]));
  const lookAgain = useCallback(() => page.details.refresh(), [page]);
  const title = "row" in subject ? visibleText(subject.row.name).text : words.page;
  const pill = (
    <>
      <LivePill page={page} />
      <LiveAnnouncer page={page} />
      <PauseButton page={page} />
    </>
  );
  return (
    <PageShell
      account={account}
      current="ns"
      title={title}
      pill={pill}
      banner={<Banner page={page} />}
    >
      <div className="mx-auto grid max-w-[1680px] gap-4">
        {subject.kind === "metric" ? (
          <>
            <MetricHead {...{ metric, account }} subject={subject} />
            <MetricTabs {...{ metric, account }} subject={subject} />
          </>
        ) : (
          <NoMetric subject={subject} />
        )}
      </div>
      <RetainedClearing onEnded={lookAgain} />
      <Toast />
    </PageShell>
  );
}

/** What is said where no metric is. */
function NoMetric({ subject }: { readonly subject: Exclude<Subject, { kind: "metric" }> }) {
  if (subject.kind === "looking")
    return (
      <output className="skeleton-late rounded-lg border border-line bg-panel px-4 py-6 text-mute">
        {words.loading}
      </output>
    );
  const [title, help] = {
    none: [words.none, words.noneHelp],
    missing: [words.missing, words.missingHelp],
    branch: [words.branch, words.noneHelp],
  }[subject.kind];
  return (
    <section className="rounded-lg border border-line bg-panel px-4 py-6">
      <h2 className="font-semibold">{title}</h2>
      {subject.kind === "none" ? null : (
        <p className="figures mt-1 text-xs wrap-anywhere text-mute">{readablePath(subject.path)}</p>
      )}
      <p className="mt-1 text-mute">{help}</p>
      <Link
        className="mt-3 inline-block text-accent underline"
        href={subject.kind === "none" ? "/ns/" : `/ns/?p=${subject.path}`}
        prefetch={false}
      >
        {words.toNamespace}
      </Link>
    </section>
  );
}
