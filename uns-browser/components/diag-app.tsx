"use client";
import dynamic from "next/dynamic";
import { useState, type ReactNode } from "react";
import { flushSync } from "react-dom";
import type { Account } from "../lib/account.ts";
import { diagnosticsTexts as words } from "../lib/diagnostics-texts.ts";
import {
  ANYTHING,
  findingsCsv,
  findingsJson,
  isAnything,
  newsSince,
  stateCounts,
  withNewest,
  type FindingFilter,
} from "../lib/finding-list.ts";
import { parseFindings, type Finding, type Findings } from "../lib/findings.ts";
import { formatClock, formatCount, formatTime } from "../lib/format.ts";
import { asking } from "../lib/poll.ts";
import { mayIn } from "../lib/session.ts";
import { saveFile } from "./browser-world.ts";
import { FindingAreas, FindingFilters } from "./finding-filters.tsx";
import { FindingList } from "./finding-list.tsx";
import { Icon } from "./icons.tsx";
import { loaded } from "./loaded.tsx";
import { NewsBar } from "./news-bar.tsx";
import { PolledPage } from "./polled-page.tsx";
import { useSession } from "./use-account.ts";
import { useFindingActs } from "./use-finding-acts.ts";
import { useFindingView, type ChangeView } from "./use-finding-view.ts";
import { useHeldFindings } from "./use-held-findings.ts";
import { usePauseKey } from "./use-pause-key.ts";
import { pagePoll } from "./use-poll.ts";
import { useShownFindings } from "./use-shown-findings.ts";

const FINDINGS = pagePoll({ everyMs: 5000, ask: asking("/api/v1/findings", parseFindings) });
const AllowSheet = dynamic(
  () => loaded(async () => (await import("./allow-sheet.tsx")).AllowSheet),
  {
    ssr: false,
  },
);

/** What was found, and what became of it, as long as the page is open. */
export function DiagnosticsApp() {
  return (
    <PolledPage current="diag" poll={FINDINGS} intro={words.intro} className="max-w-[1320px] gap-3">
      {({ value }, { account }) => <Found now={value} account={account} />}
    </PolledPage>
  );
}

interface FoundProps {
  readonly now: Findings;
  readonly account: Account | null;
}

function Found({ now, account }: FoundProps) {
  const [view, change] = useFindingView();
  const { filter, isByCause, at } = view;
  const held = useHeldFindings(now, at);
  const { found } = held;
  const toggle = (): void => change({ at: at === null ? now.now : null }, "at rest");
  usePauseKey(toggle);
  const list = useShownFindings(found, filter);
  const { world, allowed, setAllowed } = useRowWorld({
    now: found.now,
    account,
    openKey: view.id,
    open: (id) => change({ id }, "at rest"),
    renew: (key) => {
      const polled = FINDINGS.running.get()?.state.get();
      if (polled?.kind === "ready") held.change((before) => withNewest(before, polled.value, key));
    },
    putAway: (key) =>
      filter.state === "muted" || filter.state === "all" ? null : list.forget(key),
  });
  const nothing = found.findings.length === 0 && list.news === 0;
  return (
    <>
      <FindingAreas fits={list.fits} filter={filter} onChange={change} />
      <FindingFilters {...{ found, filter, isByCause }} onChange={change}>
        <PauseAndSave isPaused={at !== null} onToggle={toggle} shown={list.shown} />
      </FindingFilters>
      <Counts found={found} shown={list.shown.length} filter={filter} onChange={change} />
      {at === null ? null : (
        <PausedLine at={at} takenAt={found.now} news={newsSince(found, now)} onResume={toggle} />
      )}
      <NewsBar news={list.news} onShow={list.learn} />
      <output className="text-mute empty:hidden">{world.acts.said}</output>
      {nothing ? <Nothing title={words.none} help={words.noneHelp} /> : null}
      {!nothing && list.shown.length === 0 && list.news === 0 ? (
        <NothingFits filter={filter} onChange={change} />
      ) : null}
      <FindingList findings={list.shown} isByCause={isByCause} world={world} />
      {allowed === null ? null : (
        <AllowSheet finding={allowed} onApplied={refresh} onClose={() => setAllowed(null)} />
      )}
    </>
  );
}

function refresh(): void {
  void FINDINGS.running.get()?.refresh();
}

interface WorldOptions {
  /** The hub's time. */
  readonly now: number;
  readonly account: Account | null;
  readonly openKey: string | null;
  readonly open: (key: string | null) => void;
  /** Somebody said something of it, which a picture that is held shows, too. */
  readonly renew: (key: string) => void;
  /** It was muted. */
  readonly putAway: (key: string) => void;
}

/** What rows do, and what they may. */
function useRowWorld({ now, account, openKey, open, renew, putAway }: WorldOptions) {
  const session = useSession(account);
  const [explainedKey, setExplainedKey] = useState<string | null>(null);
  const [allowed, setAllowed] = useState<Finding | null>(null);
  const acts = useFindingActs(async ({ key }, isMuted) => {
    await FINDINGS.running.get()?.refresh();
    flushSync(() => renew(key));
    if (isMuted) leave(() => putAway(key));
    else keepFocus(key);
  });
  const world = {
    now,
    openKey,
    explainedKey,
    acts,
    mayAnswer: session !== null && mayIn(session, "answer findings"),
    mayEdit: session !== null && mayIn(session, "edit configuration"),
    toggle: (key: string) => {
      setExplainedKey(null);
      open(openKey === key ? null : key);
    },
    explain: (key: string) => {
      setExplainedKey(key);
      open(key);
    },
    allow: setAllowed,
  };
  return { world, allowed, setAllowed };
}

/** A line goes: who was on it stands on the one that follows. */
function leave(go: () => void): void {
  const mine = document.activeElement?.closest(".finding-line, [data-finding]");
  const at = linesShown().findIndex((line) => mine?.contains(line) === true);
  flushSync(go);
  const isGone = document.activeElement === document.body; // somebody may have gone on to another one
  if (at >= 0 && isGone) (linesShown()[at] ?? linesShown().at(-1))?.focus();
}

/** What was pressed may be gone with the state that it was for: the focus stays at the line. */
function keepFocus(key: string): void {
  if (document.activeElement !== document.body) return;
  const line = document.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"] [data-row]`);
  line?.focus({ preventScroll: true });
}

function linesShown(): readonly HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-row]")];
}

function PauseAndSave({
  isPaused,
  onToggle,
  shown,
}: {
  readonly isPaused: boolean;
  readonly onToggle: () => void;
  readonly shown: readonly Finding[];
}) {
  return (
    <>
      <button
        type="button"
        className="icon-button"
        aria-label={isPaused ? words.resume : words.pause}
        aria-pressed={isPaused}
        onClick={onToggle}
      >
        <Icon name={isPaused ? "play" : "pause"} />
      </button>
      <fieldset className="button-row" aria-label={words.exportAs}>
        <button
          type="button"
          onClick={() =>
            saveFile(new Blob([findingsCsv(shown)], { type: "text/csv" }), "findings.csv")
          }
        >
          <Icon name="download" className="size-3.5" />
          {words.exportCsv}
        </button>
        <button
          type="button"
          onClick={() =>
            saveFile(new Blob([findingsJson(shown)], { type: "application/json" }), "findings.json")
          }
        >
          {words.exportJson}
        </button>
      </fieldset>
    </>
  );
}

function PausedLine({
  at,
  takenAt,
  news,
  onResume,
}: {
  readonly at: number;
  /** Later than `at` when the page was opened with it. */
  readonly takenAt: number;
  readonly news: number;
  readonly onResume: () => void;
}) {
  return (
    <div className="notice items-center bg-panel2" data-paused="">
      <Icon name="bars" className="size-4 text-stale" />
      <span className="font-medium">
        {words.pausedAt(takenAt <= at ? formatClock(at) : formatTime(at))}
      </span>
      {takenAt <= at ? null : <span>{words.pausedSince(formatTime(takenAt))}</span>}
      <span>{words.newSince(news)}</span>
      <button type="button" className="push-button" onClick={onResume}>
        {words.resume}
      </button>
    </div>
  );
}

function Counts({
  found: { findings },
  shown,
  filter,
  onChange,
}: {
  readonly found: Findings;
  readonly shown: number;
  readonly filter: FindingFilter;
  readonly onChange: ChangeView;
}) {
  const { open, muted } = stateCounts(findings);
  return (
    <div className="flex flex-wrap items-center gap-2 text-mute">
      <output>{words.counts(formatCount(shown), formatCount(open), formatCount(muted))}</output>
      {muted === 0 || filter.state === "muted" ? null : (
        <button
          type="button"
          className="row-button"
          onClick={() => onChange({ filter: { ...filter, state: "muted" } })}
        >
          {words.showMuted}
        </button>
      )}
    </div>
  );
}

/** Without a filter, all that there is is over or muted. */
function NothingFits({
  filter,
  onChange,
}: {
  readonly filter: FindingFilter;
  readonly onChange: ChangeView;
}) {
  const isAll = isAnything(filter);
  const next: FindingFilter = isAll ? { ...ANYTHING, state: "all" } : ANYTHING;
  return (
    <Nothing title={isAll ? words.allOver : words.noMatch}>
      <button type="button" className="push-button mt-3" onClick={() => onChange({ filter: next })}>
        {isAll ? words.showAll : words.clear}
      </button>
    </Nothing>
  );
}

function Nothing({
  title,
  help,
  children,
}: {
  readonly title: string;
  readonly help?: string;
  readonly children?: ReactNode;
}) {
  return (
    <section className="rounded-lg border border-line bg-panel px-4 py-6">
      <h3 className="font-semibold">{title}</h3>
      {help === undefined ? null : <p className="mt-1 text-mute">{help}</p>}
      {children}
    </section>
  );
}
