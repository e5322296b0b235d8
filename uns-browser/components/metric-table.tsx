"use client";
import { useCallback, useEffect, useRef, useState } from "react";
import { timeIn } from "../lib/chart-times.ts";
import { formatCount, formatFullValue, formatSpan } from "../lib/format.ts";
import { askValues, type Past, type PastValue, type PastValues } from "../lib/history.ts";
import { inOurLanguage } from "../lib/hub-words.ts";
import { texts } from "../lib/texts.ts";
import { nothingToStop } from "../lib/timer.ts";
import { visibleText } from "../lib/visible.ts";
import { sendToHub, startTimerWhileSeen } from "./browser-world.ts";
import { Cell } from "./cell.tsx";
import { Icon } from "./icons.tsx";
import type { MetricPartProps } from "./metric-head.tsx";
import { RowBlock } from "./row-block.tsx";
import { useRowWindow } from "./use-row-window.ts";
import { useSignal } from "./use-signal.ts";

const {
  metric: { table: words },
} = texts;

const MOST_VALUES = 10_000;
const ROW_PX = 24;
/** A range that moves is asked for again this often. */
const AGAIN_MS = 5000;

/** Every stored value of the range of the chart: also for those who cannot see the picture. */
export function MetricTable({ metric, subject: { path, row } }: MetricPartProps) {
  const { isUtc } = useSignal(metric.address);
  const [isNewestFirst, setIsNewestFirst] = useState(true);
  const past = usePastValues(metric, path);
  if (past === null) return <div className="skeleton-late h-40 rounded-md bg-panel2" />;
  if (past.kind === "failed") return <p>{past.because}</p>;
  const { values, more } = past.value;
  const shown = isNewestFirst ? values.toReversed() : values;
  const count = formatCount(values.length);
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-center gap-3">
        <p className="text-mute">{more ? words.more(count) : words.count(count)}</p>
        <button
          type="button"
          className="push-button"
          onClick={() => setIsNewestFirst(!isNewestFirst)}
        >
          {isNewestFirst ? words.newest : words.oldest}
        </button>
      </div>
      {values.length === 0 ? (
        <p>{words.none}</p>
      ) : (
        <Rows {...{ isUtc }} values={shown} datatype={row.datatype} />
      )}
    </div>
  );
}

/** The values of the chart's range; `null` while they are asked for the first time. */
function usePastValues(metric: MetricPartProps["metric"], path: string): Past<PastValues> | null {
  const { chart, page } = metric;
  const range = useSignal(chart.range);
  const isPaused = useSignal(page.live.pausedAt) !== null;
  const [past, setPast] = useState<Past<PastValues> | null>(null);
  const ask = useCallback(
    () => askValues(sendToHub, path, { ...chart.span(), limit: MOST_VALUES }),
    [chart, path],
  );
  useEffect(() => {
    const isMoving = range.kind !== "fixed" && !isPaused;
    let isOpen = true;
    let cancel = nothingToStop;
    const load = async (): Promise<void> => {
      const answer = await ask();
      if (!isOpen) return;
      setPast(answer);
      if (isMoving) cancel = startTimerWhileSeen(AGAIN_MS, () => void load());
    };
    void load();
    return () => {
      isOpen = false;
      cancel();
    };
  }, [ask, range, isPaused]);
  return past;
}

const COLUMNS = ["time", "value", "quality", "delay", "note"] as const;

interface RowsProps {
  readonly values: readonly PastValue[];
  readonly datatype: string | undefined;
  readonly isUtc: boolean;
}

function Rows({ values, datatype, isUtc }: RowsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useRowWindow(scroller, values.length, ROW_PX);
  const drawn = values.slice(rows.first, rows.end);
  return (
    <div className="overflow-x-auto">
      <Cell as="rowgroup" id="past-head">
        <Cell as="row" aria-rowindex={1} className="past-row text-xs text-mute">
          {COLUMNS.map((key) => (
            <Cell
              as="columnheader"
              key={key}
              className={key === "value" || key === "delay" ? "text-right" : ""}
            >
              {words.columns[key]}
            </Cell>
          ))}
        </Cell>
      </Cell>
      {/* What scrolls has the focus; the head stands still above it and belongs to it. */}
      <div
        ref={scroller}
        role="grid"
        tabIndex={0}
        aria-label={words.label}
        aria-owns="past-head past-rows"
        aria-rowcount={values.length + 1}
        aria-busy={drawn.length === 0}
        className="relative h-[min(420px,60vh)] min-w-[640px] overflow-y-auto"
        onScroll={rows.onScroll}
      >
        <RowBlock id="past-rows" rows={rows}>
          {drawn.map((value, at) => (
            <PastRow
              key={rows.first + at}
              {...{ value, datatype, isUtc }}
              place={rows.first + at}
              top={rows.topOf(rows.first + at)}
            />
          ))}
        </RowBlock>
      </div>
    </div>
  );
}

interface PastRowProps {
  readonly value: PastValue;
  readonly datatype: string | undefined;
  readonly isUtc: boolean;
  readonly place: number;
  readonly top: number;
}

function PastRow({ value: past, datatype, isUtc, place, top }: PastRowProps) {
  const { time, receivedAt, value, quality, reason, isGap, isHistorical } = past;
  const isGood = quality === "good" && !isGap;
  const notes = [isGap ? words.gap : null, isHistorical ? words.historical : null, reason];
  return (
    <Cell
      as="row"
      aria-rowindex={place + 2}
      className="past-row absolute inset-x-0 border-t border-line"
      style={{ height: ROW_PX, transform: `translateY(${top}px)` }}
    >
      <Cell as="gridcell" className="figures truncate text-xs">
        {timeIn(time, isUtc)}
      </Cell>
      <Cell as="gridcell" className="figures truncate text-right">
        {isGap ? texts.noValue : formatFullValue(value, datatype).text}
      </Cell>
      <Cell as="gridcell" className={isGood ? "text-mute" : "text-stale"}>
        <span className="flex items-center gap-1.5 truncate">
          {isGood ? null : <Icon name="triangle" className="size-3" />}
          {texts.chart.qualities[isGap ? "last-known" : quality]}
        </span>
      </Cell>
      <Cell as="gridcell" className="figures truncate text-right text-xs text-mute">
        {receivedAt >= time ? formatSpan(receivedAt - time) : `−${formatSpan(time - receivedAt)}`}
      </Cell>
      <Cell as="gridcell" className="truncate text-mute">
        {notes
          .filter((note) => note !== null)
          .map((note) => visibleText(inOurLanguage(note)).text)
          .join("; ")}
      </Cell>
    </Cell>
  );
}
