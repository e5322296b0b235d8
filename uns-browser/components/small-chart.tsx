"use client";
import type { TreeRow } from "@unshub/hub/feed";
import Link from "next/link";
import { useEffect, useState } from "react";
import { createChart, type Chart, type Curve } from "../lib/chart.ts";
import { knownUntil } from "../lib/metric.ts";
import { metricHref } from "../lib/metric-address.ts";
import type { Namespace } from "../lib/namespace.ts";
import { exportUrl } from "../lib/history.ts";
import type { Quality } from "../lib/quality.ts";
import { DEFAULT_RANGE, spanOf, type Range } from "../lib/range.ts";
import { createSignal } from "../lib/signal.ts";
import { texts } from "../lib/texts.ts";
import { sendToHub, startTimerWhileSeen } from "./browser-world.ts";
import { ChartPanel } from "./chart-panel.tsx";
import { ChartToolbar } from "./chart-toolbar.tsx";
import { useSignal } from "./use-signal.ts";

interface SmallChartProps {
  readonly page: Namespace;
  readonly row: TreeRow;
  readonly path: string;
}

const SMALL_PARTS = 300;
/** Who looks at one row after the other is not shown the past of each. */
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
    </section>
  );
}

function openChart(page: Namespace, curve: Curve): Chart {
  const chart = createChart(
    {
      send: sendToHub,
      timer: startTimerWhileSeen,
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

const BUTTON = "push-button px-2! text-xs";
/** The first is for a value that is not as it should be. */
const TABS = ["explain", "raw", "table", "consumers"] as const;

interface PanelButtonsProps extends Pick<SmallChartProps, "page" | "path"> {
  readonly name: string;
  readonly quality: Quality;
}

/** The ways to everything else of the metric, for the range that the small chart shows. */
export function PanelButtons({ page, path, name, quality }: PanelButtonsProps) {
  const range = useSignal(lastRange);
  const csv = (): string => exportUrl(path, spanOf(range, page.clock.now()));
  return (
    <>
      <Link className={BUTTON} href={metricHref(path, { range })} prefetch={false}>
        {texts.chart.open}
      </Link>
      {(quality === "good" || quality === "none" ? TABS.slice(1) : TABS).map((tab) => (
        <Link key={tab} className={BUTTON} href={metricHref(path, { range, tab })} prefetch={false}>
          {texts.metric.tabs[tab]}
        </Link>
      ))}
      <a
        className={BUTTON}
        href={csv()}
        download={`${name.replaceAll(/[^\w.-]+/g, "_")}.csv`}
        aria-label={texts.chart.csvHelp}
        onClick={(event) => {
          event.currentTarget.href = csv(); // until now
        }}
      >
        {texts.chart.csv}
      </a>
    </>
  );
}
