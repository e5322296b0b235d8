"use client";
import { useMemo } from "react";
import { parseConsumers } from "../lib/births.ts";
import { formatCount } from "../lib/format.ts";
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
      {polled.kind !== "ready" ? null : polled.value.length === 0 ? (
        <div>
          <p className="font-medium">{words.none}</p>
          <p className="text-mute">{words.noneHelp}</p>
        </div>
      ) : (
        <div className="-mx-4 overflow-x-auto">
          <ConsumerTable consumers={polled.value} />
        </div>
      )}
    </div>
  );
}

function ConsumerTable({
  consumers,
}: {
  readonly consumers: NonNullable<ReturnType<typeof parseConsumers>>;
}) {
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
        {consumers.map(
          ({ clientId, username, filters, isConnected, queued, inFlight, dropped }) => (
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
              <td className="figures text-xs whitespace-nowrap">
                {words.waiting(formatCount(queued), formatCount(inFlight))}
              </td>
              <td className={`figures text-xs ${dropped > 0 ? "text-stale" : "text-mute"}`}>
                {formatCount(dropped)}
              </td>
            </tr>
          ),
        )}
      </tbody>
    </table>
  );
}
