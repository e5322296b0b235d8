import type { ReactNode } from "react";
import type { ClientColumn } from "../lib/client-columns.ts";
import { codeText } from "../lib/client-details.ts";
import { FOR_EVER, type Client } from "../lib/clients.ts";
import { formatCount, formatPerSecond, formatSpan } from "../lib/format.ts";
import { inOurLanguage } from "../lib/hub-words.ts";
import { formatBytes } from "../lib/settings.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { Icon } from "./icons.tsx";

const { clients: words } = texts;

interface CellProps {
  readonly client: Client;
  /** By the hub's clock. */
  readonly now: number;
}

/** What stands in each column, without the name of the client. */
export const CLIENT_CELLS: Readonly<
  Record<Exclude<ClientColumn, "client">, (props: CellProps) => ReactNode>
> = {
  state: State,
  user: ({ client }) => (client.username === null ? null : visibleText(client.username).text),
  address: ({ client }) => inOurLanguage(client.address),
  protocol: ({ client }) => client.protocol,
  keepAlive: ({ client: { keepAliveSeconds } }) =>
    keepAliveSeconds === 0 ? texts.noValue : formatSpan(keepAliveSeconds * 1000),
  session: ({ client: { expirySeconds } }) => {
    if (expirySeconds === FOR_EVER) return words.sessions.forEver;
    return expirySeconds === 0
      ? words.sessions.ends
      : words.sessions.kept(formatSpan(expirySeconds * 1000));
  },
  since: ({ client, now }) => formatSpan(Math.max(0, now - client.since)),
  messages: ({ client: { rates } }) =>
    rates === null
      ? texts.noValue
      : pair(formatPerSecond(rates.received), formatPerSecond(rates.sent)),
  bytes: ({ client: { rates } }) =>
    rates === null
      ? texts.noValue
      : pair(
          formatBytes(Math.round(rates.receivedBytes)),
          formatBytes(Math.round(rates.sentBytes)),
        ),
  subscriptions: ({ client }) => formatCount(client.subscriptions),
  inFlight: ({ client }) => formatCount(client.inFlight),
  queue: Queue,
  dropped: Dropped,
  lastEnd: LastEnd,
};

function pair(received: string, sent: string): string {
  return `${received} / ${sent}`;
}

function State({ client: { isConnected } }: CellProps) {
  return (
    <span className={`flex items-center gap-1.5 ${isConnected ? "" : "text-off"}`}>
      <Icon name={isConnected ? "disc" : "power"} className="size-3.5 shrink-0 text-mute" />
      <span className="max-[699px]:sr-only">
        {isConnected ? words.states.connected : words.states.away}
      </span>
    </span>
  );
}

/** From here on a queue is nearly full. */
const NEARLY = 0.8;

/** How much waits, and how near that is to the limit: beyond it messages are lost. */
function Queue({ client: { queue } }: CellProps) {
  const { messages, maxMessages, fill } = queue;
  const limit = maxMessages === null ? words.noLimit : formatCount(maxMessages);
  const isNearly = fill >= NEARLY;
  const percent = Math.max(2, Math.round(fill * 100));
  return (
    <span
      className={`grid gap-0.5 ${isNearly ? "text-bad" : messages > 0 ? "text-fg" : ""}`}
      title={words.ofLimit(formatCount(messages), limit)}
    >
      <span className="flex items-center justify-end gap-1">
        {isNearly ? <Icon name="triangle" className="size-3" /> : null}
        {formatCount(messages)}
        <span className="sr-only">{words.ofLimit("", limit)}</span>
      </span>
      {messages === 0 ? null : (
        <span className="queue-bar" aria-hidden="true">
          <span style={{ width: `${percent}%` }} />
        </span>
      )}
    </span>
  );
}

function Dropped({ client: { dropped } }: CellProps) {
  if (dropped === 0) return "0";
  return (
    <span className="flex items-center justify-end gap-1 text-stale">
      <Icon name="triangle" className="size-3" />
      {formatCount(dropped)}
    </span>
  );
}

function LastEnd({ client: { lastEnd } }: CellProps) {
  if (lastEnd === null) return texts.noValue;
  const because = visibleText(inOurLanguage(lastEnd.because)).text;
  return (
    <span className="block truncate" title={because}>
      <EndCode code={lastEnd.reasonCode} /> {because}
    </span>
  );
}

/** The reason code of MQTT 5, where there was one. */
export function EndCode({ code }: { readonly code: number | null }) {
  return code === null ? null : <span className="figures text-mute">{codeText(code)}</span>;
}
