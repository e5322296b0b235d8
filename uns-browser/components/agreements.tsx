"use client";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { agreedText, spanText } from "../lib/agreed-text.ts";
import { AGREED, type Agreed, type Agreement, type Granted } from "../lib/agreements.ts";
import { formatCount } from "../lib/format.ts";
import { inOurLanguage } from "../lib/hub-words.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { HubText } from "./hub-text.tsx";
import { Icon } from "./icons.tsx";

const { agreements: said } = words;

/** What was asked of a server for each group, what it granted, and what does not hold because of that. */
export function Agreements({ agreements }: { readonly agreements: readonly Agreement[] }) {
  if (agreements.length === 0) return null;
  return (
    <section className="grid gap-2" data-agreements={agreements.length}>
      <h3 className="font-semibold">{said.title}</h3>
      <p className="max-w-[720px] text-mute">{said.intro}</p>
      <Faults agreements={agreements} />
      <AgreementTable agreements={agreements} />
    </section>
  );
}

function Faults({ agreements }: { readonly agreements: readonly Agreement[] }) {
  const all = agreements.flatMap(({ name, faults }) => faults.map((fault) => ({ name, fault })));
  return all.map(({ name, fault }) => (
    <p key={`${name} ${fault}`} className="notice notice-stale" data-agreement-fault="">
      <Icon name="triangle" className="mt-0.5 size-4 text-stale" />
      <span className="wrap-anywhere">
        <strong className="font-semibold">{visibleText(inOurLanguage(name)).text}</strong>
        {": "}
        <HubText text={fault} />
      </span>
    </p>
  ));
}

function AgreementTable({ agreements }: { readonly agreements: readonly Agreement[] }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, and keys must reach it
    <section className="overflow-x-auto" tabIndex={0} aria-label={said.title}>
      <table className="plain-table">
        <caption className="sr-only">{said.title}</caption>
        <thead>
          <tr>
            <th scope="col">{said.part}</th>
            <th scope="col" className="number-cell font-sans!">
              {said.values}
            </th>
            {AGREED.map((key) => (
              <th key={key} scope="col" className="number-cell font-sans!">
                {said.columns[key]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {agreements.map((agreement) => (
            <tr key={agreement.name} data-agreement={agreement.name}>
              <td className="whitespace-nowrap">
                {visibleText(inOurLanguage(agreement.name)).text}
              </td>
              <td className="number-cell">{formatCount(agreement.values)}</td>
              {AGREED.map((key) => (
                <td key={key} className="number-cell">
                  <Cell agreement={agreement} of={key} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Cell({
  agreement: { terms, counts },
  of,
}: {
  readonly agreement: Agreement;
  readonly of: Agreed;
}) {
  const term = terms.get(of);
  if (term === undefined) return texts.noValue;
  const count = counts.get(of);
  const text = (side: keyof Granted): string => {
    if (of === "queue") return formatCount(term[side]);
    const time = spanText(term[side]);
    return count === undefined ? time : said.counted(time, formatCount(count[side]));
  };
  return agreedText(text("asked"), text("granted"));
}
