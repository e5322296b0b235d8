"use client";
import { useCallback } from "react";
import { AUDIT_RESULTS, auditFile, type AuditFilter } from "../lib/audit.ts";
import { fieldTime, parseFieldTime } from "../lib/chart-times.ts";
import { inOurLanguage } from "../lib/hub-words.ts";
import { texts } from "../lib/texts.ts";
import { LateField } from "./late-field.tsx";
import { Choice } from "./list-filter.tsx";
import type { GoTo } from "./use-page-address.ts";
import { useTypedLate } from "./use-typed.ts";

const { audit: words } = texts;

interface AuditFilterFieldsProps {
  readonly filter: AuditFilter;
  readonly go: GoTo<AuditFilter>;
  /** What was done in the lines that were seen. */
  readonly actions: readonly string[];
}

/** Which lines are asked for; all of it stands in the address. */
export function AuditFilterFields({ filter, go, actions }: AuditFilterFieldsProps) {
  const setText = useCallback((text: string) => go({ text }, "replace"), [go]);
  const setUser = useCallback((user: string) => go({ user }, "replace"), [go]);
  const setFrom = useCallback((from: number | null) => go({ from }, "replace"), [go]);
  const setTo = useCallback((to: number | null) => go({ to }, "replace"), [go]);
  const offered = [...new Set([...actions, filter.action])].filter((action) => action !== "");
  return (
    <div className="flex flex-wrap items-center gap-2">
      <LateField label={words.filter} value={filter.text} onChange={setText} />
      <LateField label={words.user} value={filter.user} onChange={setUser} />
      <select
        aria-label={words.action}
        className="text-field max-w-52 bg-panel! py-[4px]!"
        value={filter.action}
        onChange={(event) => go({ action: event.target.value })}
      >
        <option value="">{words.everyAction}</option>
        {offered.toSorted().map((action) => (
          <option key={action} value={action}>
            {inOurLanguage(action)}
          </option>
        ))}
      </select>
      <TimeField label={words.from} value={filter.from} onChange={setFrom} />
      <TimeField label={words.to} value={filter.to} onChange={setTo} />
      <Choice
        label={words.result}
        all={AUDIT_RESULTS}
        chosen={filter.result === "unknown" ? "all" : filter.result}
        onChange={(result) => go({ result })}
      >
        {(result) => words.results[result]}
      </Choice>
      <a className="push-button" href={auditFile(filter)} download="audit.csv">
        {texts.chart.csv}
      </a>
    </div>
  );
}

interface TimeFieldProps {
  readonly label: string;
  readonly value: number | null;
  /** Stands still. */
  readonly onChange: (time: number | null) => void;
}

/** A year has four digits, and is a time after each of them: asked for once nobody types any more. */
function TimeField({ label, value, onChange }: TimeFieldProps) {
  const tell = useCallback((text: string) => onChange(parseFieldTime(text, false)), [onChange]);
  const [text, type] = useTypedLate(
    value === null ? "" : fieldTime(value, false).slice(0, 16),
    tell,
  );
  return (
    <label className="flex items-center gap-1.5 text-mute">
      {label}
      <input
        type="datetime-local"
        className="text-field figures bg-panel! px-1.5! py-[4px]! text-xs"
        value={text}
        onChange={({ target }) => type(target.value)}
      />
    </label>
  );
}
