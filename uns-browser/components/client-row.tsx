"use client";
import { useState } from "react";
import type { Account } from "../lib/account.ts";
import type { Client } from "../lib/clients.ts";
import { formatCount, formatSpan } from "../lib/format.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { ClientFacts } from "./client-facts.tsx";
import { Icon } from "./icons.tsx";

const { clients: words } = texts;

export interface ClientRowProps {
  readonly client: Client;
  readonly account: Account | null;
  /** When this was heard, by the hub's clock. */
  readonly now: number;
  /** The hub does not answer: nothing can be done. */
  readonly isOld: boolean;
  readonly isLinked: boolean;
  readonly onChanged: () => void;
}

/** One client in a line; open, its subscriptions, its Will, and how to send it off. */
export function ClientRow({ client, account, now, isOld, isLinked, onChanged }: ClientRowProps) {
  const [isOpen, setIsOpen] = useState(isLinked);
  const { clientId, username, address, protocol, isConnected, since, dropped, queued } = client;
  return (
    <details
      open={isLinked}
      className="group"
      onToggle={(event) => setIsOpen(event.currentTarget.open)}
    >
      <summary className="client-line">
        <Icon name="chevron" className="size-3.5 text-mute group-open:rotate-90" />
        <span className={`flex items-center gap-1.5 ${isConnected ? "" : "text-off"}`}>
          <Icon name={isConnected ? "disc" : "power"} className="size-3.5 text-mute" />
          {isConnected ? words.states.connected : words.states.away}
        </span>
        <span className="min-w-0 truncate font-medium">{visibleText(clientId).text}</span>
        <span className="min-w-0 truncate text-mute">
          {username === null ? null : visibleText(username).text}
        </span>
        <span className="figures min-w-0 truncate text-xs text-mute">{address}</span>
        <span className="figures text-xs text-mute">{words.mqtt(protocol)}</span>
        <Rates client={client} />
        <span className="figures text-right text-xs text-mute">
          {words.subscriptions(client.subscriptions)}
        </span>
        <span className={`figures text-right text-xs ${dropped > 0 ? "text-stale" : "text-mute"}`}>
          {queued > 0 ? words.queued(formatCount(queued)) : null}{" "}
          {dropped > 0 ? words.dropped(formatCount(dropped)) : null}
        </span>
        <span className="figures text-right text-xs text-mute">
          {formatSpan(Math.max(0, now - since))}
        </span>
      </summary>
      {isOpen ? <ClientFacts {...{ client, account, now, isOld, onChanged }} /> : null}
    </details>
  );
}

function Rates({ client: { inRate, outRate } }: { readonly client: Client }) {
  if (inRate === null || outRate === null)
    return <span className="text-right text-xs text-mute">{texts.noValue}</span>;
  return (
    <span className="figures text-right text-xs">
      {words.rates(rateText(inRate), rateText(outRate))}
    </span>
  );
}

function rateText(rate: number): string {
  return rate === 0 || rate >= 9.95 ? formatCount(Math.round(rate)) : rate.toFixed(1);
}
