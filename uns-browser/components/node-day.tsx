import { formatDateTime, formatDelay } from "../lib/format.ts";
import { inOurLanguage } from "../lib/hub-words.ts";
import { isClockOff, type Counted, type DayCell } from "../lib/nodes.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";

const { nodes: words } = texts;

const COLOURS: Readonly<Record<DayCell, string>> = {
  unknown: "var(--panel2)",
  online: "var(--edge)",
  both: "var(--off)",
  offline: "var(--off)",
  trouble: "var(--bad)",
};
/** What is ordinary is low; each state has a height of its own, for those who do not see its colour. */
const HEIGHTS: Readonly<Record<DayCell, number>> = {
  unknown: 2,
  online: 7,
  both: 11,
  offline: 4,
  trouble: 16,
};
const CELL_PX = 4;

/** The last day of an edge node, a quarter of an hour a bar. */
export function NodeDay({ day }: { readonly day: Counted["day"] }) {
  const count = (cell: DayCell): number => day.filter((one) => one === cell).length;
  const summary = words.day(
    hours(count("online") + count("trouble")),
    hours(count("offline") + count("both")),
    hours(count("trouble")),
  );
  return (
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- the picture is drawn here
    <svg
      viewBox={`0 0 ${day.length * CELL_PX} 16`}
      preserveAspectRatio="none"
      className="h-4 w-full"
      role="img"
      aria-label={summary}
    >
      {day.map((cell, at) => (
        <rect
          // oxlint-disable-next-line react/no-array-index-key -- a quarter of an hour is its place
          key={at}
          x={at * CELL_PX}
          y={16 - HEIGHTS[cell]}
          width={CELL_PX - 0.8}
          height={HEIGHTS[cell]}
          fill={COLOURS[cell]}
        />
      ))}
    </svg>
  );
}

function hours(cells: number): string {
  return (cells / 4).toFixed(cells % 4 === 0 ? 0 : 2);
}

/** How its clock goes and how late it is, as sentences, and how its last connection ended. */
export function NodeCounted({ counted }: { readonly counted: Counted }) {
  const { clock, lastEnd } = counted;
  return (
    <section className="grid gap-0.5" data-counted="">
      {clock === null ? null : (
        <p className={isClockOff(clock) ? "text-stale" : ""}>
          {words.clockMeaning(signed(clock.aheadMs), formatDelay(clock.delayMs))}
        </p>
      )}
      <p>
        {lastEnd === null
          ? words.noEnd
          : words.lastEnd(
              formatDateTime(lastEnd.at),
              visibleText(inOurLanguage(lastEnd.because)).text,
            )}
      </p>
      <div className="mt-1 max-w-[768px]">
        <NodeDay day={counted.day} />
        <p className="flex flex-wrap gap-x-4 text-xs text-mute">
          <span>{words.dayMeaning}</span>
          {(["online", "offline", "both", "trouble"] as const).map((cell) => (
            <span key={cell} className="flex items-center gap-1.5">
              <svg viewBox="0 0 5 16" className="h-4 w-[5px]" aria-hidden="true">
                <rect
                  y={16 - HEIGHTS[cell]}
                  width={5}
                  height={HEIGHTS[cell]}
                  fill={COLOURS[cell]}
                />
              </svg>
              {words.dayCells[cell]}
            </span>
          ))}
        </p>
      </div>
    </section>
  );
}

/** By how much a clock is ahead. */
export function signed(ms: number): string {
  if (ms === 0) return "0 ms";
  return `${ms > 0 ? "+" : "−"}${formatDelay(Math.abs(ms))}`;
}
