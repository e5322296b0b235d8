/** How the chart looks: axes, lines, bands, shaded spans, ticks of births and deaths. Canvas knows no CSS variables. */
import uPlot from "uplot";
import type { Shade } from "../lib/chart-data.ts";
import type { Curve, DrawnCurve } from "../lib/chart.ts";
import { axisTimes } from "../lib/chart-times.ts";
import { formatValue } from "../lib/format.ts";
import type { PastQuality } from "../lib/history.ts";
import type { TimeSpan } from "../lib/range.ts";
import { texts } from "../lib/texts.ts";

/** A birth or death of the device, on the axis of time. */
export interface ChartMark {
  readonly kind: "birth" | "death";
  readonly at: number;
}

/** What is painted besides the lines; read whenever the chart paints. */
export interface ChartScene {
  readonly span: () => TimeSpan;
  readonly shades: () => readonly Shade[];
  readonly marks: () => readonly ChartMark[];
  readonly isUtc: boolean;
  readonly onCursor: (time: number | null) => void;
  readonly onSelect: (span: TimeSpan) => void;
}

/** Lines are told apart by their dashes too. */
const DASHES: readonly (readonly number[])[] = [
  [],
  [8, 4],
  [2, 3],
  [10, 3, 2, 3],
  [5, 5],
  [12, 4],
  [2, 6],
  [8, 3, 2, 3, 2, 3],
];

const AXIS_FONT = '11px ui-monospace, "DejaVu Sans Mono", monospace';

/** Truth values and whole numbers jump; between two measurements a line may be drawn. */
function isStepped({ datatype }: Pick<Curve, "datatype">): boolean {
  return datatype !== "Float" && datatype !== "Double";
}

/** Metrics of one unit share a scale. */
function scaleOf({ unit, datatype }: Pick<Curve, "unit" | "datatype">): string {
  return datatype === "Boolean" ? "truth" : `unit ${unit ?? ""}`;
}

export function chartOptions(
  element: HTMLElement,
  curves: readonly DrawnCurve[],
  scene: ChartScene,
): uPlot.Options {
  const ink = inkOf(element);
  const scales = [...new Set(curves.map(({ curve }) => scaleOf(curve)))];
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    ms: 1,
    legend: { show: false },
    padding: [8, 26, 0, 0],
    cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
    scales: {
      x: { time: true, range: () => [scene.span().from, scene.span().to] },
      ...Object.fromEntries(scales.map((key) => [key, scaleOptions(key)])),
    },
    axes: [timeAxis(ink, scene.isUtc), ...scales.map((key, at) => valueAxis(ink, key, at))],
    series: [{}, ...curves.flatMap((curve, place) => seriesOf(curve, place, ink))],
    bands: bandsOf(curves, ink),
    hooks: {
      drawClear: [(plot) => paintShades(plot, scene.shades(), ink)],
      draw: [(plot) => paintMarks(plot, scene.marks(), ink)],
      setCursor: [(plot) => scene.onCursor(cursorTime(plot))],
      setSelect: [(plot) => select(plot, scene)],
    },
  };
}

interface Ink {
  readonly text: string;
  readonly line: string;
  readonly mute: string;
  readonly curves: readonly string[];
  readonly shades: Readonly<Record<Shade["quality"], string>>;
}

function inkOf(element: HTMLElement): Ink {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  return {
    text: colour("--fg"),
    line: colour("--line"),
    mute: colour("--mute"),
    curves: DASHES.map((_, at) => colour(`--curve-${at + 1}`)),
    shades: {
      stale: colour("--stale"),
      uncertain: colour("--stale"),
      bad: colour("--bad"),
      offline: colour("--off"),
      none: colour("--off"),
      "last-known": colour("--off"),
    },
  };
}

function scaleOptions(key: string): uPlot.Scale {
  if (key === "truth") return { range: () => [-0.15, 1.15] };
  return {
    range: (_, low, high) => {
      if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
      const room = high > low ? (high - low) * 0.08 : Math.max(Math.abs(high) * 0.1, 1);
      return [low - room, high + room];
    },
  };
}

function timeAxis(ink: Ink, isUtc: boolean): uPlot.Axis {
  return {
    stroke: ink.mute,
    font: AXIS_FONT,
    grid: { stroke: ink.line, width: 1 },
    ticks: { stroke: ink.line, width: 1, size: 5 },
    space: 84,
    values: (_, splits) => axisTimes(splits, isUtc),
  };
}

function valueAxis(ink: Ink, key: string, at: number): uPlot.Axis {
  const isTruth = key === "truth";
  const unit = key.replace(/^unit /, "");
  return {
    scale: key,
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the enum of uPlot exists for the compiler only
    side: at === 0 ? 3 : 1,
    stroke: ink.mute,
    font: AXIS_FONT,
    size: (_, values) => 18 + 7 * Math.max(2, ...(values ?? []).map((text) => text.length)),
    grid: { show: at === 0, stroke: ink.line, width: 1 },
    ticks: { stroke: ink.line, width: 1, size: 4 },
    ...(isTruth
      ? {
          splits: () => [0, 1],
          values: (_: uPlot, splits: number[]) =>
            splits.map((one) => texts.chart.truths[one === 0 ? 0 : 1]),
        }
      : {
          values: (_: uPlot, splits: number[]) => splits.map((one) => formatValue(one).text),
          label: unit,
          labelFont: AXIS_FONT,
          labelSize: unit === "" ? 0 : 18,
          labelGap: 0,
        }),
  };
}

/** Of each curve: the line, most, least, and the day before. */
const SERIES_EACH = 4;

function seriesOf({ curve }: DrawnCurve, place: number, ink: Ink): readonly uPlot.Series[] {
  const scale = scaleOf(curve);
  const stroke = ink.curves[place % ink.curves.length] ?? ink.text;
  const stepped = isStepped(curve) ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  const paths = stepped === undefined ? {} : { paths: stepped };
  const hidden = { scale, stroke: "transparent", width: 0, points: { show: false }, ...paths };
  return [
    { scale, stroke, width: 1.5, dash: [...(DASHES[place] ?? [])], spanGaps: false, ...paths },
    hidden,
    hidden,
    {
      scale,
      stroke: ink.mute,
      width: 1,
      dash: [4, 4],
      spanGaps: false,
      points: { show: false },
      ...paths,
    },
  ];
}

function bandsOf(curves: readonly DrawnCurve[], ink: Ink): uPlot.Band[] {
  return curves.map((_, place) => {
    const first = 1 + place * SERIES_EACH;
    const colour = ink.curves[place % ink.curves.length] ?? ink.text;
    return {
      series: [first + 1, first + 2],
      fill: `color-mix(in srgb, ${colour} 18%, transparent)`,
    };
  });
}

/** A stretch that was not good: its colour, and its word where there is room for it. */
function paintShades(plot: uPlot, shades: readonly Shade[], ink: Ink): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.font = `${11 * ratio}px ui-sans-serif, system-ui, sans-serif`;
  ctx.textBaseline = "top";
  ctx.textAlign = "left";
  for (const { from, to, quality } of shades) {
    const left = plot.valToPos(from, "x", true);
    const width = Math.max(ratio, plot.valToPos(to, "x", true) - left);
    ctx.fillStyle = ink.shades[quality];
    ctx.globalAlpha = 0.14;
    ctx.fillRect(left, bbox.top, width, bbox.height);
    ctx.globalAlpha = 0.75;
    ctx.fillRect(left, bbox.top, width, 3 * ratio);
    paintWord(plot, quality, { left: Math.max(left, bbox.left), right: left + width });
  }
  ctx.restore();
}

function paintWord(
  { ctx, bbox }: uPlot,
  quality: PastQuality,
  { left, right }: { readonly left: number; readonly right: number },
): void {
  const word = texts.chart.qualities[quality];
  const pad = 5 * devicePixelRatio;
  if (ctx.measureText(word).width + 2 * pad > Math.min(right, bbox.left + bbox.width) - left)
    return;
  ctx.globalAlpha = 1;
  ctx.fillText(word, left + pad, bbox.top + 7 * devicePixelRatio);
}

/** Births point up from the axis, deaths are crosses on it. */
function paintMarks(plot: uPlot, marks: readonly ChartMark[], ink: Ink): void {
  const { ctx, bbox } = plot;
  const size = 5 * devicePixelRatio;
  const foot = bbox.top + bbox.height;
  const { from, to } = {
    from: plot.posToVal(0, "x"),
    to: plot.posToVal(bbox.width / devicePixelRatio, "x"),
  };
  ctx.save();
  ctx.lineWidth = 1.5 * devicePixelRatio;
  for (const { kind, at } of marks) {
    if (at < from || at > to) continue;
    const x = plot.valToPos(at, "x", true);
    ctx.strokeStyle = kind === "birth" ? ink.text : ink.shades.bad;
    ctx.fillStyle = ctx.strokeStyle;
    ctx.beginPath();
    if (kind === "birth") {
      ctx.moveTo(x - size, foot);
      ctx.lineTo(x, foot - 1.6 * size);
      ctx.lineTo(x + size, foot);
      ctx.closePath();
      ctx.fill();
    } else {
      ctx.moveTo(x - size, foot - 2 * size);
      ctx.lineTo(x + size, foot);
      ctx.moveTo(x + size, foot - 2 * size);
      ctx.lineTo(x - size, foot);
      ctx.stroke();
    }
  }
  ctx.restore();
}

function cursorTime(plot: uPlot): number | null {
  const { left } = plot.cursor;
  return left === undefined || left === null || left < 0 ? null : plot.posToVal(left, "x");
}

function select(plot: uPlot, scene: ChartScene): void {
  const { left, width } = plot.select;
  if (width < 4) return; // a click
  const span = { from: plot.posToVal(left, "x"), to: plot.posToVal(left + width, "x") };
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  scene.onSelect(span);
}
