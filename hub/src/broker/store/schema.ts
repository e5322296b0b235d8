/** The tables of the store and how its file is opened. One thread of one process uses it at a time. */
import { DatabaseSync } from "node:sqlite";

/** Stands in the head of the file: "UNSH". */
export const APPLICATION_ID = 0x55_4e_53_48;
/** Grows with every change of the tables, each with a step in `migrate.ts`. A hub refuses a file that is newer than itself. */
export const SCHEMA_VERSION = 2;

export const QUEUE_TABLE = `
CREATE TABLE queue (
  session INTEGER NOT NULL,
  row INTEGER NOT NULL,
  qos INTEGER NOT NULL,
  retain INTEGER NOT NULL,
  shared INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  identifiers TEXT,
  packet_id INTEGER,
  released INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (session, row)
) STRICT, WITHOUT ROWID;
CREATE INDEX queue_shared ON queue (row) WHERE shared = 1;`;

/**
 * `message` columns hold what `stored-message.ts` writes, checksum first. A queued message stands once in `message` and
 * with one small row per session in `queue`; `shared` says that several sessions had it when it came, so that with the
 * row of the only one the message goes at once, and otherwise with the last. In flight is a queued message with a
 * packet identifier. Sessions are numbers that are never given twice while anything refers to them; `ended` has those
 * that are gone and whose queue is still being removed, bit by bit.
 */
const TABLES = `
CREATE TABLE meta (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  clean INTEGER NOT NULL,
  batch INTEGER NOT NULL,
  last_row INTEGER NOT NULL,
  kept_time REAL,
  wall_time REAL
) STRICT;
CREATE TABLE session (
  id INTEGER PRIMARY KEY,
  client_id TEXT NOT NULL UNIQUE,
  owner TEXT NOT NULL,
  protocol_version INTEGER NOT NULL,
  expiry_seconds REAL NOT NULL,
  disconnected_at REAL,
  sent_row INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE subscription (
  session INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  filter TEXT NOT NULL,
  qos INTEGER NOT NULL,
  retain_handling INTEGER NOT NULL,
  no_local INTEGER NOT NULL,
  retain_as_published INTEGER NOT NULL,
  identifier INTEGER NOT NULL,
  PRIMARY KEY (session, filter)
) STRICT, WITHOUT ROWID;
CREATE TABLE will (
  session INTEGER PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
  delay_seconds REAL NOT NULL,
  message BLOB NOT NULL
) STRICT;
CREATE TABLE incoming (
  session INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  packet_id INTEGER NOT NULL,
  PRIMARY KEY (session, packet_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE message (row INTEGER PRIMARY KEY, message BLOB NOT NULL) STRICT;
${QUEUE_TABLE}
CREATE TABLE ended (session INTEGER PRIMARY KEY) STRICT;
CREATE TABLE retained (topic TEXT NOT NULL PRIMARY KEY, message BLOB NOT NULL) STRICT;
CREATE TABLE probe (one INTEGER PRIMARY KEY, space BLOB NOT NULL) STRICT;
INSERT INTO meta VALUES (1, 1, 0, 0, NULL, NULL);
PRAGMA user_version = ${SCHEMA_VERSION};
PRAGMA application_id = ${APPLICATION_ID};
`;

/** So much gathers in the log before it is copied into the file: what SQLite does by itself. */
export const CHECKPOINT_PAGES = 1000;

const CACHE_KIB = 16 * 1024;
/** A log that a burst made longer is cut to this when it begins anew. */
const LOG_BYTES = 16 * 1024 * 1024;

export interface FileSettings {
  readonly file: string;
  /** `power`: what is settled survives a power cut; `process`: only the end of the process, at any moment. */
  readonly durability: "power" | "process";
  /** The most pages (4 KiB) that the file may have; without it only the disk is the limit. */
  readonly maxPages?: number | undefined;
  /** Room on the disk kept for the time when it is full; 8 MiB without it. */
  readonly reserveBytes?: number | undefined;
}

/** Opens the file for writing and keeps others out until it is closed. */
export function openDatabase({ file, durability, maxPages }: FileSettings): DatabaseSync {
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: true });
  try {
    database.enableDefensive(true);
    // With the exclusive lock SQLite needs no shared memory file, and a second hub cannot open the store.
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL");
    database.exec(`PRAGMA synchronous = ${durability === "power" ? "FULL" : "NORMAL"}`);
    database.exec(`PRAGMA cache_size = -${CACHE_KIB}; PRAGMA temp_store = MEMORY`);
    database.exec(`PRAGMA journal_size_limit = ${LOG_BYTES}`);
    if (maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${maxPages}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Makes the tables in a new, empty file. */
export function createTables(database: DatabaseSync): void {
  database.exec(`BEGIN;${TABLES}COMMIT`);
}

/** The one number that a `PRAGMA` answers. */
export function pragmaNumber(database: DatabaseSync, name: string): number {
  const row = database.prepare(`PRAGMA ${name}`).get() ?? {};
  return Number(Object.values(row)[0]);
}
