"use client";
import { Fragment } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { formatCount } from "../lib/format.ts";
import {
  fieldDifferences,
  kindOf,
  sorted,
  type DifferenceKind,
  type FieldDifference,
  type Review,
  type TagDifference,
} from "../lib/tag-review.ts";
import { cellText } from "../lib/tags.ts";
import { visibleText } from "../lib/visible.ts";

const { review: said } = words;
/** Nobody reads more, and the count is told. */
const MOST_SHOWN = 200;
const KIND_ORDER = ["renamed", "added", "changed", "removed"] as const;
const KINDS = {
  renamed: "text-accent",
  added: "text-good",
  changed: "text-accent",
  removed: "text-bad",
} as const;

/** Each tag before and after, in words and colours. */
export function Differences({ review }: { readonly review: Review }) {
  const { differences, untouched } = review;
  const byKind = sorted(differences);
  const all = KIND_ORDER.flatMap((kind) => byKind[kind]);
  const counts = KIND_ORDER.flatMap((kind) => {
    const count = byKind[kind].length;
    return count === 0 ? [] : [said.counts[kind](formatCount(count))];
  });
  return (
    <section className="grid gap-1.5">
      <p className="font-semibold">{counts.join(" · ")}</p>
      <ul className="overflow-hidden rounded-md border border-line">
        {all.slice(0, MOST_SHOWN).map((difference) => (
          <li
            key={`${difference.device}\n${difference.name}`}
            className="border-t border-line first:border-t-0"
            data-difference={difference.name}
            data-kind={kindOf(difference)}
          >
            <Difference difference={difference} />
          </li>
        ))}
      </ul>
      {all.length > MOST_SHOWN ? (
        <p className="text-mute">{said.more(formatCount(all.length - MOST_SHOWN))}</p>
      ) : null}
      {untouched > 0 ? <p className="text-mute">{said.untouched(formatCount(untouched))}</p> : null}
    </section>
  );
}

function Difference({ difference }: { readonly difference: TagDifference }) {
  const kind = kindOf(difference);
  const { was, name } = difference;
  return (
    <div className="grid gap-1 px-3 py-2">
      <p className="flex flex-wrap items-baseline gap-x-2">
        {was === null ? null : (
          <>
            <del className="gone rounded-sm px-1 wrap-anywhere">{visibleText(was).text}</del>
            <Arrow />
          </>
        )}
        <span className="font-medium wrap-anywhere">{visibleText(name).text}</span>
        <span className={`text-xs font-medium ${KINDS[kind]}`}>{said[kind]}</span>
      </p>
      <dl className="figures grid grid-cols-[minmax(80px,max-content)_minmax(0,1fr)] gap-x-3 gap-y-0.5 text-xs empty:hidden">
        {fieldDifferences(difference).map((field) => (
          <Fragment key={field.key}>
            <dt className="text-mute">{field.key}</dt>
            <dd className="flex flex-wrap items-baseline gap-x-2 wrap-anywhere">
              <Change field={field} kind={kind} />
            </dd>
          </Fragment>
        ))}
      </dl>
    </div>
  );
}

function Arrow() {
  return (
    <span aria-hidden="true" className="text-mute">
      {"→"}
    </span>
  );
}

function Change({
  field,
  kind,
}: {
  readonly field: FieldDifference;
  readonly kind: DifferenceKind;
}) {
  const before = textOf(field.before);
  const after = textOf(field.after);
  return (
    <>
      {kind === "added" ? null : <del className="gone rounded-sm px-1">{before}</del>}
      {kind === "changed" || kind === "renamed" ? <Arrow /> : null}
      {kind === "removed" ? null : <ins className="come rounded-sm px-1 no-underline">{after}</ins>}
    </>
  );
}

function textOf(value: unknown): string {
  if (value === undefined) return said.usual;
  return visibleText(Array.isArray(value) ? value.map(cellText).join(" … ") : cellText(value)).text;
}
