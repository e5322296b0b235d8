"use client";
import type { ReactNode } from "react";
import { diagnosticsTexts as words } from "../lib/diagnostics-texts.ts";
import type { Finding } from "../lib/findings.ts";
import { formatClock, formatTime } from "../lib/format.ts";
import { Icon, type IconName } from "./icons.tsx";

const SIGNS: Readonly<Record<Finding["level"], readonly [icon: IconName, colour: string]>> = {
  reject: ["cross", "text-bad"],
  warn: ["triangle", "text-stale"],
  observe: ["help", "text-mute"],
  off: ["dashes", "text-mute"],
};

/** What opens a row; the parts of its line are its children. */
export function RowButton({
  isOpen,
  controls,
  onToggle,
  children,
}: {
  readonly isOpen: boolean;
  readonly controls: string;
  readonly onToggle: () => void;
  readonly children: ReactNode;
}) {
  return (
    <button
      type="button"
      className="finding-open"
      aria-expanded={isOpen}
      aria-controls={controls}
      data-row=""
      onClick={onToggle}
    >
      <Icon name="chevron" className={`size-3.5 text-mute ${isOpen ? "rotate-90" : ""}`} />
      {children}
    </button>
  );
}

export function SeverityAndTime({
  finding: { level, lastAt },
  now,
}: {
  readonly finding: Pick<Finding, "level" | "lastAt">;
  readonly now: number;
}) {
  const [icon, colour] = SIGNS[level];
  return (
    <>
      <span className={`flex items-center gap-1.5 text-xs ${colour}`}>
        <Icon name={icon} className="size-3.5" />
        {words.levels[level]}
      </span>
      <span className="figures text-xs">
        <span className="sr-only">{words.lastTime} </span>
        {when(lastAt, now)}
      </span>
    </>
  );
}

const DAY_MS = 86_400_000;
const NOW_MS = 10_000;

/** The clock of today, else the day too. */
export function when(at: number, now: number): string {
  if (now - at < NOW_MS) return words.now;
  return now - at < DAY_MS && new Date(at).getDate() === new Date(now).getDate()
    ? formatClock(at)
    : formatTime(at).slice(5, -3);
}
