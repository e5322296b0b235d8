/** Clients of the MQTT server as the hub tells them; how much they say is worked out from two looks. */
import { askHub, isRecord, type SendLike } from "./hub-request.ts";
import { inOurLanguage } from "./hub-words.ts";
import { numberOr0, textOf, type Json } from "./json-parts.ts";
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
  readonly isClean: boolean;
  readonly keepAliveSeconds: number;
  /** How long its session outlives the connection; `FOR_EVER`. */
  readonly expirySeconds: number;
  readonly counted: Counted;
  readonly inFlight: number;
  readonly queue: Queue;
  readonly dropped: number;
  readonly subscriptions: number;
  /** How its last connection that is over ended, since the hub started. */
  readonly lastEnd: {
    readonly at: number;
    /** MQTT 5's; `null`: the connection was lost. */
    readonly reasonCode: number | null;
    readonly because: string;
    /** How often in a row another connection took its identifier. */
    readonly takeovers: number;
  } | null;
  /** A second, since the last look; `null` at the first one. */
  readonly rates: Counted | null;
}

/** Messages and bytes of one connection. */
interface Counted {
  readonly received: number;
  readonly sent: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** What waits for a client. */
interface Queue {
  readonly messages: number;
  readonly bytes: number;
  /** `null`: there is no limit. */
  readonly maxMessages: number | null;
  /** How near it is to the limit that it is nearest to, 0 to 1. */
  readonly fill: number;
}

/** MQTT 5: a session that never ends. */
export const FOR_EVER = 0xffff_ffff;

/** A client that may not come in. Times are milliseconds since 1970 UTC. */
export interface ClientBan {
  readonly clientId: string;
  /** `null`: until somebody lets it in again. */
  readonly until: number | null;
  readonly by: string;
  readonly reason: string | null;
}

/** All that is known of clients. */
export interface Clients {
  readonly clients: readonly Client[];
  readonly bans: readonly ClientBan[];
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
  const rate = (key: keyof Counted): number =>
    Math.max(0, client.counted[key] - before.counted[key]) / seconds;
  return {
    ...client,
    rates: {
      received: rate("received"),
      sent: rate("sent"),
      receivedBytes: rate("receivedBytes"),
      sentBytes: rate("sentBytes"),
    },
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
    isClean: json["clean"] === true,
    keepAliveSeconds: numberOr0(json["keepAliveSeconds"]),
    expirySeconds: numberOr0(json["expirySeconds"]),
    counted: {
      received: numberOr0(json["received"]),
      sent: numberOr0(json["sent"]),
      receivedBytes: numberOr0(json["receivedBytes"]),
      sentBytes: numberOr0(json["sentBytes"]),
    },
    inFlight: numberOr0(json["inFlight"]),
    queue: queueIn(json),
    dropped: numberOr0(json["dropped"]),
    subscriptions: numberOr0(json["subscriptions"]),
    lastEnd: isRecord(json["lastEnd"]) ? endIn(json["lastEnd"]) : null,
    rates: null,
  }));
}

function queueIn(json: Json): Queue {
  const [messages, bytes] = [numberOr0(json["queued"]), numberOr0(json["queuedBytes"])];
  const [maxMessages, maxBytes] = [json["maxQueued"], json["maxQueuedBytes"]];
  return {
    messages,
    bytes,
    maxMessages: typeof maxMessages === "number" ? maxMessages : null,
    fill: Math.max(partOf(messages, maxMessages), partOf(bytes, maxBytes)),
  };
}

function partOf(is: number, most: unknown): number {
  return typeof most === "number" && most > 0 ? Math.min(1, is / most) : 0;
}

function endIn(json: Json): NonNullable<Client["lastEnd"]> {
  const [at, takeovers] = [numberOr0(json["at"]), numberOr0(json["takeovers"])];
  const code = json["reasonCode"];
  const reasonCode = typeof code === "number" ? code : null;
  return { at, reasonCode, because: textOf(json["because"]) ?? "", takeovers };
}

/** One may be a client that came back before its old connection was given up. */
const FIGHT_FROM = 3;
const FIGHT_IS_FRESH_MS = 60_000;

/** Whether two clients fight over one identifier now: each throws the other out. `now`: by the hub's clock. */
export function isFoughtOver({ lastEnd }: Pick<Client, "lastEnd">, now: number): boolean {
  return (
    lastEnd !== null && lastEnd.takeovers >= FIGHT_FROM && now - lastEnd.at < FIGHT_IS_FRESH_MS
  );
}

function parseBans(value: unknown): readonly ClientBan[] {
  if (!isRecord(value) || !Array.isArray(value["bans"])) return [];
  return value["bans"].filter(isRecord).map((json) => ({
    clientId: textOf(json["clientId"]) ?? "",
    until: typeof json["until"] === "number" ? json["until"] : null,
    by: textOf(json["by"]) ?? "",
    reason: textOf(json["reason"]),
  }));
}

export const CLIENT_STATES = ["all", "connected", "away"] as const;
export type ClientState = (typeof CLIENT_STATES)[number];

/** Those that have a text in their names or address, and are in a state. */
export function fittingClients(
  clients: readonly Client[],
  { text, state }: { readonly text: string; readonly state: ClientState },
): readonly Client[] {
  const wanted = text.trim().toLowerCase();
  return clients.filter(({ clientId, username, address, isConnected }) => {
    if (state !== "all" && isConnected !== (state === "connected")) return false;
    const said = [clientId, username ?? "", address, inOurLanguage(address)];
    return said.join("\n").toLowerCase().includes(wanted);
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

/** For how long a client may be kept out, in minutes; `null`: until somebody lets it in again. */
export const BAN_MINUTES = [5, 60, 480, 1440, null] as const;
