"use client";
import { useState } from "react";
import type { MetricPage } from "../lib/metric.ts";
import { metricPaths } from "../lib/palette.ts";
import { readablePath } from "../lib/path.ts";
import { texts } from "../lib/texts.ts";
import { useFoundRows } from "./use-found-rows.ts";
import { useFocusBack } from "./use-focus-back.ts";

const { chart: words } = texts;

const MOST_SHOWN = 30;

/** Finds metrics by words of their paths, over the whole namespace, and adds them to the chart. */
export function ComparePicker({ metric }: { readonly metric: MetricPage }) {
  const [isOpen, setIsOpen] = useState(false);
  const button = useFocusBack(isOpen);
  return (
    <>
      <button
        ref={button}
        type="button"
        data-compare=""
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
      >
        {words.compare}
      </button>
      {isOpen ? <Finder metric={metric} onClose={() => setIsOpen(false)} /> : null}
    </>
  );
}

function Finder({
  metric,
  onClose,
}: {
  readonly metric: MetricPage;
  readonly onClose: () => void;
}) {
  const [text, setText] = useState("");
  const rows = useFoundRows(text);
  const found = rows === null ? null : metricPaths(rows).slice(0, MOST_SHOWN);
  return (
    <div className="range-fields w-[min(440px,calc(100vw-48px))]! max-[999px]:left-0">
      <input
        type="search"
        className="text-field py-1!"
        aria-label={words.compareTitle}
        placeholder={words.compareTitle}
        // oxlint-disable-next-line jsx-a11y/no-autofocus -- it was opened to be typed into
        autoFocus
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") onClose();
        }}
      />
      {text.trim() === "" ? <p className="text-mute">{words.compareHelp}</p> : null}
      {found?.length === 0 ? <p className="text-mute">{words.compareNone}</p> : null}
      <ul className="max-h-64 overflow-y-auto">
        {found?.map((path) => (
          <li key={path}>
            <button
              type="button"
              className="menu-item figures px-2! py-1! text-xs wrap-anywhere"
              onClick={() => {
                metric.compare(path);
                onClose();
              }}
            >
              {readablePath(path)}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
