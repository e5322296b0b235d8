/** Clients of the MQTT server as the hub tells them; how much they say is worked out from two looks. */
import { askHub, isRecord, type SendLike } from "./hub-request.ts";
import type { Understood } from "./poll.ts";

export interface Client {
  readonly clientId: string;
  readonly username: string | null;
  readonly address: string;
  /** `3.1`, `3.1.1` or `5` */
  readonly protocol: string;
  readonly isConnected: boolean;
  /** Of the connection, or of its end; milliseconds since 1970 UTC. */
  readonly since: number;
  readonly received: number;
  readonly sent: number;
  readonly queued: number;
  readonly dropped: number;
  readonly subscriptions: number;
  /** How its last connection that is over ended, since the hub started. */
  readonly lastEnd: { readonly at: number; readonly because: string } | null;
  /** Messages a second since the last look; `null` at the first one. */
  readonly inRate: number | null;
  readonly outRate: number | null;
}

/** A client that may not come in for a while. Times are milliseconds since 1970 UTC. */
export interface ClientBan {
  readonly clientId: string;
  readonly until: number;
  readonly by: string;
  readonly reason: string | null;
}

/** All that is known of clients. */
export interface Clients {
  readonly clients: readonly Client[];
  readonly bans: readonly ClientBan[];
}

/** Everything of one client. */
export interface ClientDetails {
  readonly isClean: boolean;
  readonly keepAliveSeconds: number;
  readonly expirySeconds: number;
  readonly inFlight: number;
  readonly outgoingBytes: number;
  readonly will: { readonly topic: string; readonly qos: number; readonly retain: boolean } | null;
  readonly subscriptions: readonly { readonly filter: string; readonly qos: number }[];
}

const MOST = 1000;

/** Asks for all clients and remembers what each had said, for the next look. */
export function clientsAsker(now: () => number): (send: SendLike) => Promise<Understood<Clients>> {
  let before: ReadonlyMap<string, Client> = new Map();
  let at = 0;
  return async (send) => {
    const answer = await askHub(send, "GET", `/api/v1/clients?limit=${MOST}`);
    if (answer.kind !== "done") return answer;
    const clients = parseClients(answer.value);
    if (clients === null) return { kind: "done", value: null };
    const seconds = (now() - at) / 1000;
    const rated = clients.map((client) => withRates(client, before.get(client.clientId), seconds));
    before = new Map(rated.map((client) => [client.clientId, client]));
    at = now();
    return { kind: "done", value: { clients: rated, bans: parseBans(answer.value) } };
  };
}

/** The hub works out the begin of a connection anew each time, to the millisecond or so. */
const SAME_WITHIN_MS = 500;

/** Counters begin anew with each connection. */
function withRates(client: Client, before: Client | undefined, seconds: number): Client {
  const isSame = before !== undefined && Math.abs(before.since - client.since) < SAME_WITHIN_MS;
  if (!isSame || seconds <= 0) return client;
  const rate = (is: number, was: number): number => Math.max(0, is - was) / seconds;
  return {
    ...client,
    inRate: rate(client.received, before.received),
    outRate: rate(client.sent, before.sent),
  };
}

export function parseClients(value: unknown): readonly Client[] | null {
  if (!isRecord(value) || !Array.isArray(value["clients"])) return null;
  return value["clients"].filter(isRecord).map((json) => ({
    clientId: textOf(json["clientId"]) ?? "",
    username: textOf(json["username"]),
    address: textOf(json["address"]) ?? "",
    protocol: textOf(json["protocol"]) ?? "",
    isConnected: json["connected"] === true,
    since: Date.parse(textOf(json["since"]) ?? ""),
    received: numberOf(json["received"]),
    sent: numberOf(json["sent"]),
    queued: numberOf(json["queued"]),
    dropped: numberOf(json["dropped"]),
    subscriptions: numberOf(json["subscriptions"]),
    lastEnd: isRecord(json["lastEnd"])
      ? { at: numberOf(json["lastEnd"]["at"]), because: textOf(json["lastEnd"]["because"]) ?? "" }
      : null,
    inRate: null,
    outRate: null,
  }));
}

function parseBans(value: unknown): readonly ClientBan[] {
  if (!isRecord(value) || !Array.isArray(value["bans"])) return [];
  return value["bans"].filter(isRecord).map((json) => ({
    clientId: textOf(json["clientId"]) ?? "",
    until: numberOf(json["until"]),
    by: textOf(json["by"]) ?? "",
    reason: textOf(json["reason"]),
  }));
}

export function parseClientDetails(value: unknown): ClientDetails | null {
  if (!isRecord(value) || !Array.isArray(value["subscriptions"])) return null;
  const { will } = value;
  return {
    isClean: value["clean"] === true,
    keepAliveSeconds: numberOf(value["keepAliveSeconds"]),
    expirySeconds: numberOf(value["expirySeconds"]),
    inFlight: numberOf(value["inFlight"]),
    outgoingBytes: numberOf(value["outgoingBytes"]),
    will: isRecord(will)
      ? {
          topic: textOf(will["topic"]) ?? "",
          qos: numberOf(will["qos"]),
          retain: will["retain"] === true,
        }
      : null,
    subscriptions: value["subscriptions"].filter(isRecord).map(({ filter, qos }) => ({
      filter: textOf(filter) ?? "",
      qos: numberOf(qos),
    })),
  };
}

export type ClientState = "all" | "connected" | "away";

/** Those that have a text in their names or address, and are in a state. */
export function fittingClients(
  clients: readonly Client[],
  { text, state }: { readonly text: string; readonly state: ClientState },
): readonly Client[] {
  const wanted = text.trim().toLowerCase();
  return clients.filter(({ clientId, username, address, isConnected }) => {
    if (state !== "all" && isConnected !== (state === "connected")) return false;
    return `${clientId}\n${username ?? ""}\n${address}`.toLowerCase().includes(wanted);
  });
}

/** Sends a client off. */
export function disconnectUrl(clientId: string, endSession: boolean): string {
  return `/api/v1/clients/${encodeURIComponent(clientId)}?endSession=${endSession}`;
}

/** PUT sends a client off and keeps it out; DELETE lets it in again. */
export function banUrl(clientId: string): string {
  return `/api/v1/clients/${encodeURIComponent(clientId)}/ban`;
}

/** For how long a client may be kept out, in minutes. */
export const BAN_MINUTES = [5, 60, 480, 1440] as const;

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
