"use client";
import { useState, type ReactNode } from "react";
import type { Chart } from "../lib/chart.ts";
import { fieldTime, parseFieldTime } from "../lib/chart-times.ts";
import type { ShownClock } from "../lib/clock.ts";
import {
  fixedRange,
  parseRange,
  PRESETS,
  rangeText,
  shifted,
  zoomedOut,
  type Range,
} from "../lib/range.ts";
import { texts } from "../lib/texts.ts";
import { Icon } from "./icons.tsx";
import { useFocusBack } from "./use-focus-back.ts";
import { useSignal } from "./use-signal.ts";

const { chart: words } = texts;

interface ChartToolbarProps {
  readonly chart: Chart;
  readonly clock: ShownClock;
  readonly isUtc: boolean;
  /** Left out: the small chart, with ranges only. */
  readonly children?: ReactNode;
}

/** Which stretch of time is shown. */
export function ChartToolbar({ chart, clock, isUtc, children }: ChartToolbarProps) {
  const range = useSignal(chart.range);
  const shown = rangeText(range);
  const isSmall = children === undefined;
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      <fieldset className="button-row" aria-label={words.ranges}>
        {PRESETS.filter((text) => !isSmall || text !== "7d").map((text) => (
          <button
            key={text}
            type="button"
            aria-pressed={shown === text}
            aria-label={words.lasting(text)}
            onClick={() => setRange(chart, parseRange(text))}
          >
            {text}
          </button>
        ))}
        {isSmall ? null : <CustomRange {...{ chart, isUtc, range }} />}
      </fieldset>
      {isSmall ? null : (
        <div className="button-row">
          <Step
            chart={chart}
            name={words.earlier}
            icon="left"
            to={() => shifted(range, -1, clock.now())}
          />
          <Step
            chart={chart}
            name={words.wider}
            icon="wider"
            to={() => zoomedOut(range, clock.now())}
          />
          <Step
            chart={chart}
            name={words.later}
            icon="right"
            to={() => shifted(range, 1, clock.now())}
          />
        </div>
      )}
      {children}
    </div>
  );
}

function setRange(chart: Chart, range: Range | null): void {
  if (range !== null) chart.setRange(range);
}

interface StepProps {
  readonly chart: Chart;
  readonly name: string;
  readonly icon: "left" | "right" | "wider";
  readonly to: () => Range;
}

function Step({ chart, name, icon, to }: StepProps) {
  return (
    <button type="button" aria-label={name} onClick={() => chart.setRange(to())}>
      <Icon name={icon} className="size-3.5" />
    </button>
  );
}

interface CustomRangeProps {
  readonly chart: Chart;
  readonly isUtc: boolean;
  readonly range: Range;
}

/** Two ends, by hand. */
function CustomRange({ chart, isUtc, range }: CustomRangeProps) {
  const [ends, setEnds] = useState<{ readonly from: string; readonly to: string } | null>(null);
  const button = useFocusBack(ends !== null);
  const open = (): void => {
    const { from, to } = chart.span();
    setEnds({ from: fieldTime(from, isUtc), to: fieldTime(to, isUtc) });
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        aria-pressed={range.kind === "fixed"}
        aria-expanded={ends !== null}
        onClick={() => (ends === null ? open() : setEnds(null))}
      >
        {words.custom}
      </button>
      {ends === null ? null : (
        <RangeFields
          ends={ends}
          onChange={setEnds}
          onShow={() => {
            const [from, to] = [parseFieldTime(ends.from, isUtc), parseFieldTime(ends.to, isUtc)];
            const next = from === null || to === null ? null : fixedRange(from, to);
            if (next !== null) chart.setRange(next);
            return next !== null;
          }}
        />
      )}
    </>
  );
}

interface RangeFieldsProps {
  readonly ends: { readonly from: string; readonly to: string };
  readonly onChange: (ends: { readonly from: string; readonly to: string } | null) => void;
  readonly onShow: () => boolean;
}

function RangeFields({ ends, onChange, onShow }: RangeFieldsProps) {
  const [isWrong, setIsWrong] = useState(false);
  return (
    <form
      className="range-fields"
      onSubmit={(event) => {
        event.preventDefault();
        const isDone = onShow();
        setIsWrong(!isDone);
        if (isDone) onChange(null);
      }}
    >
      {(["from", "to"] as const).map((end) => (
        <label key={end} className="flex items-center gap-1.5">
          <span className="w-9 text-mute">{words[end]}</span>
          <input
            type="datetime-local"
            step={1}
            className="text-field figures px-1.5! py-1! text-xs"
            value={ends[end]}
            onChange={(event) => onChange({ ...ends, [end]: event.target.value })}
            onKeyDown={(event) => (event.key === "Escape" ? onChange(null) : undefined)}
          />
        </label>
      ))}
      <button type="submit" className="push-button">
        {words.show}
      </button>
      {isWrong ? (
        <p role="alert" className="basis-full text-bad">
          {words.wrong}
        </p>
      ) : null}
    </form>
  );
}
