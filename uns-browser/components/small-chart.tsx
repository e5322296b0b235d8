"use client";
import type { TreeRow } from "@unshub/hub/feed";
import Link from "next/link";
import { useEffect, useState } from "react";
import { createChart, type Chart, type Curve } from "../lib/chart.ts";
import { knownUntil } from "../lib/metric.ts";
import { metricHref } from "../lib/metric-address.ts";
import type { Namespace } from "../lib/namespace.ts";
import { DEFAULT_RANGE, type Range } from "../lib/range.ts";
import { createSignal } from "../lib/signal.ts";
import { texts } from "../lib/texts.ts";
import { sendToHub, startTimer } from "./browser-world.ts";
import { ChartPanel } from "./chart-panel.tsx";
import { ChartToolbar } from "./chart-toolbar.tsx";
import { useSignal } from "./use-signal.ts";

interface SmallChartProps {
  readonly page: Namespace;
  readonly row: TreeRow;
  readonly path: string;
}

const SMALL_PARTS = 300;
/** Holding an arrow key must not ask the history for every row that passes. */
const ASK_AFTER_MS = 250;

/** The range that was chosen last, for the next metric too. */
const lastRange = createSignal<Range>(DEFAULT_RANGE);

/** The recent past of the selected metric, and the way to all of it. */
export function SmallChart({ page, row, path }: SmallChartProps) {
  const [running] = useState(() => createSignal<Chart | null>(null));
  const { id, name, datatype, unit } = row;
  useEffect(() => {
    const curve = { path, id, name, datatype, unit };
    const timer = setTimeout(() => running.set(openChart(page, curve)), ASK_AFTER_MS);
    return () => {
      clearTimeout(timer);
      running.get()?.stop();
      running.set(null);
    };
  }, [page, path, id, name, datatype, unit, running]);
  const chart = useSignal(running);
  return (
    <section className="border-t border-line px-4 py-3">
      {chart === null ? (
        <div className="h-[232px]" />
      ) : (
        <div className="grid gap-2">
          <ChartToolbar chart={chart} clock={page.clock} isUtc={false} />
          <ChartPanel chart={chart} clock={page.clock} marks={[]} isUtc={false} size="small" />
        </div>
      )}
      <MetricLink path={path} />
    </section>
  );
}

function openChart(page: Namespace, curve: Curve): Chart {
  const chart = createChart(
    {
      send: sendToHub,
      timer: startTimer,
      clock: page.clock,
      store: page.store,
      knownUntil: () => knownUntil(page),
      parts: SMALL_PARTS,
    },
    lastRange.get(),
  );
  chart.range.subscribe(() => lastRange.set(chart.range.get()));
  chart.show([curve]);
  return chart;
}

function MetricLink({ path }: { readonly path: string }) {
  const range = useSignal(lastRange);
  return (
    <p className="mt-2 flex flex-wrap gap-4">
      <Link className="text-accent underline" href={metricHref(path, { range })} prefetch={false}>
        {texts.chart.open}
      </Link>
      {(["raw", "table", "consumers"] as const).map((tab) => (
        <Link
          key={tab}
          className="text-accent underline"
          href={metricHref(path, { range, tab })}
          prefetch={false}
        >
          {texts.metric.tabs[tab]}
        </Link>
      ))}
    </p>
  );
}
