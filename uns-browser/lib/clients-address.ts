/** What the address bar says of the page of clients: what it is filtered and sorted by, and which one is open. */
import { parseSort, sortText, USUAL_SORT, type ClientSort } from "./client-columns.ts";
import { CLIENT_STATES, type ClientState } from "./clients.ts";
import { oneOf } from "./json-parts.ts";
import { readSearch, searchWith } from "./own-search.ts";

export interface ClientsAddress {
  readonly text: string;
  readonly state: ClientState;
  readonly sort: ClientSort;
  /** The client that is open. */
  readonly id: string | null;
}

export function readClientsAddress(search: string): ClientsAddress {
  const given = readSearch(search);
  return {
    text: given.get("f") ?? "",
    state: oneOf(CLIENT_STATES, given.get("state")) ?? "all",
    sort: parseSort(given.get("sort")),
    id: given.get("id") ?? null,
  };
}

export function clientsSearch({ text, state, sort, id }: ClientsAddress, before: string): string {
  const usual = sortText(USUAL_SORT);
  const own = {
    f: text,
    state: state === "all" ? null : state,
    sort: sortText(sort) === usual ? null : sortText(sort),
    id,
  };
  return searchWith(own, before);
}
