"use client";
import { useState } from "react";
import {
  inOrder,
  isMoving,
  keptOrder,
  sortedBy,
  type ClientColumn,
  type ClientSort,
} from "../lib/client-columns.ts";
import type { ClientsAddress } from "../lib/clients-address.ts";
import type { Client } from "../lib/clients.ts";
import { texts } from "../lib/texts.ts";
import { ClientRow, type ClientRowProps } from "./client-row.tsx";
import { Icon } from "./icons.tsx";
import type { GoTo } from "./use-page-address.ts";

const { clients: words } = texts;

interface ClientTableProps extends Omit<ClientRowProps, "client"> {
  readonly clients: readonly Client[];
  readonly columns: readonly ClientColumn[];
  readonly address: ClientsAddress;
  readonly go: GoTo<ClientsAddress>;
}

/** All clients, a line each; figures move, lines do not. */
export function ClientTable({ clients, columns, address, go, ...row }: ClientTableProps) {
  const { sort, id } = address;
  const { shown, again } = useSorted(clients, sort);
  return (
    <>
      {isMoving(sort) ? (
        <p className="flex flex-wrap items-center gap-2 text-mute">
          <button type="button" className="push-button" onClick={again}>
            {words.sortAgain}
          </button>
          {words.sortedThen}
        </p>
      ) : null}
      <div className="client-scroll">
        <table className="client-table" aria-label={words.table}>
          <ClientHeads {...{ columns, sort }} onSort={(next) => go({ sort: next })} />
          {shown.map((client) => (
            <ClientRow
              key={client.clientId}
              {...{ ...row, client, columns }}
              isOpen={client.clientId === id}
              onToggle={() => go({ id: client.clientId === id ? null : client.clientId })}
            />
          ))}
        </table>
      </div>
    </>
  );
}

interface Sorted {
  readonly shown: readonly Client[];
  readonly again: () => void;
}

/** In the order that there was when the column was chosen, or somebody came in or went: not after each figure. */
function useSorted(clients: readonly Client[], sort: ClientSort): Sorted {
  const [kept, setKept] = useState(() => keptOrder(null, clients, sort));
  const now = keptOrder(kept, clients, sort);
  if (now !== kept) setKept(now);
  return {
    shown: inOrder(clients, now.order),
    again: () => setKept(keptOrder(null, clients, sort)),
  };
}

interface ClientHeadsProps {
  readonly columns: readonly ClientColumn[];
  readonly sort: ClientSort;
  readonly onSort: (sort: ClientSort) => void;
}

/** What the columns are; each sorts. */
function ClientHeads({ columns, sort, onSort }: ClientHeadsProps) {
  return (
    <thead>
      <tr>
        {columns.map((column) => {
          const isSorted = column === sort.column;
          const order = sort.isDown ? "descending" : "ascending";
          return (
            <th
              key={column}
              scope="col"
              data-column={column}
              aria-sort={isSorted ? order : undefined}
            >
              <button
                type="button"
                title={words.sortBy(words.columns[column])}
                onClick={() => onSort(sortedBy(sort, column))}
              >
                <span className={column === "state" ? "max-[699px]:sr-only" : ""}>
                  {words.columns[column]}
                </span>
                {isSorted ? (
                  <Icon
                    name="chevron"
                    className={`size-3 shrink-0 ${sort.isDown ? "rotate-90" : "-rotate-90"}`}
                  />
                ) : null}
              </button>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}
