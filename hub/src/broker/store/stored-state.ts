/** Reads what a restarted hub needs at once: sessions with all but their queues, and the retained messages. */
import type { DatabaseSync } from "node:sqlite";
import { packFrames } from "./frames.ts";
import { isIntact, readMessage } from "./stored-message.ts";
import type {
  KnownTime,
  StoredInFlight,
  StoredSession,
  SubscriptionRecord,
  WillRecord,
} from "./store.ts";

/** `StoredState` on its way from the writer thread. */
export interface PackedState {
  readonly time: KnownTime | undefined;
  readonly lastRow: number;
  /** The greatest number of a session that anything refers to. */
  readonly lastNumber: number;
  readonly sessions: readonly StoredSession[];
  /** The numbers of the sessions, in the same order. */
  readonly numbers: readonly number[];
  /** Retained messages as frames, so that a hundred thousand of them cross over quickly. */
  readonly retained: ArrayBuffer;
}

/** A stored thing that is damaged: what it was, and how to remove it if it is still there. */
export interface LostThing {
  readonly what: string;
  readonly removal: { readonly sql: string; readonly key: string | number } | undefined;
}

type Row = Record<string, unknown>;

/** Passes over what is damaged and adds it to `lost`. */
export function readState(database: DatabaseSync, lost: LostThing[]): PackedState {
  const numbers: number[] = [];
  const sessions = readSessions(database, numbers, lost);
  const retained = readRetained(database, lost);
  const meta = database.prepare("SELECT last_row, kept_time, wall_time FROM meta").get() ?? {};
  const lastRow = Number(meta["last_row"] ?? 0);
  const lastNumber = lastNumberOf(database);
  return { time: timeOf(meta), lastRow, lastNumber, sessions, numbers, retained };
}

function timeOf(meta: Row): KnownTime | undefined {
  const [kept, wall] = [meta["kept_time"], meta["wall_time"]];
  return typeof kept === "number" && typeof wall === "number" ? { kept, wall } : undefined;
}

function lastNumberOf(database: DatabaseSync): number {
  const row = database.prepare(LAST_NUMBER).get();
  return Number(row?.["last"] ?? 0);
}

function readSessions(
  database: DatabaseSync,
  numbers: number[],
  lost: LostThing[],
): StoredSession[] {
  const subscriptions = groups(database, "SELECT * FROM subscription", subscriptionOf);
  const incoming = groups(database, "SELECT * FROM incoming", (row) => Number(row["packet_id"]));
  const inFlight = groups(database, IN_FLIGHT, inFlightOf);
  const queued = groups(database, QUEUED, (row) => ({
    count: Number(row["count"]),
    bytes: Number(row["bytes"]),
  }));
  const wills = groups(database, "SELECT * FROM will", willOf);
  return database
    .prepare("SELECT * FROM session ORDER BY id")
    .all()
    .map((row) => {
      const id = Number(row["id"]);
      const [will] = wills.get(id) ?? [];
      if (will === "damaged") lost.push(lostWill(id, String(row["client_id"])));
      numbers.push(id);
      return {
        session: sessionOf(row),
        subscriptions: subscriptions.get(id) ?? [],
        will: will === "damaged" ? undefined : will,
        incoming: incoming.get(id) ?? [],
        inFlight: inFlight.get(id) ?? [],
        sentRow: Number(row["sent_row"]),
        queued: queued.get(id)?.[0] ?? { count: 0, bytes: 0 },
      };
    });
}

const LAST_NUMBER =
  "SELECT max(n) AS last FROM (SELECT max(id) AS n FROM session UNION ALL SELECT max(session) FROM ended)";
const IN_FLIGHT =
  "SELECT session, row, packet_id, released, bytes FROM queue WHERE packet_id IS NOT NULL ORDER BY session, row";
const QUEUED = "SELECT session, count(*) AS count, sum(bytes) AS bytes FROM queue GROUP BY session";

/** The rows of a query by their session. */
function groups<T>(database: DatabaseSync, sql: string, read: (row: Row) => T): Map<number, T[]> {
  const bySession = new Map<number, T[]>();
  for (const row of database.prepare(sql).iterate()) {
    const session = Number(row["session"]);
    const group = bySession.get(session);
    if (group === undefined) bySession.set(session, [read(row)]);
    else group.push(read(row));
  }
  return bySession;
}

function sessionOf(row: Row): StoredSession["session"] {
  const at = row["disconnected_at"];
  const version = Number(row["protocol_version"]);
  return {
    clientId: String(row["client_id"]),
    owner: String(row["owner"]),
    protocolVersion: version === 3 ? 3 : version === 4 ? 4 : 5,
    expirySeconds: Number(row["expiry_seconds"]),
    disconnectedAtWall: at === null ? undefined : Number(at),
  };
}

function subscriptionOf(row: Row): SubscriptionRecord {
  return {
    filter: String(row["filter"]),
    qos: upToTwo(row["qos"]),
    noLocal: row["no_local"] === 1,
    retainAsPublished: row["retain_as_published"] === 1,
    retainHandling: upToTwo(row["retain_handling"]),
    identifier: Number(row["identifier"]),
  };
}

function upToTwo(value: unknown): 0 | 1 | 2 {
  return value === 2 ? 2 : value === 1 ? 1 : 0;
}

function inFlightOf(row: Row): StoredInFlight {
  return {
    row: Number(row["row"]),
    packetId: Number(row["packet_id"]),
    state: row["released"] === 1 ? "released" : "sent",
    bytes: Number(row["bytes"]),
  };
}

function willOf(row: Row): WillRecord | "damaged" {
  const bytes = blobOf(row["message"]);
  if (!isIntact(bytes)) return "damaged";
  return { message: readMessage(bytes), delaySeconds: Number(row["delay_seconds"]) };
}

function lostWill(id: number, clientId: string): LostThing {
  const sql = "DELETE FROM will WHERE session = ?";
  return { what: `the Will of client "${clientId}"`, removal: { sql, key: id } };
}

function readRetained(database: DatabaseSync, lost: LostThing[]): ArrayBuffer {
  const messages: Uint8Array[] = [];
  for (const row of database.prepare("SELECT topic, message FROM retained").iterate()) {
    const bytes = blobOf(row["message"]);
    const topic = String(row["topic"]);
    if (isIntact(bytes)) messages.push(bytes);
    else lost.push(lostRetained(topic));
  }
  return packFrames(messages);
}

function lostRetained(topic: string): LostThing {
  const sql = "DELETE FROM retained WHERE topic = ?";
  return { what: `the retained message of "${topic}"`, removal: { sql, key: topic } };
}

/** A blob as a Buffer over the same bytes; empty for what is none. */
export function blobOf(value: unknown): Buffer {
  if (!(value instanceof Uint8Array)) return Buffer.alloc(0);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
