"use client";
import { useState } from "react";
import {
  auditCsv,
  fittingLines,
  parseAudit,
  type AuditFilter,
  type AuditLine,
} from "../lib/audit.ts";
import { timeIn } from "../lib/chart-times.ts";
import { formatCount } from "../lib/format.ts";
import { asking, heldBack } from "../lib/poll.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { AuditCheck } from "./audit-check.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { NewsBar } from "./news-bar.tsx";
import { PageHead, PageShell, PolledState } from "./page-shell.tsx";
import { useAccount } from "./use-account.ts";
import { useKnown } from "./use-known.ts";
import { pagePoll, usePoll } from "./use-poll.ts";

const { audit: words } = texts;
const LINES = pagePoll({ everyMs: 5000, ask: asking("/api/v1/audit?last=1000", parseAudit) });
const keyOf = ({ number }: AuditLine): string => String(number);

/** Who did what, as long as the page is open. */
export function AuditApp() {
  const account = useAccount();
  const polled = usePoll(LINES);
  return (
    <PageShell account={account} current="audit" polled={polled}>
      <div className="mx-auto grid max-w-[1280px] gap-4">
        <PageHead title={texts.pages.audit} intro={words.intro} />
        <AuditCheck />
        <PolledState polled={polled} onRetry={() => void LINES.running.get()?.refresh()} />
        {polled.kind === "ready" ? <Listed lines={polled.value} /> : null}
      </div>
    </PageShell>
  );
}

const RESULTS = ["all", "done", "asked", "refused", "failed"] as const;

function Listed({ lines }: { readonly lines: readonly AuditLine[] }) {
  const [filter, setFilter] = useState<AuditFilter>(() => ({
    text: new URLSearchParams(location.search).get("f") ?? "",
    result: "all",
  }));
  const { known, learn } = useKnown(lines, keyOf);
  const { shown, news } = heldBack(fittingLines(lines, filter), keyOf, known);
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <input
          type="search"
          className="text-field w-64 py-[4px]! bg-panel!"
          aria-label={words.filter}
          placeholder={words.filter}
          value={filter.text}
          onChange={(event) => setFilter({ ...filter, text: event.target.value })}
        />
        <fieldset className="button-row" aria-label={words.result}>
          {RESULTS.map((result) => (
            <button
              key={result}
              type="button"
              aria-pressed={filter.result === result}
              onClick={() => setFilter({ ...filter, result })}
            >
              {words.results[result]}
            </button>
          ))}
        </fieldset>
        <button type="button" className="push-button" onClick={() => save(auditCsv(shown))}>
          {texts.chart.csv}
        </button>
        <output className="ml-auto text-mute">
          {words.count(formatCount(shown.length), formatCount(lines.length))}
        </output>
      </div>
      <NewsBar news={news} onShow={learn} />
      {shown.length === 0 && news === 0 ? <p className="text-mute">{words.noMatch}</p> : null}
      <ul className="overflow-hidden rounded-lg border border-line bg-panel empty:hidden">
        {shown.map((line) => (
          <li key={line.number} className="border-t border-line first:border-t-0" data-line="">
            <Line line={line} />
          </li>
        ))}
      </ul>
    </>
  );
}

const SIGNS: Readonly<Record<AuditLine["result"], readonly [icon: IconName, colour: string]>> = {
  done: ["check", "text-mute"],
  asked: ["send", "text-mute"],
  refused: ["cross", "text-bad"],
  failed: ["triangle", "text-bad"],
  unknown: ["help", "text-stale"],
};

function Line({ line }: { readonly line: AuditLine }) {
  const { number, at, actor, via, address, action, object, before, after, result, reason } = line;
  const [icon, colour] = SIGNS[result];
  const change = [before, after].some((one) => one !== null);
  return (
    <div className="audit-line">
      <time className="figures text-xs text-mute">{timeIn(Date.parse(at), false)}</time>
      <span className="min-w-0 wrap-anywhere">
        <span className="font-medium">{visibleText(actor).text}</span>{" "}
        <span className="text-xs text-mute">{[via, address].filter(Boolean).join(" · ")}</span>
      </span>
      <span className="min-w-0 wrap-anywhere">
        {action}{" "}
        {object === null ? null : <b className="font-medium">{visibleText(object).text}</b>}
        {change ? (
          <span className="figures block text-xs">
            {visibleText(before ?? texts.noValue).text} → {visibleText(after ?? texts.noValue).text}
          </span>
        ) : null}
        {reason === null ? null : (
          <span className="block text-mute">{visibleText(reason).text}</span>
        )}
      </span>
      <span className={`flex items-center gap-1.5 ${colour}`}>
        <Icon name={icon} className="size-3.5" />
        {words.results[result]}
      </span>
      <span className="figures text-right text-xs text-mute">{words.number(number)}</span>
    </div>
  );
}

/** Hands a text to the browser as a file. */
function save(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "audit.csv";
  link.click();
  URL.revokeObjectURL(url);
}
