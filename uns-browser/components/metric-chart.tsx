"use client";
import { useMemo } from "react";
import { birthsUrl, parseBirths, type Birth } from "../lib/births.ts";
import { exportUrl } from "../lib/history.ts";
import { asking } from "../lib/poll.ts";
import { texts } from "../lib/texts.ts";
import type { ChartMark } from "./chart-options.ts";
import { ChartPanel } from "./chart-panel.tsx";
import { ChartToolbar } from "./chart-toolbar.tsx";
import { ComparePicker } from "./compare-picker.tsx";
import { Icon } from "./icons.tsx";
import type { MetricPartProps } from "./metric-head.tsx";
import { useMayDiagnose } from "./use-account.ts";
import { pagePoll, usePoll } from "./use-poll.ts";
import { useSignal } from "./use-signal.ts";

const { chart: words } = texts;

/** The past of the metric, and of those that it is compared with. */
export function MetricChart({ metric, account, subject }: MetricPartProps) {
  const { chart, page } = metric;
  const { isUtc } = useSignal(metric.address);
  const hasBefore = useSignal(chart.hasBefore);
  const marks = useMarks(metric, useMayDiagnose(account));
  useSignal(chart.range);
  return (
    <section className="min-w-0 rounded-lg border border-line bg-panel px-3 py-3">
      <ChartToolbar chart={chart} clock={page.clock} isUtc={isUtc}>
        <div className="button-row">
          <ComparePicker metric={metric} />
          <button
            type="button"
            aria-pressed={hasBefore}
            onClick={() => chart.setBefore(!hasBefore)}
          >
            {words.before}
          </button>
        </div>
        <fieldset className="button-row" aria-label={words.zone}>
          {[false, true].map((utc) => (
            <button
              key={String(utc)}
              type="button"
              aria-pressed={isUtc === utc}
              onClick={() => metric.choose({ isUtc: utc })}
            >
              {utc ? words.utc : words.local}
            </button>
          ))}
        </fieldset>
        <div className="button-row ml-auto">
          <a
            href={exportUrl(subject.path, chart.span())}
            download={`${subject.row.name.replaceAll(/[^\w.-]+/g, "_")}.csv`}
            aria-label={words.csvHelp}
            onClick={(event) => {
              event.currentTarget.href = exportUrl(subject.path, chart.span());
            }}
          >
            <Icon name="download" className="size-3.5" />
            {words.csv}
          </a>
        </div>
      </ChartToolbar>
      <CompareFault metric={metric} />
      <div className="mt-3">
        <ChartPanel
          {...{ chart, marks, isUtc }}
          clock={page.clock}
          size="large"
          onRemove={(path) => {
            document.querySelector<HTMLElement>("[data-compare]")?.focus(); // its button goes
            metric.leaveOut(path);
          }}
        />
      </div>
    </section>
  );
}

function CompareFault({ metric }: Pick<MetricPartProps, "metric">) {
  const fault = useSignal(metric.compareFault);
  if (fault === null) return null;
  return (
    <p role="alert" className="notice notice-stale mt-2">
      <Icon name="triangle" className="mt-0.5 size-3.5 text-stale" />
      {fault}
    </p>
  );
}

const NO_BIRTHS: readonly Birth[] = [];

/** Births and deaths of the device that has the metric. */
export function useBirths(
  { page }: MetricPartProps["metric"],
  isWanted: boolean,
): readonly Birth[] | null {
  const state = useSignal(page.details.state);
  const url = state.kind === "ready" ? birthsUrl(state.answer) : null;
  const poll = useMemo(
    () => pagePoll({ everyMs: 10_000, ask: asking(url ?? "", parseBirths) }),
    [url],
  );
  const polled = usePoll(poll, isWanted && url !== null);
  return polled.kind === "ready" ? polled.value : null;
}

function useMarks(metric: MetricPartProps["metric"], isWanted: boolean): readonly ChartMark[] {
  const births = useBirths(metric, isWanted) ?? NO_BIRTHS;
  return useMemo(() => births.map(({ kind, at }) => ({ kind, at })), [births]);
}
