"use client";
import type { ReactNode } from "react";
import { diagnosticsTexts as words } from "../lib/diagnostics-texts.ts";
import {
  isAbout,
  isInState,
  nodesIn,
  SHOWN_LEVELS,
  SHOWN_STATES,
  stateCounts,
  type FindingFilter,
} from "../lib/finding-list.ts";
import { FINDING_AREAS, type Finding, type Findings } from "../lib/findings.ts";
import { formatCount, formatTime } from "../lib/format.ts";
import { visibleText } from "../lib/visible.ts";
import { Choice, FilterField } from "./list-filter.tsx";
import type { ChangeView } from "./use-finding-view.ts";

interface AreasProps {
  /** Those that fit in everything else. */
  readonly fits: readonly Finding[];
  readonly filter: FindingFilter;
  readonly onChange: ChangeView;
}

const ALWAYS = ["all", "sparkplug", "namespace", "adapters", "clients"] as const;

/** What findings are about, with how many there are of each. */
export function FindingAreas({ fits, filter, onChange }: AreasProps) {
  const countOf = (area: FindingFilter["area"]): number =>
    fits.filter((one) => isAbout(one, area) && isInState(one, filter.state)).length;
  const rare = FINDING_AREAS.filter(
    (area) => !ALWAYS.some((one) => one === area) && (countOf(area) > 0 || filter.area === area),
  );
  return (
    <div className="flex max-w-full overflow-x-auto">
      <Choice
        label={words.area}
        all={[...ALWAYS, ...rare]}
        chosen={filter.area}
        onChange={(area) => onChange({ filter: { ...filter, area } })}
      >
        {(area) => `${words.areas[area]} ${formatCount(countOf(area))}`}
      </Choice>
    </div>
  );
}

interface FiltersProps {
  readonly found: Findings;
  readonly filter: FindingFilter;
  readonly isByCause: boolean;
  readonly onChange: ChangeView;
  readonly children: ReactNode;
}

export function FindingFilters({ found, filter, isByCause, onChange, children }: FiltersProps) {
  const { text, level, state, node } = filter;
  const counts = stateCounts(found.findings);
  const nodes = nodesIn(found.findings);
  const all = node === null || nodes.includes(node) ? nodes : [...nodes, node];
  const set = (change: Partial<FindingFilter>): void =>
    onChange({ filter: { ...filter, ...change } });
  return (
    <div className="flex flex-wrap items-center gap-2">
      <FilterField
        label={words.filter}
        value={text}
        onChange={(typed) => onChange({ filter: { ...filter, text: typed } }, "at rest")}
      />
      <Select
        label={words.state}
        value={state}
        options={SHOWN_STATES.map((one) => [
          one,
          `${words.states[one]} (${formatCount(counts[one])})`,
        ])}
        onChange={(one) => set({ state: one })}
      />
      <Select
        label={words.level}
        value={level}
        options={SHOWN_LEVELS.map((one) => [one, words.levels[one]])}
        onChange={(one) => set({ level: one })}
      />
      <Select
        label={words.node}
        value={node ?? ""}
        options={[["", words.anyNode], ...all.map((one) => [one, visibleText(one).text] as const)]}
        onChange={(one) => set({ node: one === "" ? null : one })}
      />
      <Since found={found} since={filter.since} onChange={(since) => set({ since })} />
      <label className="flex items-center gap-1.5">
        <input
          type="checkbox"
          className="size-4"
          checked={isByCause}
          onChange={({ target }) => onChange({ isByCause: target.checked })}
        />
        {words.byCause}
      </label>
      {children}
    </div>
  );
}

const SPANS = ["10m", "1h", "8h", "1d", "7d"] as const;
const FROM_NOW = "now";

function Since({
  found,
  since,
  onChange,
}: {
  readonly found: Findings;
  readonly since: string | null;
  readonly onChange: (since: string | null) => void;
}) {
  const isSpan = SPANS.some((span) => span === since);
  const at = since === null || isSpan ? Number.NaN : Date.parse(since);
  return (
    <Select
      label={words.since}
      value={since ?? ""}
      options={[
        ["", words.sinceAll],
        ...SPANS.map((span) => [span, words.sinces[span]] as const),
        ...(since === null || isSpan
          ? []
          : [[since, words.sinceTime(Number.isNaN(at) ? since : formatTime(at))] as const]),
        [FROM_NOW, words.sinceNow],
      ]}
      onChange={(one) => {
        if (one === FROM_NOW) onChange(`${new Date(found.now).toISOString().slice(0, 19)}Z`);
        else onChange(one === "" ? null : one);
      }}
    />
  );
}

function Select<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [value: T, text: string])[];
  readonly onChange: (value: T) => void;
}) {
  return (
    <select
      className="text-field max-w-40 py-[4px]! bg-panel!"
      aria-label={label}
      value={value}
      onChange={({ target }) => {
        const chosen = options.find(([one]) => one === target.value)?.[0];
        if (chosen !== undefined) onChange(chosen);
      }}
    >
      {options.map(([one, text]) => (
        <option key={one} value={one}>
          {text}
        </option>
      ))}
    </select>
  );
}
