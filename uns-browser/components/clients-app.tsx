"use client";
import { Suspense } from "react";
import type { Account } from "../lib/account.ts";
import { clientsSearch, readClientsAddress } from "../lib/clients-address.ts";
import { CLIENT_STATES, clientsAsker, fittingClients, type Client } from "../lib/clients.ts";
import { formatCount } from "../lib/format.ts";
import { heldBack } from "../lib/poll.ts";
import { texts } from "../lib/texts.ts";
import { ClientBans } from "./client-bans.tsx";
import { ColumnsMenu, useClientColumns } from "./client-look.tsx";
import { ClientTable } from "./client-table.tsx";
import { Choice, FilterField } from "./list-filter.tsx";
import { NewsBar } from "./news-bar.tsx";
import { PolledPage } from "./polled-page.tsx";
import { useKnown } from "./use-known.ts";
import { usePageAddress } from "./use-page-address.ts";
import { pagePoll } from "./use-poll.ts";

const { clients: words } = texts;
const CLIENTS = pagePoll({ everyMs: 3000, ask: clientsAsker(Date.now) });
const ADDRESS = { read: readClientsAddress, write: clientsSearch };
const keyOf = ({ clientId }: Client): string => clientId;

/** Who is connected, or away with a session, as long as the page is open. */
export function ClientsApp() {
  return (
    <PolledPage
      current="clients"
      poll={CLIENTS}
      intro={words.intro}
      className="max-w-[1880px] grid-cols-[minmax(0,1fr)] gap-4"
    >
      {({ value: { bans, clients }, at: now, isOld }, { account, refresh }) => (
        <>
          <ClientBans {...{ account, bans, now }} onChanged={refresh} />
          <Suspense>
            <Listed {...{ account, clients, now, isOld }} onChanged={refresh} />
          </Suspense>
        </>
      )}
    </PolledPage>
  );
}

interface ListedProps {
  readonly clients: readonly Client[];
  readonly account: Account | null;
  readonly now: number;
  readonly isOld: boolean;
  readonly onChanged: () => void;
}

function Listed({ clients, ...row }: ListedProps) {
  const [address, go] = usePageAddress(ADDRESS);
  const columns = useClientColumns();
  const { known, learn } = useKnown(clients, keyOf);
  const { text, state } = address;
  const { shown, news } = heldBack(fittingClients(clients, { text, state }), keyOf, known);
  if (clients.length === 0)
    return <p className="rounded-lg border border-line bg-panel px-4 py-6">{words.none}</p>;
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <FilterField
          label={words.filter}
          value={text}
          onChange={(next) => go({ text: next }, "replace")}
        />
        <Choice
          label={words.state}
          all={CLIENT_STATES}
          chosen={state}
          onChange={(next) => go({ state: next })}
        >
          {(one) => (
            <>
              {words.states[one]}{" "}
              {formatCount(fittingClients(clients, { text: "", state: one }).length)}
            </>
          )}
        </Choice>
        <output className="ml-auto text-mute">
          {words.count(formatCount(shown.length), formatCount(clients.length))}
        </output>
        <ColumnsMenu shown={columns} />
      </div>
      <NewsBar news={news} onShow={learn} />
      {shown.length === 0 && news === 0 ? <p className="text-mute">{words.noMatch}</p> : null}
      {shown.length === 0 ? null : (
        <ClientTable clients={shown} {...{ ...row, columns, address, go }} />
      )}
    </>
  );
}
