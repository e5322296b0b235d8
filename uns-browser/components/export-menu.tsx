"use client";
import { useId, useState } from "react";
import { exportAddress, EXPORT_FORMATS, type ExportScope } from "../lib/exports.ts";
import type { Namespace } from "../lib/namespace.ts";
import { oneMetricTexts } from "../lib/one-metric-texts.ts";
import { readablePath } from "../lib/path.ts";
import { DEFAULT_RANGE, parseRange, PRESETS, rangeText, spanOf } from "../lib/range.ts";
import { texts } from "../lib/texts.ts";
import { Icon } from "./icons.tsx";
import { useSignal } from "./use-signal.ts";

const { exports: words } = oneMetricTexts;

interface ExportMenuProps {
  readonly page: Namespace;
  readonly onDone: () => void;
}

/** Values of the past as a file: of what was chosen, what the filter finds, a row, or everything. */
export function ExportMenu({ page, onDone }: ExportMenuProps) {
  const scopes = useScopes(page);
  const id = useId();
  const [kind, setKind] = useState(scopes[0]?.kind ?? "all");
  const [range, setRange] = useState(rangeText(DEFAULT_RANGE));
  const scope = scopes.find((one) => one.kind === kind) ?? scopes[0] ?? { kind: "all" as const };
  const span = spanOf(parseRange(range) ?? DEFAULT_RANGE, page.clock.now());
  const isTooMany = exportAddress(scope, span, "csv") === null;
  return (
    <div className="grid gap-2.5 p-2">
      <h2 className="font-semibold">{words.title}</h2>
      <fieldset className="grid" aria-label={words.what}>
        {scopes.map((one) => (
          <label key={one.kind} className="menu-item">
            <input
              type="radio"
              name={id}
              checked={one.kind === scope.kind}
              onChange={() => setKind(one.kind)}
            />
            {scopeText(one)}
          </label>
        ))}
      </fieldset>
      <fieldset className="button-row" aria-label={texts.chart.ranges}>
        {PRESETS.map((text) => (
          <button
            key={text}
            type="button"
            aria-pressed={range === text}
            aria-label={texts.chart.lasting(text)}
            onClick={() => setRange(text)}
          >
            {text}
          </button>
        ))}
      </fieldset>
      {isTooMany ? (
        <p className="text-stale">{words.tooMany}</p>
      ) : (
        <p className="flex gap-1.5">
          {EXPORT_FORMATS.map((format) => (
            <a
              key={format}
              className="push-button"
              href={exportAddress(scope, span, format) ?? ""}
              download={`history.${format}`}
              onClick={onDone}
            >
              <span className="flex items-center gap-1.5">
                <Icon name="download" className="size-3.5" />
                {words.formats[format]}
              </span>
            </a>
          ))}
        </p>
      )}
    </div>
  );
}

/** The narrowest first. */
function useScopes(page: Namespace): readonly ExportScope[] {
  const marked = useSignal(page.marked);
  const filter = useSignal(page.filter.text).trim();
  const selected = useSignal(page.selection);
  const row = selected === null ? undefined : page.shown.get().get(selected.id)?.row;
  const paths = [...marked].filter((id) => isNamed(page, id)).map((id) => page.pathOf(id));
  return [
    ...(paths.length > 1 ? [{ kind: "chosen" as const, paths }] : []),
    ...(filter === "" ? [] : [{ kind: "filter" as const, filter }]),
    ...(row !== undefined && isNamed(page, row.id)
      ? [{ kind: "row" as const, path: page.pathOf(row.id) }]
      : []),
    { kind: "all" },
  ];
}

/** Places and topics are no names of the history. */
function isNamed(page: Namespace, id: number): boolean {
  const kind = page.shown.get().get(id)?.row.kind;
  return kind !== undefined && kind !== "place" && kind !== "topic";
}

function scopeText(scope: ExportScope): string {
  switch (scope.kind) {
    case "chosen":
      return words.chosen(scope.paths.length);
    case "filter":
      return words.filter(scope.filter);
    case "row":
      return words.row(readablePath(scope.path));
    case "all":
      return words.all;
  }
}
