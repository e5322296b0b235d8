"use client";
import type { Birth, BirthChanges } from "../lib/births.ts";
import { timeIn } from "../lib/chart-times.ts";
import { formatCount } from "../lib/format.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { Icon } from "./icons.tsx";
import { useBirths } from "./metric-chart.tsx";
import type { MetricPartProps } from "./metric-head.tsx";
import { useSignal } from "./use-signal.ts";

const {
  metric: { births: words },
} = texts;

/** Each birth and death of its device, with what a birth changed. */
export function MetricBirths({ metric }: MetricPartProps) {
  const births = useBirths(metric, true);
  const { isUtc } = useSignal(metric.address);
  if (births === null) return <div className="skeleton-late h-24 rounded-md bg-panel2" />;
  return (
    <div className="grid gap-3">
      <p className="text-mute">{words.intro}</p>
      {births.length === 0 ? <p>{words.none}</p> : null}
      <ol className="grid">
        {births.map((birth) => (
          <li
            key={`${birth.kind} ${birth.at}`}
            data-birth={birth.kind}
            className="grid gap-1 border-t border-line py-2 first:border-t-0 sm:grid-cols-[190px_minmax(0,1fr)]"
          >
            <time className="figures text-xs leading-5 text-mute">{timeIn(birth.at, isUtc)}</time>
            <BirthLine birth={birth} />
          </li>
        ))}
      </ol>
    </div>
  );
}

function BirthLine({ birth }: { readonly birth: Birth }) {
  const { kind, type, metrics, bdSeq, clientId, isWill, changes, fault } = birth;
  const isBirth = kind === "birth";
  return (
    <div className="min-w-0">
      <p className="flex flex-wrap items-center gap-x-3">
        <Icon
          name={isBirth ? "triangle" : "cross"}
          className={`size-3.5 ${isBirth ? "text-mute" : "text-bad"}`}
        />
        <span className="font-medium">
          {isBirth ? words.head(type, formatCount(metrics)) : words.death(type)}
        </span>
        {bdSeq === null ? null : (
          <span className="figures text-xs text-mute">{words.bdSeq(bdSeq)}</span>
        )}
        <span className="text-mute wrap-anywhere">
          {isWill
            ? words.will
            : clientId === null
              ? texts.metric.raw.hub
              : visibleText(clientId).text}
        </span>
      </p>
      {fault === null ? null : (
        <p className="text-bad wrap-anywhere">
          {words.fault}: {fault}
        </p>
      )}
      {isBirth && fault === null ? <Changes changes={changes} /> : null}
    </div>
  );
}

function Changes({ changes }: { readonly changes: BirthChanges | null }) {
  if (changes === null) return <p className="text-mute">{words.first}</p>;
  const { added, removed, changed } = changes;
  if (added.length + removed.length + changed.length === 0)
    return <p className="text-mute">{words.same}</p>;
  const lists = [
    [words.added(added.length), "+", added],
    [words.removed(removed.length), "−", removed],
    [
      words.changed(changed.length),
      "~",
      changed.map(({ name, what }) => `${name}  ${what.join("; ")}`),
    ],
  ] as const;
  return lists.map(([title, sign, names]) =>
    names.length === 0 ? null : (
      <details key={sign} open={names.length <= 12} className="mt-1">
        <summary className="cursor-pointer">{title}</summary>
        <ul className="figures mt-0.5 pl-4 text-xs">
          {names.map((name) => (
            <li key={name} className="wrap-anywhere">
              <span aria-hidden="true" className="mr-2 text-mute">
                {sign}
              </span>
              {visibleText(name).text}
            </li>
          ))}
        </ul>
      </details>
    ),
  );
}
