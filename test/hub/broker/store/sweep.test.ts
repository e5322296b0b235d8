/** The payload of a message stands once on disk, and no longer than somebody waits for it. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { openFile } from "../../../../hub/src/broker/store/open-file.ts";
import type { FileSettings } from "../../../../hub/src/broker/store/schema.ts";
import { StoreFile } from "../../../../hub/src/broker/store/store-file.ts";
import {
  message,
  openStore,
  rowsOf,
  session,
  settled,
  storeFile,
  to,
} from "../../../support/store-records.ts";

const SLOW_WRITER = new URL("../../../support/slow-store-writer.ts", import.meta.url);

function messagesIn(file: string): readonly unknown[] {
  const database = new DatabaseSync(file, { readOnly: true });
  const rows = database.prepare("SELECT row FROM message ORDER BY row").all();
  database.close();
  return rows.map((row) => row["row"]);
}

/** Does what the writer does bit by bit when it has nothing else to do. */
function sweepAll(file: string): void {
  const settings: FileSettings = { file, durability: "process", reserveBytes: 0 };
  const store = new StoreFile(openFile(settings).database, settings);
  while (store.sweep());
  store.close();
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
    store.deleteSession("b");
    await settled(store);
    await store.close();
    sweepAll(file);
    assert.deepEqual(messagesIn(file), [3, 4, 5]);

    const { store: later } = await openStore(t, file);
    later.deleteSession("c");
    await settled(later);
    await later.close();
    sweepAll(file);
    assert.deepEqual(messagesIn(file), []);
  });

  it("of a long queue go bit by bit, and the number of its session is not given again before", async (t) => {
    const file = storeFile(t);
    const { store } = await openStore(t, file, { writer: SLOW_WRITER });
    store.saveSession(session("long"));
    // so many that the writer is not through before it hears of the close, which a busy machine tells it late
    for (let row = 1; row <= 30_000; row += 1) store.enqueue(message(row), [to("long")]);
    await settled(store);

    store.deleteSession("long");
    await settled(store);
    await store.close();
    const left = messagesIn(file).length;
    const { store: later, damage } = await openStore(t, file);
    later.saveSession(session("next"));
    await settled(later);

    assert.ok(left > 0, "the writer did not stop for all of them");
    assert.equal(damage, undefined);
    assert.deepEqual(await rowsOf(later, "next"), []);
    await later.close();
    sweepAll(file);
    assert.deepEqual(messagesIn(file), []);
  });
});
