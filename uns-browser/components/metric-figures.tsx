"use client";
import type { ValueAnswer, ValueBounds, WireValue } from "@unshub/hub/feed";
import { beyond, LIMITS, type Limit } from "../lib/bounds.ts";
import type { ShownClock } from "../lib/clock.ts";
import { formatAge, formatSpan, formatValue, isClockAhead } from "../lib/format.ts";
import type { Namespace } from "../lib/namespace.ts";
import { oneMetricTexts as words } from "../lib/one-metric-texts.ts";
import type { Reading } from "../lib/store.ts";
import { texts } from "../lib/texts.ts";
import { Icon } from "./icons.tsx";
import { Rate } from "./rate.tsx";
import { useSignal } from "./use-signal.ts";

interface MetricFiguresProps {
  readonly page: Namespace;
  readonly id: number;
  readonly reading: Reading | null;
  readonly answer: ValueAnswer | null;
}

/** How old a value is, how often one comes, and within what it should be. */
export function MetricFigures({ page, id, reading, answer }: MetricFiguresProps) {
  const { usualMs, bounds } = answer ?? {};
  return (
    <p className="figures flex flex-wrap gap-x-3 gap-y-0.5 px-4 text-xs text-mute" data-figures="">
      {reading === null || reading.sourceTime === null ? null : (
        <span data-figure="age">
          <Ago clock={page.clock} since={reading.sourceTime} />
        </span>
      )}
      {usualMs === undefined ? null : (
        <span data-figure="every">{words.every(formatSpan(usualMs))}</span>
      )}
      <span data-figure="rate" className="empty:hidden">
        <Rate page={page} id={id} />
      </span>
      {bounds === undefined ? null : <Bounds bounds={bounds} value={reading?.value ?? null} />}
    </p>
  );
}

/** A source whose clock is ahead is told of below its quality. */
function Ago({ clock, since }: { readonly clock: ShownClock; readonly since: number }) {
  useSignal(clock.tick);
  const age = clock.now() - since;
  return isClockAhead(age) ? texts.clockAhead : words.ago(formatAge(age));
}

function Bounds({ bounds, value }: { readonly bounds: ValueBounds; readonly value: WireValue }) {
  const found = beyond(value, bounds);
  const range = rangeText(bounds);
  const limits = LIMITS.filter((one) => bounds[one] !== undefined);
  return (
    <>
      {range === null ? null : (
        <span data-figure="range" className={found === "range" ? "text-stale" : ""}>
          {range}
        </span>
      )}
      {limits.length === 0 ? null : (
        <span data-figure="limits">
          {words.limits}
          {limits.map((one) => (
            <LimitText key={one} limit={one} at={bounds[one] ?? 0} isBroken={one === found} />
          ))}
        </span>
      )}
      {found === null ? null : (
        <span
          className={`flex items-center gap-1 font-sans font-medium ${colourOf(found)}`}
          data-beyond={found}
        >
          <Icon name="triangle" className="size-3" />
          {found === "range" ? words.outside : words.beyond(words.marks[found])}
        </span>
      )}
    </>
  );
}

interface LimitTextProps {
  readonly limit: Limit;
  readonly at: number;
  readonly isBroken: boolean;
}

function LimitText({ limit, at, isBroken }: LimitTextProps) {
  return (
    <span className={isBroken ? colourOf(limit) : ""}>
      {" "}
      <abbr title={words.limitNames[limit]} className="no-underline">
        {words.marks[limit]}
      </abbr>{" "}
      {formatValue(at).text}
    </span>
  );
}

/** Beyond the outer limits is bad; the others, and the range, are a warning. */
function colourOf(found: Limit | "range"): string {
  return found === "highHigh" || found === "lowLow" ? "text-bad" : "text-stale";
}

function rangeText({ rangeLow, rangeHigh }: ValueBounds): string | null {
  const [low, high] = [rangeLow, rangeHigh].map((one) =>
    one === undefined ? undefined : formatValue(one).text,
  );
  if (low !== undefined && high !== undefined) return words.range(low, high);
  if (low !== undefined) return words.fromLow(low);
  return high === undefined ? null : words.toHigh(high);
}
