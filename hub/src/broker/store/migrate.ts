/**
 * Brings the tables of a former hub up to date: forward only, in one transaction, and a copy of what was there is kept
 * beside the file first.
 */
import { closeSync, fsyncSync, openSync, rmSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { pragmaNumber, QUEUE_TABLE, SCHEMA_VERSION } from "./schema.ts";

/** Files of hubs before it are refused. */
export const OLDEST_VERSION = 1;

/** What makes a file of the version before into one of this version. */
const STEPS: ReadonlyMap<number, (database: DatabaseSync) => void> = new Map([[2, toVersion2]]);

/** Answers a sentence about what was done; `undefined` when the file is as new as this hub. */
export function migrate(database: DatabaseSync, file: string): string | undefined {
  const from = pragmaNumber(database, "user_version");
  if (from === SCHEMA_VERSION) return undefined;
  const copy = `${file}.version-${from}`;
  keepCopy(database, copy);
  database.exec("BEGIN IMMEDIATE");
  try {
    for (let version = from + 1; version <= SCHEMA_VERSION; version += 1) {
      STEPS.get(version)?.(database);
    }
    database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
  return `the tables of ${file} were brought from version ${from} to ${SCHEMA_VERSION}; as it was before it is kept as ${copy}`;
}

/** A copy that is on disk as a whole before anything is changed. */
function keepCopy(database: DatabaseSync, copy: string): void {
  rmSync(copy, { force: true });
  database.prepare("VACUUM INTO ?").run(copy);
  const handle = openSync(copy, "r+");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * Version 1 was also the number of tables that knew no time and no sessions that have ended, and whose queues vanished
 * with the session in one long step.
 */
function toVersion2(database: DatabaseSync): void {
  const columns = database.prepare("SELECT name FROM pragma_table_info('meta')").all();
  if (columns.some(({ name }) => name === "kept_time")) return;
  database.exec(`
ALTER TABLE meta ADD COLUMN kept_time REAL;
ALTER TABLE meta ADD COLUMN wall_time REAL;
CREATE TABLE ended (session INTEGER PRIMARY KEY) STRICT;
ALTER TABLE queue RENAME TO former_queue;
DROP INDEX queue_shared;
${QUEUE_TABLE}
INSERT INTO queue SELECT * FROM former_queue;
DROP TABLE former_queue;`);
}
