"use client";
import { useState } from "react";
import type { Account } from "../lib/account.ts";
import { clientsAsker, fittingClients, type Client, type ClientState } from "../lib/clients.ts";
import { formatCount } from "../lib/format.ts";
import { heldBack } from "../lib/poll.ts";
import { texts } from "../lib/texts.ts";
import { ClientBans } from "./client-bans.tsx";
import { ClientRow } from "./client-row.tsx";
import { NewsBar } from "./news-bar.tsx";
import { PageHead, PageShell, PolledState } from "./page-shell.tsx";
import { useAccount } from "./use-account.ts";
import { useKnown } from "./use-known.ts";
import { pagePoll, usePoll } from "./use-poll.ts";

const { clients: words } = texts;
const CLIENTS = pagePoll({ everyMs: 3000, ask: clientsAsker(Date.now) });
const keyOf = ({ clientId }: Client): string => clientId;
const refresh = (): void => void CLIENTS.running.get()?.refresh();

/** Who is connected, or away with a session, as long as the page is open. */
export function ClientsApp() {
  const account = useAccount();
  const polled = usePoll(CLIENTS);
  return (
    <PageShell account={account} current="clients" polled={polled}>
      <div className="mx-auto grid max-w-[1280px] gap-4">
        <PageHead title={texts.pages.clients} intro={words.intro} />
        <PolledState polled={polled} onRetry={refresh} />
        {polled.kind === "ready" ? (
          <>
            <ClientBans
              {...{ account }}
              bans={polled.value.bans}
              now={polled.at}
              onChanged={refresh}
            />
            <Listed
              {...{ account }}
              clients={polled.value.clients}
              now={polled.at}
              isOld={polled.isOld}
            />
          </>
        ) : null}
      </div>
    </PageShell>
  );
}

interface ListedProps {
  readonly clients: readonly Client[];
  readonly account: Account | null;
  readonly now: number;
  readonly isOld: boolean;
}

const STATES = ["all", "connected", "away"] as const satisfies readonly ClientState[];

function Listed({ clients, account, now, isOld }: ListedProps) {
  const [query] = useState(() => new URLSearchParams(location.search));
  const [text, setText] = useState(query.get("f") ?? "");
  const [state, setState] = useState<ClientState>("all");
  const { known, learn } = useKnown(clients, keyOf);
  const { shown, news } = heldBack(fittingClients(clients, { text, state }), keyOf, known);
  const linked = query.get("id");
  if (clients.length === 0)
    return <p className="rounded-lg border border-line bg-panel px-4 py-6">{words.none}</p>;
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <input
          type="search"
          className="text-field w-64 py-[4px]! bg-panel!"
          aria-label={words.filter}
          placeholder={words.filter}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <fieldset className="button-row" aria-label={words.state}>
          {STATES.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={state === one}
              onClick={() => setState(one)}
            >
              {words.states[one]}{" "}
              {formatCount(fittingClients(clients, { text: "", state: one }).length)}
            </button>
          ))}
        </fieldset>
        <output className="ml-auto text-mute">
          {words.count(formatCount(shown.length), formatCount(clients.length))}
        </output>
      </div>
      <NewsBar news={news} onShow={learn} />
      {shown.length === 0 && news === 0 ? <p className="text-mute">{words.noMatch}</p> : null}
      <ul className="overflow-hidden rounded-lg border border-line bg-panel empty:hidden">
        {shown.map((client) => (
          <li
            key={client.clientId}
            data-client={client.clientId}
            className="border-t border-line first:border-t-0"
          >
            <ClientRow
              {...{ client, account, now, isOld }}
              isLinked={client.clientId === linked}
              onChanged={refresh}
            />
          </li>
        ))}
      </ul>
    </>
  );
}
