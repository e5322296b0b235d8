/** A flush that fails: what is on disk is looked at anew before anything is said about it. */
import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";
import { describe, it, type TestContext } from "node:test";
import { Batch } from "../../../../hub/src/broker/store/batch.ts";
import { openFile } from "../../../../hub/src/broker/store/open-file.ts";
import { recordsOf } from "../../../../hub/src/broker/store/queue-page.ts";
import { openDatabase, type FileSettings } from "../../../../hub/src/broker/store/schema.ts";
import { StoreFile } from "../../../../hub/src/broker/store/store-file.ts";
import { message, session, storeFile, to } from "../../../support/store-records.ts";

const FSYNC_FAILED = 1034;

/** What a failing disk does with the next COMMIT: it is lost, or it happens and nobody knows. */
type Fate = "fine" | "lost" | "done, but not flushed";

function openFailing(t: TestContext) {
  const settings: FileSettings = { file: storeFile(t), durability: "power", reserveBytes: 0 };
  const disk: { fate: Fate; opens: boolean } = { fate: "fine", opens: true };
  const { database } = openFile(settings);
  failCommits(database, disk);
  const file = new StoreFile(database, settings, (wanted) => {
    if (!disk.opens) throw sqliteError("unable to open database file", 14);
    return openDatabase(wanted);
  });
  t.after(() => file.close());
  const rows = (): readonly number[] => {
    const { records } = file.page({ session: 1, afterRow: 0, limit: 10 });
    return recordsOf(records).map((record) => record.message.row);
  };
  return { file, disk, rows };
}

function failCommits(database: DatabaseSync, disk: { fate: Fate }): void {
  const exec = database.exec.bind(database);
  database.exec = (sql) => {
    if (sql !== "COMMIT" || disk.fate === "fine") {
      exec(sql);
      return;
    }
    if (disk.fate !== "lost") exec(sql);
    disk.fate = "fine";
    throw sqliteError("disk I/O error", FSYNC_FAILED);
  };
}

function sqliteError(text: string, errcode: number): Error {
  return Object.assign(new Error(text), { errcode });
}

/** A batch that makes session 1 and puts a message into its queue. */
function batchOf(row: number) {
  const batch = new Batch();
  batch.session(1, session("client"));
  batch.enqueue(message(row), [to("client")], new Map([["client", 1]]));
  const bytes = batch.finish();
  const entries = new ArrayBuffer(bytes.length);
  Buffer.from(entries).set(bytes);
  return { number: row, lastRow: row, entries };
}

describe("a store whose disk does not flush", () => {
  it("opens its file anew and says that the batch is lost when it is", (t) => {
    const { file, disk, rows } = openFailing(t);
    file.write(batchOf(1));
    disk.fate = "lost";

    const { failure } = file.write(batchOf(2));

    assert.deepEqual(failure, { kind: "failed", because: "disk I/O error" });
    assert.equal(file.probe(), undefined);
    assert.equal(file.write(batchOf(3)).failure, undefined);
    assert.deepEqual(rows(), [1, 3]);
  });

  it("says that the batch is durable when the file has it and could be flushed", (t) => {
    const { file, disk, rows } = openFailing(t);
    disk.fate = "done, but not flushed";

    assert.equal(file.write(batchOf(1)).failure, undefined);

    assert.deepEqual(rows(), [1]);
  });

  it("takes nothing until its file can be opened again", (t) => {
    const { file, disk, rows } = openFailing(t);
    file.write(batchOf(1));
    Object.assign(disk, { fate: "lost", opens: false });
    file.write(batchOf(2));

    assert.equal(file.write(batchOf(3)).failure?.kind, "failed");
    assert.equal(file.probe()?.because, "unable to open database file");
    disk.opens = true;
    assert.equal(file.probe(), undefined);

    assert.equal(file.write(batchOf(4)).failure, undefined);
    assert.deepEqual(rows(), [1, 4]);
  });
});
