"use client";
import { useMemo } from "react";
import { parseConsumers, type Consumer, type Consumers } from "../lib/births.ts";
import { formatCount, formatSpan } from "../lib/format.ts";
import { oneMetricTexts } from "../lib/one-metric-texts.ts";
import { asking } from "../lib/poll.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { Icon } from "./icons.tsx";
import type { MetricPartProps } from "./metric-head.tsx";
import { PolledState } from "./page-shell.tsx";
import { pagePoll, usePoll } from "./use-poll.ts";
import { useSignal } from "./use-signal.ts";

const {
  metric: { consumers: words },
} = texts;

/** Who hears the data of this metric, and by which filter. */
export function MetricConsumers({ metric: { page } }: MetricPartProps) {
  const state = useSignal(page.details.state);
  const topic = state.kind === "ready" ? state.answer.topic : null;
  const poll = useMemo(
    () =>
      pagePoll({
        everyMs: 3000,
        ask: asking(`/api/ns/consumers?topic=${encodeURIComponent(topic ?? "")}`, parseConsumers),
      }),
    [topic],
  );
  const polled = usePoll(poll, topic !== null);
  return (
    <div className="grid gap-3">
      <p className="text-mute">{words.intro}</p>
      {topic === null ? null : (
        <p className="figures text-xs wrap-anywhere">{visibleText(topic).text}</p>
      )}
      <PolledState polled={polled} onRetry={() => void poll.running.get()?.refresh()} />
      {polled.kind !== "ready" ? null : polled.value.consumers.length === 0 ? (
        <div>
          <p className="font-medium">{words.none}</p>
          <p className="text-mute">{words.noneHelp}</p>
        </div>
      ) : (
        <section
          className="-mx-4 overflow-x-auto"
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, and keys must reach it
          tabIndex={0}
          aria-label={texts.metric.tabs.consumers}
        >
          <ConsumerTable {...polled.value} />
        </section>
      )}
    </div>
  );
}

function ConsumerTable({ now, consumers }: Consumers) {
  const { columns } = words;
  return (
    <table className="plain-table">
      <thead>
        <tr>
          {[
            columns.client,
            columns.filter,
            columns.qos,
            columns.state,
            oneMetricTexts.lastDelivery,
            columns.queue,
            columns.dropped,
          ].map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {consumers.map(({ clientId, username, filters, isConnected, lastSentAt, ...queue }) => (
          <tr key={clientId} data-consumer={clientId}>
            <td className="wrap-anywhere">
              <span className="font-medium">{visibleText(clientId).text}</span>
              {username === null ? null : (
                <span className="ml-2 text-mute">{visibleText(username).text}</span>
              )}
            </td>
            <td className="figures text-xs wrap-anywhere">
              {filters.map(({ filter }) => (
                <p key={filter}>{visibleText(filter).text}</p>
              ))}
            </td>
            <td className="figures text-xs">{filters.map(({ qos }) => qos).join(", ")}</td>
            <td className={`whitespace-nowrap ${isConnected ? "" : "text-off"}`}>
              <span className="flex items-center gap-1.5">
                <Icon name={isConnected ? "disc" : "power"} className="size-3.5 text-mute" />
                {isConnected ? words.connected : words.away}
              </span>
            </td>
            <td className="figures text-xs whitespace-nowrap" data-delivery="">
              {lastSentAt === null
                ? oneMetricTexts.noDelivery
                : oneMetricTexts.ago(formatSpan(Math.max(0, now - lastSentAt)))}
            </td>
            <Queue {...queue} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Queue({ queued, inFlight, dropped }: Pick<Consumer, "queued" | "inFlight" | "dropped">) {
  return (
    <>
      <td className="figures text-xs whitespace-nowrap">
        {words.waiting(formatCount(queued), formatCount(inFlight))}
      </td>
      <td className={`figures text-xs ${dropped > 0 ? "text-stale" : "text-mute"}`}>
        {formatCount(dropped)}
      </td>
    </>
  );
}
