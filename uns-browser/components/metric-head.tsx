"use client";
import Link from "next/link";
import type { Account } from "../lib/account.ts";
import type { MetricPage, Subject } from "../lib/metric.ts";
import { readablePath } from "../lib/path.ts";
import { texts } from "../lib/texts.ts";
import { CopyButton } from "./copy-button.tsx";
import { BigValue, QualityLine } from "./metric-details.tsx";
import { MetricChart } from "./metric-chart.tsx";
import { ShownName } from "./shown-name.tsx";
import { useRowVersion, useSignal } from "./use-signal.ts";
import { WriteSection } from "./write-section.tsx";

type MetricSubject = Extract<Subject, { kind: "metric" }>;

export interface MetricPartProps {
  readonly metric: MetricPage;
  readonly account: Account | null;
  readonly subject: MetricSubject;
}

/** What the metric is called, what it is worth now, and what it was worth. */
export function MetricHead({ metric, account, subject }: MetricPartProps) {
  const { path, row } = subject;
  return (
    <>
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1">
          <h2 className="text-lg leading-snug font-semibold wrap-anywhere">
            <ShownName name={row.name} />
          </h2>
          <div className="flex min-w-0 items-center gap-1">
            <p className="figures min-w-0 text-xs wrap-anywhere text-mute">{readablePath(path)}</p>
            <CopyButton text={path} what={texts.details.path} />
          </div>
        </div>
        <Link className="push-button" href={`/ns/?p=${path}`} prefetch={false}>
          {texts.metric.toNamespace}
        </Link>
      </div>
      <Now {...{ metric, account, subject }} />
      <MetricChart {...{ metric, account, subject }} />
    </>
  );
}

function Now({ metric: { page }, account, subject: { row, path } }: MetricPartProps) {
  useRowVersion(page.store, row.id);
  const reading = page.store.read(row.id);
  const state = useSignal(page.details.state);
  const quality = reading?.quality ?? "none";
  const answer = state.kind === "ready" && state.id === row.id ? state.answer : null;
  return (
    <section className="metric-now" aria-label={texts.metric.now}>
      <BigValue row={row} reading={reading} quality={quality} />
      <QualityLine page={page} reading={reading} quality={quality} answer={answer} />
      <WriteSection {...{ page, account, row, path, quality }} />
    </section>
  );
}
