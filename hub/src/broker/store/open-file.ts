/**
 * Opens the file of the store at the start of the hub: makes a new one, or checks the one that is there. A damaged file
 * is salvaged and reported; a file of a former hub is brought up to date; a file that is in use, of a newer hub or of another program is refused and not touched.
 */
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { BrokerError } from "../errors.ts";
import { createFile, finishSalvage, replaceDamaged } from "./salvage.ts";
import { migrate, OLDEST_VERSION } from "./migrate.ts";
import {
  APPLICATION_ID,
  openDatabase,
  pragmaNumber,
  SCHEMA_VERSION,
  type FileSettings,
} from "./schema.ts";
import { faultOf } from "../../sqlite-fault.ts";
import { isIntact } from "./stored-message.ts";
import { blobOf, readState, type LostThing, type PackedState } from "./stored-state.ts";

export interface OpenedFile {
  readonly database: DatabaseSync;
  readonly state: PackedState;
  /** What was lost, as a sentence; `undefined` when nothing was. */
  readonly damage: string | undefined;
  /** That it was of a former hub, as a sentence. */
  readonly migrated?: string | undefined;
}

/** How many lost things are named; the others are counted. */
const NAMED_LOSSES = 5;

/** @throws {BrokerError} STORE_IN_USE, STORE_NEWER, STORE_NOT_OURS, STORE_UNREADABLE */
export function openFile(settings: FileSettings): OpenedFile {
  const { file } = settings;
  mkdirSync(dirname(file), { recursive: true });
  try {
    finishSalvage(file);
    if (!existsSync(file) && !existsSync(`${file}-wal`)) createFile(file);
    const fault = inspect(file);
    if (fault !== undefined) return openReplaced(settings, fault);
    return openChecked(settings);
  } catch (cause) {
    throw asBrokerError(file, cause);
  }
}

function asBrokerError(file: string, cause: unknown): BrokerError {
  if (cause instanceof BrokerError) return cause;
  const { kind, because } = faultOf(cause);
  if (kind === "in-use") {
    const sentence = `the store ${file} is in use by another hub; stop that one, or give this one a file of its own`;
    return new BrokerError("STORE_IN_USE", sentence, { cause });
  }
  return new BrokerError("STORE_UNREADABLE", `cannot open the store ${file}: ${because}`, {
    cause,
  });
}

/** Looks without touching. Gives why the file is damaged, as far as its head shows it. */
function inspect(file: string): string | undefined {
  if (!existsSync(file)) return "only its log is there";
  try {
    return inspectHead(file, file);
  } catch (error) {
    const { kind, because } = faultOf(error);
    if (kind === "damaged") return because;
    // On a full disk there is no room for what reading the log needs. Nobody else has the file (that would be another
    // error), and the file without its log says the same about itself.
    if (kind === "full") return inspectHead(file, `${pathToFileURL(file).href}?immutable=1`);
    throw error;
  }
}

function inspectHead(file: string, location: string): string | undefined {
  const database = new DatabaseSync(location, { readOnly: true });
  try {
    const version = pragmaNumber(database, "user_version");
    const tables = Number(database.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.["n"]);
    if (tables === 0) return "it is empty";
    if (pragmaNumber(database, "application_id") !== APPLICATION_ID) {
      const sentence = `${file} is a database of another program, not a store of the hub; give the hub another file`;
      throw new BrokerError("STORE_NOT_OURS", sentence);
    }
    if (version < OLDEST_VERSION) {
      const sentence = `the store ${file} has version ${version} of its tables, which this hub cannot bring up to date; restore a backup, or move the file away`;
      throw new BrokerError("STORE_UNREADABLE", sentence);
    }
    if (version <= SCHEMA_VERSION) return undefined;
    const sentence = `the store ${file} was written by a newer hub (version ${version} of its tables, this hub knows ${SCHEMA_VERSION}); start that one, or restore a backup`;
    throw new BrokerError("STORE_NEWER", sentence);
  } finally {
    database.close();
  }
}

/** Opens what is ours; the first sign of damage leads to `openReplaced`. */
function openChecked(settings: FileSettings): OpenedFile {
  let fault: string;
  let database: DatabaseSync | undefined;
  try {
    database = openDatabase(settings);
    const problem = firstProblem(database);
    if (problem === undefined) return openMigrated(database, settings.file);
    fault = problem;
  } catch (error) {
    const { kind, because } = faultOf(error);
    if (kind !== "damaged") {
      database?.close();
      throw error;
    }
    fault = because;
  }
  database?.close();
  return openReplaced(settings, fault);
}

function openMigrated(database: DatabaseSync, file: string): OpenedFile {
  const migrated = migrate(database, file);
  return { ...load(database), migrated };
}

function openReplaced(settings: FileSettings, because: string): OpenedFile {
  const damage = replaceDamaged(settings.file, because);
  const opened = load(openDatabase(settings));
  return {
    ...opened,
    damage: opened.damage === undefined ? damage : `${damage}; ${opened.damage}`,
  };
}

/** After a stop that was not clean every page is looked at. */
function firstProblem(database: DatabaseSync): string | undefined {
  if (isClean(database)) return undefined;
  const answer = database.prepare("PRAGMA quick_check(1)").get() ?? {};
  const problem = String(Object.values(answer)[0]);
  if (problem === "ok") return undefined;
  return problem.replace(/^\*\*\*.*\*\*\*\n/, ""); // the heading says only which database
}

function isClean(database: DatabaseSync): boolean {
  return database.prepare("SELECT clean FROM meta").get()?.["clean"] === 1;
}

function load(database: DatabaseSync): OpenedFile {
  const lost: LostThing[] = [];
  if (!isClean(database)) {
    findDamagedMessages(database, lost);
    remove(database, lost);
    removeStrays(database, lost);
  }
  const others: LostThing[] = [];
  const state = readState(database, others);
  remove(database, others);
  return { database, state, damage: lossOf([...lost, ...others]) };
}

function remove(database: DatabaseSync, lost: readonly LostThing[]): void {
  for (const { removal } of lost) {
    if (removal !== undefined) database.prepare(removal.sql).run(removal.key);
  }
}

function findDamagedMessages(database: DatabaseSync, lost: LostThing[]): void {
  for (const row of database.prepare("SELECT row, message FROM message").iterate()) {
    if (isIntact(blobOf(row["message"]))) continue;
    const key = Number(row["row"]);
    const sql = "DELETE FROM message WHERE row = ?";
    lost.push({ what: `queued message ${key}`, removal: { sql, key } });
  }
}

/** Entries of queues have no checksum, but each belongs to a session and to a message, and each message to an entry. */
const STRAYS = [
  [
    "entries of queues",
    "queue",
    `session NOT IN (SELECT id FROM session UNION ALL SELECT session FROM ended)
      OR row NOT IN (SELECT row FROM message)`,
  ],
  ["queued messages", "message", "row NOT IN (SELECT row FROM queue)"],
] as const;

function removeStrays(database: DatabaseSync, lost: LostThing[]): void {
  for (const [what, table, condition] of STRAYS) {
    const { changes } = database.prepare(`DELETE FROM ${table} WHERE ${condition}`).run();
    const count = Number(changes);
    if (count > 0) lost.push({ what: `${count} ${what}`, removal: undefined });
  }
}

function lossOf(lost: readonly LostThing[]): string | undefined {
  if (lost.length === 0) return undefined;
  const named = lost.slice(0, NAMED_LOSSES).map(({ what }) => what);
  const rest = lost.length - named.length;
  const others = rest > 0 ? ` and ${rest} more` : "";
  return `bytes on the disk have changed, therefore lost: ${named.join(", ")}${others}`;
}
