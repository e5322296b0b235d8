import { stripOf, stripRuns, type StripCell } from "../lib/node-life.ts";
import { texts } from "../lib/texts.ts";

const { nodeLife: words } = texts;

const COLOURS: Readonly<Record<StripCell, string>> = {
  none: "var(--panel2)",
  fine: "var(--edge)",
  birth: "var(--accent)",
  death: "var(--off)",
  trouble: "var(--bad)",
};
/** What is in order is low, what was not stands out, also for those who do not see its colour. */
const HEIGHTS: Readonly<Record<StripCell, number>> = {
  none: 4,
  fine: 8,
  birth: 14,
  death: 11,
  trouble: 18,
};
const HEIGHT = 18;
/** So wide is a message that was not in order, at least: in a narrow strip it would not be seen. */
const LEAST = 3;

interface NodeStripProps {
  readonly life: Parameters<typeof stripOf>[0];
  readonly summary: string;
  readonly className: string;
}

/** The last messages of an edge node side by side, the newest at the right. */
export function NodeStrip({ life, summary, className }: NodeStripProps) {
  const cells = stripOf(life);
  return (
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- the picture is drawn here
    <svg
      viewBox={`0 0 ${cells.length} ${HEIGHT}`}
      preserveAspectRatio="none"
      className={className}
      role="img"
      aria-label={summary}
    >
      {stripRuns(cells).map(({ kind, from, length }) => (
        <rect
          key={from}
          x={from}
          y={HEIGHT - HEIGHTS[kind]}
          width={kind === "fine" || kind === "none" ? length : Math.max(LEAST, length)}
          height={HEIGHTS[kind]}
          fill={COLOURS[kind]}
        />
      ))}
    </svg>
  );
}

/** What the heights and colours mean. */
export function StripLegend() {
  return (
    <p className="flex flex-wrap gap-x-4 text-xs text-mute">
      {(["birth", "death", "trouble"] as const).map((kind) => (
        <span key={kind} className="flex items-center gap-1.5">
          <svg viewBox={`0 0 5 ${HEIGHT}`} className="h-[18px] w-[5px]" aria-hidden="true">
            <rect
              y={HEIGHT - HEIGHTS[kind]}
              width={5}
              height={HEIGHTS[kind]}
              fill={COLOURS[kind]}
            />
          </svg>
          {words.legend[kind]}
        </span>
      ))}
    </p>
  );
}
