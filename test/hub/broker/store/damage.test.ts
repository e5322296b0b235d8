/** A damaged file is found at the start and reported; the rest of it is served. */
import assert from "node:assert/strict";
import {
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it, type TestContext } from "node:test";
import { keepingLog } from "../../../support/silent-log.ts";
import {
  message,
  openStore,
  rowsOf,
  session,
  settled,
  storeFile,
  to,
} from "../../../support/store-records.ts";

/** Of SQLite; with other bytes there it is the file of another program, which is refused instead. */
const HEAD_BYTES = 100;
const MARK = "here is the payload";

/** A file of a hub that was killed: 500 queued messages of 1 KB, the one of row 250 with a mark, and retained ones. */
async function filledFile(t: TestContext): Promise<string> {
  const written = storeFile(t);
  const { store } = await openStore(t, written);
  store.saveSession(session("client"));
  for (let row = 1; row <= 500; row += 1) {
    const payload = Buffer.alloc(1000, row === 250 ? MARK : "x");
    store.enqueue(message(row, { payload }), [to("client")]);
  }
  store.saveRetained(message(501, { topic: "kept" }));
  store.saveRetained(message(502, { topic: "hit", payload: Buffer.from("retained mark") }));
  await settled(store);
  await store.close();
  const database = new DatabaseSync(written);
  database.exec("UPDATE meta SET clean = 0; PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
  const file = storeFile(t);
  copyFileSync(written, file);
  return file;
}

function flip(file: string, at: number, bytes = 1): void {
  const content = readFileSync(file);
  for (let place = at; place < at + bytes; place += 1)
    content[place] = (content[place] ?? 0) ^ 0xff;
  writeFileSync(file, content);
}

function setAside(file: string): readonly string[] {
  return readdirSync(dirname(file)).filter(
    (name) => name.startsWith(`${basename(file)}.damaged-`) && !name.endsWith("-wal"),
  );
}

describe("a store whose file is damaged", () => {
  it("passes over a queued message whose bytes have changed, says so and serves the rest", async (t) => {
    const file = await filledFile(t);
    flip(file, readFileSync(file).indexOf(MARK));

    const { store, state, damage } = await openStore(t, file);

    assert.match(damage ?? "", /queued message 250/);
    assert.equal(state.sessions[0]?.queued.count, 499);
    const rows = await rowsOf(store, "client");
    assert.equal(rows.length, 499);
    assert.equal(rows.includes(250), false);
    assert.deepEqual(setAside(file), []);
    await store.close();
    const later = await openStore(t, file);
    assert.equal(later.damage, undefined);
  });

  it("passes over a retained message whose bytes have changed", async (t) => {
    const file = await filledFile(t);
    flip(file, readFileSync(file).indexOf("retained mark"));

    const { state, damage } = await openStore(t, file);

    assert.match(damage ?? "", /the retained message of "hit"/);
    assert.deepEqual(
      state.retained.map((kept) => kept.topic),
      ["kept"],
    );
  });

  it("passes over a message that went bad while it was in use, and logs it", async (t) => {
    const file = await filledFile(t);
    const { store } = await openStore(t, file);
    await store.close(); // clean: the next start does not look at every message
    flip(file, readFileSync(file).indexOf(MARK));
    const { log, lines } = keepingLog();
    const opened = await openStore(t, file, { log });

    const rows = await rowsOf(opened.store, "client");

    assert.equal(rows.length, 499);
    assert.deepEqual(
      lines.map((line) => line.fields),
      [{ client: "client", messages: 1 }],
    );
  });

  it("saves what can be read when pages are ruined, and keeps the damaged file", async (t) => {
    const file = await filledFile(t);
    const marked = readFileSync(file).indexOf(MARK);
    flip(file, marked - (marked % 4096), 64);

    const { store, state, damage } = await openStore(t, file);

    assert.match(
      damage ?? "",
      /was damaged .* it is kept as .*\.damaged-.* Saved from it: 1 sessions/,
    );
    assert.equal(setAside(file).length, 1);
    const rows = await rowsOf(store, "client");
    assert.ok(rows.length > 400 && rows.length < 500, `${rows.length} messages were saved`);
    assert.deepEqual(
      rows,
      rows.toSorted((a, b) => a - b),
    );
    assert.equal(state.sessions[0]?.queued.count, rows.length);
    assert.equal(state.lastRow, 502);
    assert.equal(state.retained.length, 2);
  });

  it("finds that a file was cut off, also after a clean stop", async (t) => {
    const file = await filledFile(t);
    const first = await openStore(t, file);
    await first.store.close();
    truncateSync(file, 60 * 4096 + 100);

    const { store, damage } = await openStore(t, file);

    assert.match(damage ?? "", /was damaged/);
    assert.equal(setAside(file).length, 1);
    store.saveSession(session("client"));
    store.enqueue(message(600), [to("client")]);
    assert.equal(await settled(store), true);
  });

  for (const [what, content] of [
    ["garbage", Buffer.alloc(20_000, "this is not a database. ")],
    ["nothing", Buffer.alloc(0)],
  ] as const) {
    it(`keeps a file with ${what} in it aside and starts a new one, not in silence`, async (t) => {
      const file = storeFile(t);
      writeFileSync(file, content);

      const { store, state, damage } = await openStore(t, file);

      assert.match(damage ?? "", /was damaged/);
      const [aside = ""] = setAside(file);
      assert.deepEqual(readFileSync(`${dirname(file)}/${aside}`), content);
      assert.deepEqual(state.sessions, []);
      store.saveSession(session("client"));
      assert.equal(await settled(store), true);
    });
  }

  it("takes up a salvage that was interrupted before the new file had its name", async (t) => {
    const file = await filledFile(t);
    copyFileSync(file, `${file}.salvaged`);
    rmSync(file);

    const { state } = await openStore(t, file);

    assert.equal(state.sessions[0]?.queued.count, 500);
  });

  it("says so when anything is missing, wherever behind the head of the file bytes have changed", async (t) => {
    const good = await filledFile(t);
    const size = readFileSync(good).length;
    for (let round = 0; round < 12; round += 1) {
      const file = storeFile(t);
      copyFileSync(good, file);
      const at = HEAD_BYTES + Math.floor(Math.random() * (size - 200 - HEAD_BYTES));
      flip(file, at, 1 + Math.floor(Math.random() * 200));

      const { store, state, damage } = await openStore(t, file);

      const rows = await rowsOf(store, "client");
      const isWhole = rows.length === 500 && state.retained.length === 2;
      assert.ok(isWhole || damage !== undefined, `bytes from ${at}: missing in silence`);
      await store.close();
    }
  });
});
