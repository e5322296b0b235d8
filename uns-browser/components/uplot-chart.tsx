"use client";
/** The picture itself; loaded when the first chart is shown. */
import { useEffect, useRef } from "react";
import uPlot from "uplot";
// oxlint-disable-next-line import/no-unassigned-import -- a style sheet has nothing to assign
import "uplot/dist/uPlot.min.css";
import { alignedCurves } from "../lib/chart-data.ts";
import type { Chart, DrawnCurve } from "../lib/chart.ts";
import type { ShownClock } from "../lib/clock.ts";
import { fixedRange } from "../lib/range.ts";
import type { Signal } from "../lib/signal.ts";
import { chartOptions, type ChartMark } from "./chart-options.ts";
import { useShownTheme } from "./use-shown-theme.ts";
import { useSignal } from "./use-signal.ts";

export interface UplotChartProps {
  readonly chart: Chart;
  readonly clock: ShownClock;
  readonly marks: readonly ChartMark[];
  readonly isUtc: boolean;
  /** The time under the pointer. */
  readonly cursor: Signal<number | null>;
  readonly label: string;
}

export function UplotChart({ chart, clock, marks, isUtc, cursor, label }: UplotChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const shown = useRef(marks);
  const curves = useSignal(chart.curves);
  const theme = useShownTheme();
  useEffect(() => {
    shown.current = marks;
  }, [marks]);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    let drawn = chart.drawn();
    const scene = {
      span: () => chart.span(),
      shades: () => drawn[0]?.shades ?? [],
      marks: () => shown.current,
      isUtc,
      onCursor: (time: number | null) => cursor.set(time),
      onSelect: ({ from, to }: { readonly from: number; readonly to: number }) => {
        const range = fixedRange(from, to);
        if (range !== null) chart.setRange(range);
      },
    };
    const plot = new uPlot(chartOptions(element, drawn, scene), dataOf(drawn), element);
    let asked = 0;
    const paint = (): void => {
      asked = 0;
      drawn = chart.drawn();
      plot.setData(dataOf(drawn));
    };
    const ask = (): void => {
      if (asked === 0) asked = requestAnimationFrame(paint);
    };
    const ends = [chart.version.subscribe(ask), clock.tick.subscribe(ask)];
    const size = new ResizeObserver(() =>
      plot.setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    size.observe(element);
    return () => {
      for (const end of ends) end();
      cancelAnimationFrame(asked);
      size.disconnect();
      plot.destroy();
      cursor.set(null);
    };
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- another theme is another picture: the canvas knows no CSS
  }, [chart, clock, curves, isUtc, cursor, theme]);
  // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- the picture is a canvas that is painted here
  return <div ref={frame} role="img" aria-label={label} className="chart-frame" data-chart="" />;
}

/** Times, then of each curve its line, most, least, and the day before. */
function dataOf(drawn: readonly DrawnCurve[]): uPlot.AlignedData {
  const own = drawn.map(({ points }) => points);
  const before = drawn.map(({ before: one }) => one);
  const all = [...own, ...before.filter((points) => points !== null)];
  const { times, lines } = alignedCurves(all);
  const nothing = Array.from(times, () => undefined);
  let next = own.length;
  const columns = own.flatMap((_, at) => {
    const line = lines[at];
    const day = before[at] === null ? undefined : lines[next++];
    const { low, high } = line?.band ?? { low: nothing, high: nothing };
    return [line?.values ?? nothing, high, low, day?.values ?? nothing];
  });
  return [[...times], ...columns.map((column) => [...column])];
}
