"use client";
import type { Published } from "../lib/client-details.ts";
import { formatCount, formatPerSecond, formatTime } from "../lib/format.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { ClientPart } from "./client-life.tsx";
import { Icon } from "./icons.tsx";

const { published: words } = texts.clients;

/** To which topics a client publishes, and how often; counted by the hub while the client is connected. */
export function ClientPublishes({ published }: { readonly published: Published | null }) {
  if (published === null) {
    return (
      <ClientPart title={words.title}>
        <p className="text-mute">{words.away}</p>
      </ClientPart>
    );
  }
  const { since, topics, hidden, most } = published;
  const more = topics - hidden - most.length;
  return (
    <ClientPart title={words.title}>
      <p className="mb-1 text-xs text-mute">{words.since(formatTime(since))}</p>
      {topics === 0 ? <p>{words.none}</p> : null}
      {most.length === 0 ? null : <Topics most={most} />}
      <p className="mt-1 flex flex-wrap gap-x-4 text-xs text-mute empty:hidden">
        {more > 0 ? <span>{words.more(formatCount(more))}</span> : null}
        {hidden > 0 ? <span>{words.hidden(formatCount(hidden))}</span> : null}
      </p>
    </ClientPart>
  );
}

function Topics({ most }: Pick<Published, "most">) {
  return (
    <table className="published-table">
      <thead>
        <tr>
          <th scope="col">{words.topic}</th>
          <th scope="col">{words.messages}</th>
          <th scope="col">{words.rate}</th>
        </tr>
      </thead>
      <tbody className="figures text-xs">
        {most.map(({ topic, messages, rate, isRefused }) => (
          <tr key={topic} data-topic={topic}>
            <td className="wrap-anywhere">
              {visibleText(topic).text}
              {isRefused ? (
                <span className="flex items-center gap-1 text-bad">
                  <Icon name="cross" className="size-3" />
                  {words.refused}
                </span>
              ) : null}
            </td>
            <td>{formatCount(messages)}</td>
            <td>{rate === null ? texts.noValue : formatPerSecond(rate)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
