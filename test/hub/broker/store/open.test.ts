/** Files that a hub must not open, and how it says so. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { SCHEMA_VERSION } from "../../../../hub/src/broker/store/schema.ts";
import { openStore, session, settled, storeFile } from "../../../support/store-records.ts";

describe("opening a store", () => {
  it("refuses a file that another hub has open, and leaves that one undisturbed", async (t) => {
    const file = storeFile(t);
    const { store } = await openStore(t, file);

    await assert.rejects(openStore(t, file), {
      code: "STORE_IN_USE",
      message: `the store ${file} is in use by another hub; stop that one, or give this one a file of its own`,
    });

    store.saveSession(session("client"));
    assert.equal(await settled(store), true);
    await store.close();
    const { state } = await openStore(t, file);
    assert.equal(state.sessions.length, 1);
  });

  it("refuses a file of a newer hub and does not touch it", async (t) => {
    const file = storeFile(t);
    const { store } = await openStore(t, file);
    await store.close();
    const database = new DatabaseSync(file);
    database.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}; PRAGMA wal_checkpoint(TRUNCATE)`);
    database.close();
    const before = readFileSync(file);

    await assert.rejects(openStore(t, file), { code: "STORE_NEWER", message: /newer hub/ });

    assert.deepEqual(readFileSync(file), before);
  });

  it("refuses a database of another program", async (t) => {
    const file = storeFile(t);
    const database = new DatabaseSync(file);
    database.exec("CREATE TABLE recipes (name TEXT)");
    database.close();

    await assert.rejects(openStore(t, file), { code: "STORE_NOT_OURS" });
  });

  it("says why when the folder cannot be made", async (t) => {
    const file = storeFile(t);
    writeFileSync(file, "a file, not a folder");

    await assert.rejects(openStore(t, `${file}/broker.db`), { code: "STORE_UNREADABLE" });
  });
});
