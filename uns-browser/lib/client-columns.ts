/** The columns of the table of clients: which are shown, and by which it is sorted. */
import type { Client } from "./clients.ts";
import { isRecord } from "./hub-request.ts";

/** In their order; state and client are always there. */
export const CLIENT_COLUMNS = [
  "state",
  "client",
  "user",
  "address",
  "protocol",
  "keepAlive",
  "session",
  "since",
  "messages",
  "bytes",
  "subscriptions",
  "inFlight",
  "queue",
  "dropped",
  "lastEnd",
] as const;

export type ClientColumn = (typeof CLIENT_COLUMNS)[number];

const ALWAYS: ReadonlySet<ClientColumn> = new Set(["state", "client"]);

/** Those that can be left out. */
export const CHOSEN_COLUMNS = CLIENT_COLUMNS.filter((column) => !ALWAYS.has(column));

/** What a screen of 1366 pixels has no room for. */
const ONLY_WIDE: ReadonlySet<ClientColumn> = new Set([
  "protocol",
  "keepAlive",
  "session",
  "inFlight",
]);
const ON_A_PHONE: ReadonlySet<ClientColumn> = new Set(["messages", "queue"]);
const WIDE_PX = 1600;
const NARROW_PX = 700;

/** Where nobody has chosen any. */
export function usualColumns(widthPx: number): readonly ClientColumn[] {
  if (widthPx >= WIDE_PX) return CLIENT_COLUMNS;
  return CLIENT_COLUMNS.filter((column) => {
    if (ALWAYS.has(column)) return true;
    return widthPx < NARROW_PX ? ON_A_PHONE.has(column) : !ONLY_WIDE.has(column);
  });
}

export function withClientColumn(
  shown: readonly ClientColumn[],
  column: ClientColumn,
): readonly ClientColumn[] {
  const isShown = shown.includes(column);
  return CLIENT_COLUMNS.filter((one) => (one === column ? !isShown : shown.includes(one)));
}

/** As it was kept; `null`: nobody has chosen. */
export function parseClientColumns(stored: string | null): readonly ClientColumn[] | null {
  try {
    const value: unknown = JSON.parse(stored ?? "null");
    if (!isRecord(value) || !Array.isArray(value["columns"])) return null;
    const chosen: readonly unknown[] = value["columns"];
    return CLIENT_COLUMNS.filter((column) => ALWAYS.has(column) || chosen.includes(column));
  } catch {
    return null; // somebody else wrote there
  }
}

export interface ClientSort {
  readonly column: ClientColumn;
  readonly isDown: boolean;
}

export const USUAL_SORT: ClientSort = { column: "client", isDown: false };

/** Columns whose figures move by themselves: a list that followed them would move under the pointer. */
const MOVING: ReadonlySet<ClientColumn> = new Set([
  "messages",
  "bytes",
  "inFlight",
  "queue",
  "dropped",
]);
/** Of these the most is looked for first. */
const FROM_THE_TOP: ReadonlySet<ClientColumn> = new Set([...MOVING, "subscriptions", "lastEnd"]);

export function isMoving({ column }: ClientSort): boolean {
  return MOVING.has(column);
}

/** By a column, or the other way round. */
export function sortedBy(before: ClientSort, column: ClientColumn): ClientSort {
  if (before.column === column) return { column, isDown: !before.isDown };
  return { column, isDown: FROM_THE_TOP.has(column) };
}

/** As it stands in the address: `-queue`. */
export function sortText({ column, isDown }: ClientSort): string {
  return `${isDown ? "-" : ""}${column}`;
}

export function parseSort(text: string | undefined): ClientSort {
  const isDown = text?.startsWith("-") === true;
  const column = CLIENT_COLUMNS.find((one) => one === (isDown ? text.slice(1) : text));
  return column === undefined ? USUAL_SORT : { column, isDown };
}

type Rank = string | number;

const RANKS: Readonly<Record<ClientColumn, (client: Client) => Rank>> = {
  state: ({ isConnected }) => (isConnected ? 0 : 1),
  client: ({ clientId }) => clientId,
  user: ({ username }) => username ?? "",
  address: ({ address }) => address,
  protocol: ({ protocol }) => protocol,
  keepAlive: ({ keepAliveSeconds }) => keepAliveSeconds,
  session: ({ expirySeconds }) => expirySeconds,
  since: ({ since }) => -since,
  messages: ({ rates }) => (rates === null ? -1 : rates.received + rates.sent),
  bytes: ({ rates }) => (rates === null ? -1 : rates.receivedBytes + rates.sentBytes),
  subscriptions: ({ subscriptions }) => subscriptions,
  inFlight: ({ inFlight }) => inFlight,
  queue: ({ queue }) => queue.fill * 1e9 + queue.messages / 1e9,
  dropped: ({ dropped }) => dropped,
  lastEnd: ({ lastEnd }) => lastEnd?.at ?? 0,
};

/** Identifiers in the order of a column; what is the same by it, by its identifier. */
export function orderOf(
  clients: readonly Client[],
  { column, isDown }: ClientSort,
): readonly string[] {
  const rank = RANKS[column];
  const sorted = clients.toSorted((a, b) => {
    const order = compared(rank(a), rank(b));
    return (isDown ? -order : order) || compared(a.clientId, b.clientId);
  });
  return sorted.map(({ clientId }) => clientId);
}

/** An order, and what it was made of: a column, and who was there. */
interface KeptOrder {
  readonly madeOf: string;
  readonly order: readonly string[];
}

/** The one before, as long as it is asked for the same column of the same clients. */
export function keptOrder(
  before: KeptOrder | null,
  clients: readonly Client[],
  sort: ClientSort,
): KeptOrder {
  const ids = clients.map(({ clientId }) => clientId).toSorted();
  const madeOf = [sortText(sort), ...ids].join("\n");
  return before?.madeOf === madeOf ? before : { madeOf, order: orderOf(clients, sort) };
}

function compared(a: Rank, b: Rank): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}

/** In an order that was made before; those that it does not name come last. */
export function inOrder(clients: readonly Client[], order: readonly string[]): readonly Client[] {
  const places = new Map(order.map((id, at) => [id, at]));
  const placeOf = ({ clientId }: Client): number => places.get(clientId) ?? Infinity;
  return clients.toSorted((a, b) => {
    const [first, second] = [placeOf(a), placeOf(b)];
    return first === second ? 0 : first - second;
  });
}
