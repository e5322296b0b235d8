"use client";
import { useState, type ReactNode } from "react";
import {
  fitting,
  parseFindings,
  type Finding,
  type FindingFilter,
  type Findings,
} from "../lib/findings.ts";
import { formatCount } from "../lib/format.ts";
import { asking, heldBack } from "../lib/poll.ts";
import { texts } from "../lib/texts.ts";
import { FindingRow } from "./finding-row.tsx";
import { NewsBar } from "./news-bar.tsx";
import { PageHead, PageShell, PolledState } from "./page-shell.tsx";
import { useAccount } from "./use-account.ts";
import { pagePoll, usePoll } from "./use-poll.ts";
import { useKnown } from "./use-known.ts";

const { diag: words } = texts;
const FINDINGS = pagePoll({ everyMs: 5000, ask: asking("/api/v1/findings", parseFindings) });
const keyOf = ({ key }: Finding): string => key;

/** What was found against the rules, as long as the page is open. */
export function DiagnosticsApp() {
  const account = useAccount();
  const polled = usePoll(FINDINGS);
  return (
    <PageShell account={account} current="diag" polled={polled}>
      <div className="mx-auto grid max-w-[1080px] gap-4">
        <PageHead title={texts.pages.diag} intro={words.intro} />
        <PolledState polled={polled} onRetry={() => void FINDINGS.running.get()?.refresh()} />
        {polled.kind === "ready" ? <Found found={polled.value} /> : null}
      </div>
    </PageShell>
  );
}

const ANYTHING: FindingFilter = { text: "", level: "all", withinMs: null };

function Found({ found }: { readonly found: Findings }) {
  const [filter, setFilter] = useState<FindingFilter>(() => ({
    ...ANYTHING,
    text: new URLSearchParams(location.search).get("f") ?? "",
  }));
  const change = (next: FindingFilter): void => {
    setFilter(next);
    const query = next.text === "" ? "" : `?f=${encodeURIComponent(next.text)}`;
    history.replaceState(history.state, "", `${location.pathname}${query}`);
  };
  const { known, learn } = useKnown(found.findings, keyOf);
  const fits = fitting(found, filter);
  const { shown, news } = heldBack(fits, keyOf, known);
  if (found.findings.length === 0) return <Nothing title={words.none} help={words.noneHelp} />;
  return (
    <>
      <Filters filter={filter} onChange={change}>
        {words.count(formatCount(shown.length), formatCount(found.findings.length))}
      </Filters>
      <NewsBar news={news} onShow={learn} />
      {shown.length === 0 && news === 0 ? (
        <Nothing title={words.noMatch}>
          <button type="button" className="push-button mt-3" onClick={() => change(ANYTHING)}>
            {words.clear}
          </button>
        </Nothing>
      ) : null}
      <ul className="overflow-hidden rounded-lg border border-line bg-panel empty:hidden">
        {shown.map((finding) => (
          <li key={finding.key} className="border-t border-line first:border-t-0">
            <FindingRow finding={finding} now={found.now} />
          </li>
        ))}
      </ul>
    </>
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

const LEVELS = ["all", "reject", "warn", "observe"] as const;
const SPANS = [null, 3_600_000, 600_000] as const;

function Filters({
  filter,
  onChange,
  children,
}: {
  readonly filter: FindingFilter;
  readonly onChange: (filter: FindingFilter) => void;
  readonly children: ReactNode;
}) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      <input
        type="search"
        className="text-field w-64 py-[4px]! bg-panel!"
        aria-label={words.filter}
        placeholder={words.filter}
        value={filter.text}
        onChange={(event) => onChange({ ...filter, text: event.target.value })}
      />
      <select
        className="text-field py-[4px]! bg-panel!"
        aria-label={words.level}
        value={filter.level}
        onChange={({ target }) =>
          onChange({ ...filter, level: LEVELS.find((level) => level === target.value) ?? "all" })
        }
      >
        {LEVELS.map((level) => (
          <option key={level} value={level}>
            {words.levels[level]}
          </option>
        ))}
      </select>
      <select
        className="text-field py-[4px]! bg-panel!"
        aria-label={words.since}
        value={String(filter.withinMs)}
        onChange={({ target }) =>
          onChange({
            ...filter,
            withinMs: SPANS.find((span) => String(span) === target.value) ?? null,
          })
        }
      >
        {SPANS.map((span) => (
          <option key={String(span)} value={String(span)}>
            {span === null ? words.sinceAll : words.sinces[span]}
          </option>
        ))}
      </select>
      <output className="ml-auto text-mute">{children}</output>
    </div>
  );
}
