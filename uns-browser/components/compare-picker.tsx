"use client";
import { useEffect, useState } from "react";
import type { TreeRow } from "@unshub/hub/feed";
import { createApi } from "../lib/api.ts";
import type { MetricPage } from "../lib/metric.ts";
import { joinPath, readablePath } from "../lib/path.ts";
import { texts } from "../lib/texts.ts";

const { chart: words } = texts;

/** After the last letter. */
const ASK_AFTER_MS = 150;
const MOST_SHOWN = 30;

/** Finds metrics by words of their paths, over the whole namespace, and adds them to the chart. */
export function ComparePicker({ metric }: { readonly metric: MetricPage }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <button type="button" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
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
  const found = useFound(text);
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

/** Paths of metrics that have these words; `null` while nothing is known of them. */
function useFound(text: string): readonly string[] | null {
  const wanted = text.trim();
  const [found, setFound] = useState<{ readonly text: string; readonly paths: readonly string[] }>({
    text: "",
    paths: [],
  });
  useEffect(() => {
    if (wanted === "") return;
    const question = new AbortController();
    const timer = setTimeout(() => {
      createApi((url, options) => fetch(url, options))
        .find(wanted, question.signal)
        .then(({ rows }) => setFound({ text: wanted, paths: pathsOf(rows).slice(0, MOST_SHOWN) }))
        .catch(() => undefined); // the pill says what is wrong with the hub
    }, ASK_AFTER_MS);
    return () => {
      clearTimeout(timer);
      question.abort();
    };
  }, [wanted]);
  return wanted === "" || found.text === "" ? null : found.paths;
}

/** Parents come before their children. */
function pathsOf(rows: readonly TreeRow[]): readonly string[] {
  const paths = new Map<number, string>();
  return rows.flatMap(({ id, parent, name, kind }) => {
    const path = joinPath(parent === null ? null : (paths.get(parent) ?? null), name);
    paths.set(id, path);
    return kind === "metric" ? [path] : [];
  });
}
