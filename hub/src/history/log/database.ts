/** The file of the log: its tables, and how it is opened. A file that cannot be read is moved aside, never deleted. */
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { faultOf } from "../../sqlite-fault.ts";
import type { LogSettings } from "./messages.ts";

/** "UNSh": what makes the file ours. */
const APPLICATION_ID = 0x554e_5368;
const VERSION = 1;
const PAGE_BYTES = 8192;
/** So much gathers in the log of SQLite before it is copied into the file. */
const CHECKPOINT_PAGES = 4096;

const TABLES = `
CREATE TABLE meta (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  rolled INTEGER NOT NULL,   -- last batch whose rows stand in blocks
  kept REAL NOT NULL,        -- time of the records: see kept-time.ts
  wall REAL NOT NULL,        -- what the wall clock showed then
  heard REAL NOT NULL        -- last time at which the hub was running
) STRICT;
CREATE TABLE node (
  id INTEGER PRIMARY KEY, group_id TEXT NOT NULL, edge_node TEXT NOT NULL, UNIQUE (group_id, edge_node)
) STRICT;
CREATE TABLE series (
  id INTEGER PRIMARY KEY, node INTEGER NOT NULL, device TEXT NOT NULL, name TEXT NOT NULL,
  datatype INTEGER NOT NULL, rule TEXT NOT NULL, UNIQUE (node, device, name, datatype)
) STRICT;
CREATE TABLE renamed (
  node INTEGER NOT NULL, device TEXT NOT NULL, name TEXT NOT NULL, at REAL NOT NULL,
  before_device TEXT NOT NULL, before_name TEXT NOT NULL, PRIMARY KEY (node, device, name, at)
) STRICT, WITHOUT ROWID;
CREATE TABLE fresh (          -- rows in the order of their arrival
  batch INTEGER PRIMARY KEY, first INTEGER NOT NULL, count INTEGER NOT NULL,
  received REAL NOT NULL, kept REAL NOT NULL, bytes INTEGER NOT NULL, data BLOB NOT NULL
) STRICT;
CREATE TABLE part (           -- blocks that were made together
  id INTEGER PRIMARY KEY, rule TEXT NOT NULL, level INTEGER NOT NULL, first_batch INTEGER NOT NULL,
  first REAL NOT NULL, last REAL NOT NULL, rows INTEGER NOT NULL, blocks INTEGER NOT NULL,
  bytes INTEGER NOT NULL, kept_from REAL NOT NULL, kept_to REAL NOT NULL, visible INTEGER NOT NULL
) STRICT;
CREATE TABLE block (
  id INTEGER PRIMARY KEY, part INTEGER NOT NULL, series INTEGER NOT NULL,
  first REAL NOT NULL, last REAL NOT NULL, count INTEGER NOT NULL, data BLOB NOT NULL
) STRICT;
CREATE INDEX block_place ON block (part, series, first);
CREATE TABLE gap (
  id INTEGER PRIMARY KEY, node INTEGER NOT NULL, first REAL NOT NULL, last REAL NOT NULL,
  cause INTEGER NOT NULL, count INTEGER NOT NULL
) STRICT;
CREATE INDEX gap_place ON gap (node, first);
CREATE TABLE completeness (
  node INTEGER NOT NULL, day INTEGER NOT NULL, counts TEXT NOT NULL, PRIMARY KEY (node, day)
) STRICT, WITHOUT ROWID;
`;

/** The file is of a newer hub, of another program, or somebody else has it. */
export class LogRefused extends Error {
  override readonly name = "LogRefused";
}

export interface OpenedLog {
  readonly database: DatabaseSync;
  /** What was wrong with the file that was there, as a sentence. */
  readonly damage: string | undefined;
}

/** @throws {LogRefused} */
export function openLog(settings: LogSettings, wall: number): OpenedLog {
  const { file } = settings;
  mkdirSync(dirname(file), { recursive: true });
  try {
    return { database: openOnce(settings, wall), damage: undefined };
  } catch (cause) {
    const { kind, because } = faultOf(cause);
    if (kind === "in-use")
      throw new LogRefused(`the history ${file} is in use by another hub`, { cause });
    if (kind !== "damaged") throw cause;
    const aside = moveAside(file, wall);
    const damage = `the history ${file} cannot be read (${because}); it was moved to ${aside}, and a new one begun`;
    return { database: openOnce(settings, wall), damage };
  }
}

function moveAside(file: string, wall: number): string {
  const aside = `${file}.damaged-${new Date(wall).toISOString().replaceAll(/[:.]/g, "")}`;
  for (const end of ["", "-wal", "-shm"]) {
    if (existsSync(`${file}${end}`)) renameSync(`${file}${end}`, `${aside}${end}`);
  }
  return aside;
}

function openOnce(settings: LogSettings, wall: number): DatabaseSync {
  const { file, durability, maxPages } = settings;
  const database = new DatabaseSync(file);
  try {
    database.enableDefensive(true);
    database.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA locking_mode = EXCLUSIVE`);
    const isNew = tablesIn(database) === 0;
    if (!isNew) checkOurs(database, file); // before anything of it is changed
    database.exec("PRAGMA journal_mode = WAL");
    database.exec(`PRAGMA synchronous = ${durability === "power" ? "FULL" : "NORMAL"}`);
    database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA cache_size = -8192`);
    if (maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${maxPages}`);
    if (isNew) makeTables(database, wall);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function tablesIn(database: DatabaseSync): number {
  return Number(database.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.["n"]);
}

function makeTables(database: DatabaseSync, wall: number): void {
  database.exec("BEGIN IMMEDIATE");
  database.exec(TABLES);
  database.prepare("INSERT INTO meta VALUES (1, 0, ?, ?, 0)").run(wall, wall);
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${VERSION}`);
  database.exec("COMMIT");
}

function checkOurs(database: DatabaseSync, file: string): void {
  if (pragmaNumber(database, "application_id") !== APPLICATION_ID)
    throw new LogRefused(
      `${file} is a database of another program, not a history; move it away, or set another hub.dataDir`,
    );
  const version = pragmaNumber(database, "user_version");
  if (version === VERSION) return;
  throw new LogRefused(
    `the history ${file} was written by another hub (version ${version} of its tables, this hub knows ${VERSION}); start that one, or move the file away`,
  );
}

/**
 * Copies the file while others write: until the copy is made they write into the log of SQLite only, which is not copied
 * into the file then. @throws when the disk refuses.
 */
export async function copyWhole(database: DatabaseSync, to: string): Promise<void> {
  const from = database.location();
  const left = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.["busy"];
  if (from === null || left !== 0) throw new Error("the history is being read; ask again");
  database.exec("PRAGMA wal_autocheckpoint = 0");
  try {
    await copyFile(from, to);
  } finally {
    if (database.isOpen) database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  }
}

export function pragmaNumber(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}

/** What a column of bytes holds. */
export function blobOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new Error("a column of bytes holds none");
}
