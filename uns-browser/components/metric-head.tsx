"use client";
import type { TreeRow, ValueAnswer } from "@unshub/hub/feed";
import type { Account } from "../lib/account.ts";
import type { MetricPage, Subject } from "../lib/metric.ts";
import type { Namespace } from "../lib/namespace.ts";
import { readablePath } from "../lib/path.ts";
import type { Quality } from "../lib/quality.ts";
import type { Reading } from "../lib/store.ts";
import { texts } from "../lib/texts.ts";
import { CopyButton } from "./copy-button.tsx";
import { Icon } from "./icons.tsx";
import { pins } from "./kept.ts";
import { BigValue, QualityLine } from "./metric-details.tsx";
import { MetricChart } from "./metric-chart.tsx";
import { MetricFigures } from "./metric-figures.tsx";
import { MetricMenu } from "./metric-menu.tsx";
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
export function MetricHead(props: MetricPartProps) {
  return (
    <>
      <Present {...props} />
      <MetricChart {...props} />
    </>
  );
}

/** All that is drawn anew with each value; the chart beside it is not. */
function Present({ metric: { page }, account, subject: { path, row } }: MetricPartProps) {
  useRowVersion(page.store, row.id);
  const reading = page.store.read(row.id);
  const quality = reading?.quality ?? "none";
  const state = useSignal(page.details.state);
  const answer = state.kind === "ready" && state.id === row.id ? state.answer : null;
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
        <div className="flex items-start gap-2">
          <Pin path={path} />
          <WriteSection {...{ page, account, row, path, quality }} place="head" />
          <MetricMenu {...{ account, answer, path }} />
        </div>
      </div>
      <Now {...{ page, row, reading, quality, answer }} />
    </>
  );
}

/** Keeps the metric in view above the tree, in this browser. */
function Pin({ path }: { readonly path: string }) {
  const isPinned = useSignal(pins.paths).includes(path);
  return (
    <button
      type="button"
      className="push-button"
      aria-pressed={isPinned}
      onClick={() => pins.toggle(path)}
    >
      <span className="flex items-center gap-1.5">
        <Icon name="pin" className={`size-3.5 ${isPinned ? "text-accent" : ""}`} />
        {isPinned ? texts.metric.pinned : texts.metric.pin}
      </span>
    </button>
  );
}

interface NowProps {
  readonly page: Namespace;
  readonly row: TreeRow;
  readonly reading: Reading | null;
  readonly quality: Quality;
  readonly answer: ValueAnswer | null;
}

function Now({ page, row, reading, quality, answer }: NowProps) {
  return (
    <section className="metric-now" aria-label={texts.metric.now}>
      <BigValue row={row} reading={reading} quality={quality} />
      <QualityLine {...{ page, reading, quality, answer }} hasAge={false} />
      <MetricFigures {...{ page, reading, answer }} id={row.id} />
    </section>
  );
}
