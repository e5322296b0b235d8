"use client";
import { METRIC_TABS, type MetricTab } from "../lib/metric-address.ts";
import { texts } from "../lib/texts.ts";
import { Explain } from "./explain.tsx";
import { MetricBirths } from "./metric-births.tsx";
import { MetricConsumers } from "./metric-consumers.tsx";
import type { MetricPartProps } from "./metric-head.tsx";
import { MetricOverview } from "./metric-overview.tsx";
import { MetricRaw } from "./metric-raw.tsx";
import { MetricTable } from "./metric-table.tsx";
import { MetricWrites } from "./metric-writes.tsx";
import { Tabs } from "./tabs.tsx";
import { useMayDiagnose } from "./use-account.ts";
import { useSignal } from "./use-signal.ts";

const { metric: words } = texts;
const TABS = METRIC_TABS.map((key) => ({ key, name: words.tabs[key] }));

/** Everything else about the metric. */
export function MetricTabs(props: MetricPartProps) {
  const { metric } = props;
  const { tab } = useSignal(metric.address);
  return (
    <section className="min-w-0 rounded-lg border border-line bg-panel">
      <Tabs
        label={words.tabList}
        tabs={TABS}
        current={tab}
        onChoose={(key) => metric.choose({ tab: key })}
      >
        <div className="min-w-0 px-4 py-3" data-tab={tab}>
          <Shown tab={tab} {...props} />
        </div>
      </Tabs>
    </section>
  );
}

function Shown({ tab, ...props }: MetricPartProps & { readonly tab: MetricTab }) {
  const mayDiagnose = useMayDiagnose(props.account);
  if (tab === "overview") return <MetricOverview {...props} />;
  if (tab === "table") return <MetricTable {...props} />;
  if (!mayDiagnose) return <p className="text-mute">{words.role}</p>;
  switch (tab) {
    case "raw":
      return <MetricRaw {...props} />;
    case "births":
      return <MetricBirths {...props} />;
    case "consumers":
      return <MetricConsumers {...props} />;
    case "writes":
      return <MetricWrites {...props} />;
    case "explain":
      return (
        <div className="grid max-w-[760px] gap-2">
          <p className="text-mute">{words.explain.intro}</p>
          <Explain key={props.subject.path} path={props.subject.path} asksAtOnce />
        </div>
      );
  }
}
