import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  message,
  openStore,
  session,
  settled,
  storeFile,
  to,
} from "../../../support/store-records.ts";

describe("a page that the open batch does not touch", () => {
  it("is read before that is written: a client that fetches a backlog acknowledges all the time", async (t) => {
    const { store } = await openStore(t, storeFile(t), { lazyMs: 3_600_000 });
    store.saveSession(session("client"));
    for (let row = 1; row <= 3; row += 1) store.enqueue(message(row), [to("client")]);
    await settled(store);
    const { openBatch } = store;

    store.dequeue("client", 1);
    store.saveSentRow("client", 1);
    const [next] = await store.readQueue("client", 1, 1);
    const isStillOpen = store.openBatch === openBatch;
    await store.readQueue("client", 0, 1);

    assert.equal(next?.message.row, 2);
    assert.ok(isStillOpen);
    assert.ok(store.openBatch > openBatch);
  });
});
