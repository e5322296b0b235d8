/** F-diskfull: nothing is acknowledged that was not stored, deletes go on, and service returns with the space. */
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { describe, it } from "node:test";
import type { Store } from "../../../../hub/src/broker/store/store.ts";
import {
  becomes,
  message,
  openStore,
  rowsOf,
  session,
  settled,
  storeFile,
  to,
} from "../../../support/store-records.ts";

const SMALL = { maxPages: 400, probeMs: 5 };

/** Enqueues batches of ten 4 KB messages until one fails; gives the last row that was durable. */
async function fill(store: Store): Promise<number> {
  store.saveSession(session("client"));
  assert.equal(await settled(store), true);
  for (let row = 1; ; row += 10) {
    for (let next = row; next < row + 10; next += 1) {
      store.enqueue(message(next, { payload: new Uint8Array(4000) }), [to("client")]);
    }
    if (!(await settled(store))) return row - 1;
  }
}

describe("a store whose disk is full", () => {
  it("reports the batch as failed, says so in its state, and keeps all that was durable", async (t) => {
    const file = storeFile(t);
    const { store } = await openStore(t, file, SMALL);

    const last = await fill(store);

    assert.equal(store.state.kind, "full");
    assert.ok(last > 0);
    const rows = await rowsOf(store, "client");
    assert.deepEqual(
      rows,
      Array.from({ length: last }, (_, at) => at + 1),
    );
    await store.close();
    const { state, damage } = await openStore(t, file);
    assert.equal(damage, undefined);
    assert.equal(state.sessions[0]?.queued.count, last);
  });

  it("carries out what a failed batch removes, and not what it saves", async (t) => {
    const { store } = await openStore(t, storeFile(t), SMALL);
    const last = await fill(store);

    store.dequeue("client", 1);
    store.saveRetained(message(10_000, { topic: "large", payload: new Uint8Array(2_000_000) }));
    store.dequeue("client", 2);

    assert.equal(await settled(store), false);
    const rows = await rowsOf(store, "client");
    assert.deepEqual([rows[0], rows.length], [3, last - 2]);
  });

  it("is ready again when there is room", async (t) => {
    const { store } = await openStore(t, storeFile(t), SMALL);
    const last = await fill(store);

    for (let row = 1; row <= last; row += 1) store.dequeue("client", row);
    await becomes(store, "ready");
    store.enqueue(message(20_000), [to("client")]);

    assert.equal(await settled(store), true);
    assert.deepEqual(await rowsOf(store, "client"), [20_000]);
  });

  it("gives up its reserve for the time being, and has one again before it is ready", async (t) => {
    const file = storeFile(t);
    const { store } = await openStore(t, file, { ...SMALL, reserveBytes: 10_000 });
    assert.equal(statSync(`${file}.reserve`).size, 10_000);

    const last = await fill(store);
    for (let row = 1; row <= last; row += 1) store.dequeue("client", row);
    await becomes(store, "ready");

    assert.equal(statSync(`${file}.reserve`).size, 10_000);
  });

  it("stays full while there is no room", async (t) => {
    const { store } = await openStore(t, storeFile(t), { ...SMALL, probeMs: 1 });
    await fill(store);
    const states: string[] = [];

    for (let round = 0; round < 20; round += 1) {
      await settled(store);
      await new Promise(setImmediate);
      states.push(store.state.kind);
    }

    assert.deepEqual(new Set(states), new Set(["full"]));
  });
});
