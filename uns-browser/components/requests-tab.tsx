"use client";
import { useMemo } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { formatCount, formatSpan } from "../lib/format.ts";
import { asking } from "../lib/poll.ts";
import { adapterUrl } from "../lib/tags.ts";
import { texts } from "../lib/texts.ts";
import { parseWork, type Work, type WorkRequest } from "../lib/work.ts";
import { rateText } from "./adapter-section.tsx";
import type { DeviceProps } from "./device-view.tsx";
import { PolledState } from "./page-shell.tsx";
import { pagePoll, usePoll } from "./use-poll.ts";

const { requests: said } = words;

/** How the tags of a device are joined into requests, and what they cost. */
export function RequestsTab({ adapter: { name }, device: { id } }: DeviceProps) {
  const poll = useMemo(
    () => pagePoll({ everyMs: 15_000, ask: asking(`${adapterUrl(name)}/work`, parseWork) }),
    [name],
  );
  const polled = usePoll(poll);
  return (
    <div className="grid gap-3 p-4">
      <p className="max-w-[720px] text-mute">{said.intro}</p>
      <PolledState polled={polled} onRetry={() => void poll.running.get()?.refresh()} />
      {polled.kind === "ready" ? <Requests work={polled.value} device={id} /> : null}
    </div>
  );
}

function Requests({ work, device }: { readonly work: Work; readonly device: string }) {
  const link = work.links.find(({ devices }) => devices.some((each) => each.device === device));
  const own = link?.devices.find((each) => each.device === device);
  if (link === undefined || own === undefined || own.requests.length === 0)
    return <p>{said.none}</p>;
  const load = link.busLoad;
  return (
    <>
      <p className="flex flex-wrap gap-x-6 gap-y-1 font-medium">
        <span>{said.count(formatCount(own.requests.length), formatCount(own.tags))}</span>
        <span>{said.perSecond(rateText(link.requestsPerSecond))}</span>
        {load === null ? null : (
          <span className={load > 1 ? "text-bad" : load > 0.8 ? "text-stale" : ""}>
            {said.busLoad(String(Math.round(load * 100)))}
          </span>
        )}
      </p>
      <RequestTable device={device} requests={own.requests} />
    </>
  );
}

function RequestTable({
  device,
  requests,
}: {
  readonly device: string;
  readonly requests: readonly WorkRequest[];
}) {
  const { columns } = said;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, and keys must reach it
    <section className="overflow-x-auto" tabIndex={0} aria-label={said.label(device)}>
      <table className="plain-table">
        <caption className="sr-only">{said.label(device)}</caption>
        <thead>
          <tr>
            <th scope="col">{columns.what}</th>
            <th scope="col">{columns.group}</th>
            {(["every", "tags", "bytes", "unused", "wire"] as const).map((key) => (
              <th key={key} scope="col" className="number-cell font-sans!">
                {columns[key]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {requests.map((request) => (
            <RequestRow key={`${request.group} ${request.what}`} request={request} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function RequestRow({ request }: { readonly request: WorkRequest }) {
  const { what, group, intervalMs, tags, bytes, unusedBytes, wireMs } = request;
  return (
    <tr data-request={what}>
      <td className="figures text-xs">{what}</td>
      <td>{group}</td>
      <td className="number-cell">{intervalMs === null ? said.onDemand : everyText(intervalMs)}</td>
      <td className="number-cell">{formatCount(tags)}</td>
      <td className="number-cell">{countText(bytes)}</td>
      <td className="number-cell text-mute">{countText(unusedBytes)}</td>
      <td className="number-cell">
        {wireMs === null ? texts.noValue : words.answerMs(wireMs.toFixed(1))}
      </td>
    </tr>
  );
}

/** Below a second nobody writes seconds. */
function everyText(ms: number): string {
  return ms < 1000 ? words.answerMs(String(Math.round(ms))) : formatSpan(ms);
}

function countText(count: number | null): string {
  return count === null ? texts.noValue : formatCount(count);
}
