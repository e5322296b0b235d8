/** A file that a former hub has written, `store-version-1.db`: this hub serves what is in it. */
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it, type TestContext } from "node:test";
import { openFile } from "../../../../hub/src/broker/store/open-file.ts";
import { SCHEMA_VERSION } from "../../../../hub/src/broker/store/schema.ts";
import { HandClock } from "../../../support/broker-lives.ts";
import { startTestBroker, type TestBroker } from "../../../support/mqtt-broker.ts";
import { RawClient } from "../../../support/mqtt-raw-client.ts";

const FORMER = join(import.meta.dirname, "../../../fixtures/broker/store-version-1.db");
/** An hour after it was written. */
const LATER = Date.UTC(2026, 10, 26, 2);

function folderWithFormerFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "unshub-former-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(FORMER, join(folder, "broker.db"));
  return folder;
}

async function start(t: TestContext, folder: string): Promise<TestBroker> {
  const hub = await startTestBroker({
    storage: { folder, durability: "power" },
    clock: new HandClock(LATER, 5000),
  });
  t.after(() => hub.broker.stop());
  return hub;
}

function lasting(clientId: string) {
  const properties = { sessionExpiryInterval: 3600 };
  return { protocolVersion: 5, clientId, clean: false, properties } as const;
}

/** What waits for `away`: in flight, for both sessions, for this one alone; each handshake is completed. */
async function takeAll(client: RawClient): Promise<readonly unknown[]> {
  const got: unknown[] = [];
  while (got.length < 3) {
    // oxlint-disable-next-line no-await-in-loop -- in their order
    const { payload, qos, dup, messageId = 0, properties } = await client.take("publish");
    got.push([String(payload), qos, dup, properties?.subscriptionIdentifier]);
    if (qos === 1) client.send({ cmd: "puback", messageId });
    else {
      client.send({ cmd: "pubrec", messageId });
      // oxlint-disable-next-line no-await-in-loop
      await client.take("pubrel");
      client.send({ cmd: "pubcomp", messageId });
    }
  }
  return got;
}

describe("a store of a former hub", { timeout: 180_000 }, () => {
  it("is brought up to date at start, and everything in it is served", async (t) => {
    const folder = folderWithFormerFile(t);
    const hub = await start(t, folder);
    await using away = await RawClient.open(hub.port, 5);
    const { sessionPresent } = await away.connect({
      ...lasting("away"),
      properties: { sessionExpiryInterval: 3600, receiveMaximum: 1 },
    });
    const got = await takeAll(away);
    await using second = await RawClient.connected(hub.port, lasting("second"));
    const { payload } = await second.take("publish");
    second.publish("a/1", "again", 2, 99); // its packet identifier was not released: the same message
    await second.take("pubrec");
    await away.subscribe("r");
    const retained = await away.take("publish");

    assert.equal(sessionPresent, true);
    assert.deepEqual(got, [
      ["in flight", 2, true, 7],
      ["for both", 1, false, 7],
      ["for one", 2, false, 7],
    ]);
    assert.deepEqual([String(payload), String(retained.payload)], ["for both", "retained"]);
  });

  it("is told in the log, kept as it was beside the new one, and opened without ado from then on", async (t) => {
    const folder = folderWithFormerFile(t);
    const hub = await start(t, folder);
    await hub.broker.stop();
    const again = await start(t, folder);

    assert.deepEqual([told(hub), told(again)], [1, 0]);
    const copy = new DatabaseSync(join(folder, "broker.db.version-1"), { readOnly: true });
    t.after(() => copy.close());
    assert.equal(copy.prepare("PRAGMA user_version").get()?.["user_version"], 1);
    assert.equal(copy.prepare("SELECT count(*) AS n FROM queue").get()?.["n"], 4);
  });

  it("has the very tables of a new one afterwards", (t) => {
    const folder = folderWithFormerFile(t);
    const former = tablesOf(join(folder, "broker.db"));
    const fresh = tablesOf(join(folder, "new.db"));

    assert.deepEqual(former, fresh);
    assert.ok(former.length > 10);
  });

  it("of a version that no hub has written is refused and not touched", (t) => {
    const file = join(folderWithFormerFile(t), "broker.db");
    const database = new DatabaseSync(file);
    database.exec("PRAGMA user_version = 0");
    database.close();
    const before = readFileSync(file);

    assert.throws(() => openFile({ file, durability: "process" }), {
      code: "STORE_UNREADABLE",
      message: /version 0 of its tables/,
    });
    assert.equal(existsSync(`${file}.version-0`), false);
    assert.deepEqual(readFileSync(file), before);
  });
});

/** How often it was said that a file was brought up to date. */
function told({ log }: TestBroker): number {
  return log.all.filter(({ message }) => message === "the store was brought up to date").length;
}

/** Columns and indexes of all tables of a file, which is opened and closed as the hub does it. */
function tablesOf(file: string): readonly unknown[] {
  const { database } = openFile({ file, durability: "process" });
  const sql = `SELECT m.type, m.name, c.name AS column, c.type AS of, c."notnull", c.pk,
      (SELECT count(*) FROM pragma_foreign_key_list(m.name)) AS refers
    FROM sqlite_schema m LEFT JOIN pragma_table_info(m.name) c ORDER BY m.name, c.name`;
  const rows = database.prepare(sql).all();
  assert.equal(database.prepare("PRAGMA user_version").get()?.["user_version"], SCHEMA_VERSION);
  database.close();
  return rows;
}
