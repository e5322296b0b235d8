/**
 * A damaged file: what can still be read goes into a new one, the damaged one is kept under another name.
 *
 * The new file is finished before anything is renamed, and each step can be repeated, so that a hub that dies meanwhile
 * finds at its next start either the damaged file or the salvaged one, never nothing.
 */
import { existsSync, fsyncSync, closeSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { BrokerError } from "../errors.ts";
import { createTables } from "./schema.ts";
import { faultOf } from "../../sqlite-fault.ts";

/** In the order in which they refer to each other. */
const TABLES = [
  "session",
  "subscription",
  "will",
  "incoming",
  "message",
  "queue",
  "retained",
] as const;
const KEYS: Readonly<Record<(typeof TABLES)[number], string>> = {
  session: "id",
  subscription: "session, filter",
  will: "session",
  incoming: "session, packet_id",
  message: "row",
  queue: "session, row",
  retained: "topic",
};

/** Puts a new file in the place of a damaged one; says what was kept and where the old one is. */
export function replaceDamaged(file: string, because: string): string {
  const aside = `${file}.damaged-${new Date().toISOString().replaceAll(":", "-")}`;
  const kept = buildNew(file, existsSync(file));
  renameSync(`${file}.new`, `${file}.salvaged`);
  // The log goes first: beside a new file, an old log would be taken for its own.
  if (existsSync(`${file}-wal`)) renameSync(`${file}-wal`, `${aside}-wal`);
  if (existsSync(file)) renameSync(file, aside);
  rmSync(`${file}-shm`, { force: true });
  finishSalvage(file);
  return `the file ${file} was damaged (${because}); it is kept as ${aside}. Saved from it: ${kept}. Whatever else was in it is lost`;
}

/** Completes what a hub began that died while it replaced a damaged file. */
export function finishSalvage(file: string): void {
  if (!existsSync(`${file}.salvaged`)) return;
  if (existsSync(file)) rmSync(`${file}.salvaged`);
  else renameSync(`${file}.salvaged`, file);
  syncFolder(file);
}

/** Makes a new file with all its tables; it has its name only when it is complete. */
export function createFile(file: string): void {
  buildNew(file, false);
  renameSync(`${file}.new`, file);
  syncFolder(file);
}

function buildNew(file: string, salvage: boolean): string {
  for (const end of ["", "-wal", "-shm", "-journal"]) rmSync(`${file}.new${end}`, { force: true });
  const target = new DatabaseSync(`${file}.new`);
  try {
    createTables(target);
    const counts = new Map<string, number>();
    if (salvage) copyReadable(file, target, counts);
    return sentence(counts);
  } finally {
    target.close();
  }
}

function sentence(counts: ReadonlyMap<string, number>): string {
  const count = (table: string): number => counts.get(table) ?? 0;
  return `${count("session")} sessions, ${count("subscription")} subscriptions, ${count("queue")} queued messages, ${count("retained")} retained messages`;
}

function copyReadable(file: string, target: DatabaseSync, counts: Map<string, number>): void {
  let source: DatabaseSync | undefined;
  try {
    source = new DatabaseSync(file, { readOnly: true });
    target.exec("BEGIN");
    for (const table of TABLES) copyTable(source, target, table);
    target.exec(`DELETE FROM queue WHERE row NOT IN (SELECT row FROM message)
        OR session NOT IN (SELECT id FROM session);
      DELETE FROM message WHERE row NOT IN (SELECT row FROM queue);
      UPDATE queue SET shared = 1 WHERE row IN (SELECT row FROM queue GROUP BY row HAVING count(*) > 1);
      UPDATE meta SET clean = 0, last_row = max((SELECT coalesce(max(row), 0) FROM message),
        (SELECT coalesce(max(sent_row), 0) FROM session))`);
    copyLastRow(source, target);
    for (const table of TABLES) counts.set(table, countOf(target, table));
    target.exec("COMMIT");
  } catch (error) {
    // Not even a database any more, or its list of tables is gone: nothing to keep, which the counts say.
    if (target.isTransaction) target.exec("ROLLBACK");
    if (error instanceof BrokerError) throw error;
  } finally {
    source?.close();
  }
}

function copyLastRow(source: DatabaseSync, target: DatabaseSync): void {
  try {
    const row = Number(source.prepare("SELECT last_row FROM meta").get()?.["last_row"] ?? 0);
    target.prepare("UPDATE meta SET last_row = max(last_row, ?)").run(row);
  } catch (error) {
    if (faultOf(error).kind !== "damaged") throw error; // else: the greatest row that was saved has to do
  }
}

/** Copies from both ends up to the damaged place. */
function copyTable(
  source: DatabaseSync,
  target: DatabaseSync,
  table: (typeof TABLES)[number],
): void {
  for (const direction of ["", " DESC"]) {
    const order = KEYS[table].replaceAll(",", `${direction},`) + direction;
    try {
      copyRows(source, target, `SELECT * FROM ${table} ORDER BY ${order}`, table);
      return;
    } catch (error) {
      // The damaged place: go on from the other end, then with the next table.
      if (error instanceof BrokerError) throw error;
    }
  }
}

function copyRows(source: DatabaseSync, target: DatabaseSync, sql: string, table: string): void {
  const rows = source.prepare(sql);
  const columns = rows.columns().length;
  const insert = target.prepare(
    `INSERT OR IGNORE INTO ${table} VALUES (${Array(columns).fill("?").join(", ")})`,
  );
  for (const row of rows.iterate()) {
    try {
      insert.run(...Object.values(row));
    } catch (cause) {
      // A row that no longer makes sense, such as one of a session that is lost, is left out; a full disk ends all.
      const { kind, because } = faultOf(cause);
      if (kind === "unexpected") continue;
      throw new BrokerError("STORE_UNREADABLE", `cannot salvage the store: ${because}`, { cause });
    }
  }
}

function countOf(database: DatabaseSync, table: string): number {
  return Number(database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.["count"]);
}

/** Makes the renames durable. Not every system can open a folder; those that cannot do it by themselves. */
function syncFolder(file: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(dirname(file), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
