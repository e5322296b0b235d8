"use client";
import { trendLines, type Trends } from "../lib/trends.ts";
import { useRowVersion } from "./use-signal.ts";

const SIZE = { width: 90, height: 14 } as const;

/** The last sixty samples of a metric, as small as a word; the value stands beside it for those who do not see it. */
export function Spark({ trends, id }: { readonly trends: Trends; readonly id: number }) {
  useRowVersion(trends, id);
  const lines = trendLines(trends.samples(id), SIZE);
  if (lines.length === 0) return null;
  const path = lines
    .map((points) => {
      const [first = [0, 0], ...others] = points.map(([x, y]) => [x.toFixed(1), y.toFixed(1)]);
      const rest = others.length === 0 ? "h1" : others.map(([x, y]) => `L${x} ${y}`).join("");
      return `M${first.join(" ")}${rest}`;
    })
    .join("");
  return (
    <svg viewBox="-1 -2 92 18" className="h-[18px] w-[90px]" aria-hidden="true">
      <path d={path} fill="none" stroke="currentColor" strokeWidth={1.2} strokeLinejoin="round" />
    </svg>
  );
}
