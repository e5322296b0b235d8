"use client";
import dynamic from "next/dynamic";
import { useEffect, useState } from "react";
import { figuresOf, valueAt } from "../lib/chart-data.ts";
import type { Chart, CurveState, DrawnCurve } from "../lib/chart.ts";
import { timeIn } from "../lib/chart-times.ts";
import type { ShownClock } from "../lib/clock.ts";
import { formatValue } from "../lib/format.ts";
import { createSignal, type Signal } from "../lib/signal.ts";
import { texts } from "../lib/texts.ts";
import { loaded } from "./loaded.tsx";
import { visibleText } from "../lib/visible.ts";
import type { ChartMark } from "./chart-options.ts";
import { Icon } from "./icons.tsx";
import { useSignal } from "./use-signal.ts";

const { chart: words } = texts;

/** Loaded when the first chart is shown. */
const UplotChart = dynamic(
  () => loaded(() => import("./uplot-chart.tsx").then((file) => file.UplotChart)),
  {
    ssr: false,
  },
);

interface ChartPanelProps {
  readonly chart: Chart;
  readonly clock: ShownClock;
  readonly marks: readonly ChartMark[];
  readonly isUtc: boolean;
  readonly size: "small" | "large";
  /** Left out: no curve can be taken away. */
  readonly onRemove?: (path: string) => void;
}

/** The chart with what stands below it: what was not found, and the values under the pointer. */
export function ChartPanel({ chart, clock, marks, isUtc, size, onRemove }: ChartPanelProps) {
  const [cursor] = useState(() => createSignal<number | null>(null));
  const states = useSignal(chart.states);
  const curves = useSignal(chart.curves);
  useDrawn(chart, clock);
  const drawn = chart.drawn();
  const failed = states.flatMap((state, at) =>
    state.kind === "failed" ? [[curves[at]?.name ?? "", state.because] as const] : [],
  );
  return (
    <div className="grid gap-2">
      <div
        className={`relative max-[699px]:h-[260px] ${size === "small" ? "h-[150px]" : "h-[clamp(220px,42vh,460px)]"}`}
      >
        <UplotChart
          {...{ chart, clock, marks, isUtc, cursor }}
          label={summaryOf(chart, drawn, isUtc)}
        />
        <Over states={states} drawn={drawn} />
      </div>
      {failed.map(([name, because]) => (
        <p key={name} className="notice notice-stale">
          <Icon name="triangle" className="mt-0.5 size-3.5 text-stale" />
          {words.failed(visibleText(name).text, because)}
        </p>
      ))}
      <Legend {...{ drawn, cursor, isUtc, size }} {...(onRemove !== undefined && { onRemove })} />
    </div>
  );
}

const REDRAW_WORDS_MS = 1000;

/** Words and figures follow the picture once a second; the picture itself is quicker. */
function useDrawn(chart: Chart, clock: ShownClock): void {
  const [, setAt] = useState(0);
  useSignal(chart.range);
  useEffect(() => {
    let last = 0;
    const look = (): void => {
      const now = performance.now();
      if (now - last < REDRAW_WORDS_MS) return;
      last = now;
      setAt(now);
    };
    const ends = [
      clock.tick.subscribe(look),
      chart.states.subscribe(() => setAt(performance.now())),
    ];
    return () => {
      for (const end of ends) end();
    };
  }, [chart, clock]);
}

/** What is to be said where there is no line. */
function Over({
  states,
  drawn,
}: {
  readonly states: readonly CurveState[];
  readonly drawn: readonly DrawnCurve[];
}) {
  const isAsking = states.length === 0 || states.some(({ kind }) => kind === "asking");
  const isReady = states.every(({ kind }) => kind === "ready");
  const hasLine = drawn.some(({ points }) => figuresOf(points) !== null);
  if (hasLine || (!isAsking && !isReady)) return null;
  const isText = drawn.every(
    ({ curve: { datatype } }) => datatype !== undefined && TEXTS.has(datatype),
  );
  const sentence = isAsking ? words.asking : isText ? words.noNumber : words.nothing;
  return (
    <p
      className={`absolute inset-0 grid place-items-center px-6 text-center text-mute ${isAsking ? "skeleton-late" : ""}`}
    >
      {sentence}
    </p>
  );
}

const TEXTS: ReadonlySet<string> = new Set([
  "String",
  "Text",
  "UUID",
  "DataSet",
  "Template",
  "Bytes",
  "File",
]);

function summaryOf(chart: Chart, drawn: readonly DrawnCurve[], isUtc: boolean): string {
  const { from, to } = chart.span();
  const [first] = drawn;
  const name = drawn.map(({ curve }) => curve.name).join(", ");
  // By the minute: a label that changes all the time is noise.
  const head = words.summary(words.label(name), minuteOf(from, isUtc), minuteOf(to, isUtc));
  if (first === undefined || drawn.length > 1) return `${head} ${words.inTable}`;
  const gaps = words.gaps(first.shades.length);
  return `${head} ${gaps} ${words.inTable}`;
}

function minuteOf(time: number, isUtc: boolean): string {
  return timeIn(time, isUtc).slice(0, 16);
}

interface LegendProps {
  readonly drawn: readonly DrawnCurve[];
  readonly cursor: Signal<number | null>;
  readonly isUtc: boolean;
  readonly size: "small" | "large";
  readonly onRemove?: (path: string) => void;
}

/** One line a curve: its sign, its name, what it was worth under the pointer, else its figures. */
function Legend({ drawn, cursor, isUtc, size, onRemove }: LegendProps) {
  const time = useSignal(cursor);
  return (
    <div className="grid gap-1 text-xs">
      <p className="figures flex min-h-5 flex-wrap gap-x-4 text-mute">
        {time === null ? <span className="font-sans">{words.drag}</span> : timeIn(time, isUtc)}
      </p>
      <ul className="grid gap-0.5">
        {drawn.map((one, place) => (
          <li key={one.curve.path} className="flex min-h-6 min-w-0 items-center gap-2">
            <Swatch place={place} />
            {size === "small" && drawn.length === 1 ? null : (
              <span className="min-w-0 truncate">{visibleText(one.curve.name).text}</span>
            )}
            <CurveFigures drawn={one} time={time} />
            {onRemove === undefined || place === 0 ? null : (
              <button
                type="button"
                className="icon-button size-6!"
                aria-label={words.remove(one.curve.name)}
                onClick={() => onRemove(one.curve.path)}
              >
                <Icon name="cross" className="size-3.5" />
              </button>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

function CurveFigures({
  drawn: { curve, points, before },
  time,
}: {
  readonly drawn: DrawnCurve;
  readonly time: number | null;
}) {
  const show = (value: number): string =>
    curve.datatype === "Boolean"
      ? (words.truths[value === 0 ? 0 : 1] ?? "")
      : formatValue(value, curve.datatype).text;
  const unit = curve.unit === undefined ? "" : ` ${visibleText(curve.unit).text}`;
  if (time !== null) {
    const value = valueAt(points, time);
    const day = before === null ? null : valueAt(before, time);
    return (
      <span className="figures ml-auto flex shrink-0 gap-3">
        {day === null ? null : <span className="text-mute">{words.beforeName(show(day))}</span>}
        <span className="font-medium">
          {value === null ? texts.noValue : `${show(value)}${unit}`}
        </span>
      </span>
    );
  }
  const figures = figuresOf(points);
  if (figures === null || curve.datatype === "Boolean") return null;
  const { least, most, last } = figures;
  return (
    <span className="figures ml-auto min-w-0 text-right text-mute">
      {words.figures(show(least), show(most), `${show(last)}${unit}`)}
    </span>
  );
}

const SWATCHES = ["", "8 4", "2 3", "10 3 2 3", "5 5", "12 4", "2 6", "8 3 2 3 2 3"] as const;

function Swatch({ place }: { readonly place: number }) {
  return (
    <svg viewBox="0 0 28 8" className="h-2 w-7 shrink-0" aria-hidden="true">
      <path
        d="M0 4h28"
        stroke={`var(--curve-${place + 1})`}
        strokeWidth={2}
        strokeDasharray={SWATCHES[place]}
      />
    </svg>
  );
}
