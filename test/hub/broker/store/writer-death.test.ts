/** A writer thread that dies takes its batch with it, and nothing else. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
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

const writer = new URL("../../../support/rogue-store-writer.ts", import.meta.url);
const deadly = message(3, { payload: Buffer.from("die now") });

async function openRogue(t: TestContext) {
  const { store } = await openStore(t, storeFile(t), { writer });
  store.saveSession(session("client"));
  store.enqueue(message(1), [to("client")]);
  store.enqueue(message(2), [to("client")]);
  assert.equal(await settled(store), true);
  return store;
}

describe("a store whose writer dies", () => {
  it("reports the batch as failed, starts another writer and goes on", async (t) => {
    const store = await openRogue(t);

    store.enqueue(deadly, [to("client")]);
    store.dequeue("client", 1);

    assert.equal(await settled(store), false);
    assert.deepEqual(store.state, {
      kind: "failed",
      because: "the writer of the store is gone: it ended by itself",
    });
    await becomes(store, "ready");
    store.enqueue(message(4), [to("client")]);
    assert.equal(await settled(store), true);
    assert.deepEqual(await rowsOf(store, "client"), [2, 4]);
  });

  it("fails for good with the second death, and can still be closed", async (t) => {
    const store = await openRogue(t);
    store.enqueue(deadly, [to("client")]);
    await settled(store);
    await becomes(store, "ready");

    store.enqueue(deadly, [to("client")]);
    assert.equal(await settled(store), false);

    store.enqueue(message(5), [to("client")]);
    assert.equal(await settled(store), false);
    assert.equal(store.state.kind, "failed");
    await assert.rejects(store.readQueue("client", 0, 10), { code: "STORE_UNREADABLE" });
    await store.close();
  });

  it("answers questions that were under way with an error", async (t) => {
    const store = await openRogue(t);
    store.enqueue(deadly, [to("client")]);

    await assert.rejects(store.readQueue("client", 0, 10), {
      code: "STORE_UNREADABLE",
      message: /is gone/,
    });
  });
});
