"use client";
import { Fragment } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { formatCount } from "../lib/format.ts";
import {
  fieldDifferences,
  sorted,
  type FieldDifference,
  type Review,
  type TagDifference,
} from "../lib/tag-review.ts";
import { cellText } from "../lib/tags.ts";
import { visibleText } from "../lib/visible.ts";

const { review: said } = words;
/** Nobody reads more, and the count is told. */
const MOST_SHOWN = 200;
const KINDS = {
  added: "text-good",
  changed: "text-accent",
  removed: "text-bad",
} as const;

/** Each tag before and after, in words and colours. */
export function Differences({ review }: { readonly review: Review }) {
  const { differences, untouched } = review;
  const { renamed, added, changed, removed } = sorted(differences);
  const others = [...added, ...changed, ...removed];
  const more = others.length - MOST_SHOWN;
  const counts = [
    [renamed.length, said.counts.renamed],
    [added.length, said.counts.added],
    [changed.length, said.counts.changed],
    [removed.length, said.counts.removed],
  ] as const;
  return (
    <section className="grid gap-1.5">
      <p className="font-semibold">
        {counts
          .filter(([count]) => count > 0)
          .map(([count, tell]) => tell(formatCount(count)))
          .join(" · ")}
      </p>
      <ul className="overflow-hidden rounded-md border border-line">
        {renamed.slice(0, MOST_SHOWN).map(({ from, to }) => (
          <li
            key={`${from}\n${to}`}
            className="flex flex-wrap items-baseline gap-x-2 border-t border-line px-3 py-2 first:border-t-0"
            data-difference={to}
            data-kind="renamed"
          >
            <del className="gone rounded-sm px-1 wrap-anywhere">{visibleText(from).text}</del>
            <span aria-hidden="true" className="text-mute">
              {"→"}
            </span>
            <ins className="come rounded-sm px-1 font-medium no-underline wrap-anywhere">
              {visibleText(to).text}
            </ins>
            <span className="text-xs font-medium text-accent">{said.renamed}</span>
          </li>
        ))}
        {others.slice(0, MOST_SHOWN).map((difference) => (
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
      {more > 0 ? <p className="text-mute">{said.more(formatCount(more))}</p> : null}
      {untouched > 0 ? <p className="text-mute">{said.untouched(formatCount(untouched))}</p> : null}
    </section>
  );
}

type Kind = keyof typeof KINDS;

function kindOf({ before, after }: TagDifference): Kind {
  if (before === null) return "added";
  return after === null ? "removed" : "changed";
}

function Difference({ difference }: { readonly difference: TagDifference }) {
  const kind = kindOf(difference);
  return (
    <div className="grid gap-1 px-3 py-2">
      <p className="flex flex-wrap items-baseline gap-x-3">
        <span className="font-medium wrap-anywhere">{visibleText(difference.name).text}</span>
        <span className={`text-xs font-medium ${KINDS[kind]}`}>{said[kind]}</span>
      </p>
      <dl className="figures grid grid-cols-[minmax(80px,max-content)_minmax(0,1fr)] gap-x-3 gap-y-0.5 text-xs">
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

function Change({ field, kind }: { readonly field: FieldDifference; readonly kind: Kind }) {
  const before = textOf(field.before);
  const after = textOf(field.after);
  return (
    <>
      {kind === "added" ? null : <del className="gone rounded-sm px-1">{before}</del>}
      {kind === "changed" ? (
        <span aria-hidden="true" className="text-mute">
          {"→"}
        </span>
      ) : null}
      {kind === "removed" ? null : <ins className="come rounded-sm px-1 no-underline">{after}</ins>}
    </>
  );
}

function textOf(value: unknown): string {
  if (value === undefined) return said.usual;
  return visibleText(Array.isArray(value) ? value.map(cellText).join(" … ") : cellText(value)).text;
}
