/** The payload of a message stands once on disk, and no longer than somebody waits for it. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import {
  message,
  openStore,
  session,
  settled,
  storeFile,
  to,
} from "../../../support/store-records.ts";

function messagesIn(file: string): readonly unknown[] {
  const database = new DatabaseSync(file, { readOnly: true });
  const rows = database.prepare("SELECT row FROM message ORDER BY row").all();
  database.close();
  return rows.map((row) => row["row"]);
}

describe("the messages of a store on disk", () => {
  it("go with the last delivery, however it ends", async (t) => {
    const file = storeFile(t);
    const { store } = await openStore(t, file);
    for (const name of ["a", "b", "c"]) store.saveSession(session(name));
    const [a, b, c] = [to("a"), to("b"), to("c")];
    store.enqueue(message(1), [a]);
    store.enqueue(message(2), [a, b]);
    store.enqueue(message(3), [a, b, c]);
    store.enqueue(message(4), [b, c]);
    store.enqueue(message(5), [c]);
    store.enqueue(message(6), [to("nobody")]);
    await settled(store);
    store.enqueue(message(5), [b]); // a second receiver, later
    await settled(store);

    store.dequeue("a", 1);
    store.dequeue("a", 2);
    store.dequeue("a", 3);
    store.clearQueue("b");
    await settled(store);
    await store.close();
    assert.deepEqual(messagesIn(file), [3, 4, 5]);

    const { store: later } = await openStore(t, file);
    later.deleteSession("c");
    await settled(later);
    await later.close();
    assert.deepEqual(messagesIn(file), []);
  });
});
