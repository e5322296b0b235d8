/** What every store does, in memory and on disk; on disk also after it was opened anew. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { MemoryStore } from "../../../../hub/src/broker/store/memory-store.ts";
import type { Store, StoredState } from "../../../../hub/src/broker/store/store.ts";
import {
  message,
  openStore,
  rowsOf,
  session,
  settled,
  storeFile,
  to,
  wholeQueue,
} from "../../../support/store-records.ts";

/** Opens an empty store; `again` gives what a hub finds at its next start. */
interface Kind {
  readonly name: string;
  open(t: TestContext): Promise<{
    store: Store;
    again: () => Promise<{ store: Store; state: StoredState }>;
  }>;
}

const KINDS: readonly Kind[] = [
  {
    name: "a store in memory",
    open: async () => {
      const store = new MemoryStore();
      return await Promise.resolve({
        store,
        again: async () => await Promise.resolve({ store, state: store.stored() }),
      });
    },
  },
  {
    name: "a store on disk",
    open: async (t) => {
      const file = storeFile(t);
      const { store } = await openStore(t, file);
      const again = async () => {
        await store.close();
        return await openStore(t, file);
      };
      return { store, again };
    },
  },
];

for (const kind of KINDS) {
  describe(kind.name, () => {
    it("gives back a session with all that belongs to it", async (t) => {
      const { store, again } = await kind.open(t);
      const record = session("client", {
        owner: "Zoë",
        protocolVersion: 4,
        expirySeconds: 0xff_ff_ff_ff,
        disconnectedAtWall: 1_790_000_000_123,
      });
      const subscription = {
        filter: "$share/g/plant/+/#",
        qos: 2,
        noLocal: true,
        retainAsPublished: true,
        retainHandling: 2,
        identifier: 268_435_455,
      } as const;
      const will = { message: message(1, { retain: true, qos: 2 }), delaySeconds: 30 };

      store.saveSession(record);
      store.saveSubscription("client", subscription);
      store.saveSubscription("client", { ...subscription, filter: "other", noLocal: false });
      store.deleteSubscription("client", "other");
      store.saveWill("client", will);
      store.saveIncoming("client", 65_535);
      store.saveIncoming("client", 7);
      store.deleteIncoming("client", 7);
      store.enqueue(message(2, { topic: "a/b", payload: new Uint8Array(10) }), [to("client")]);
      store.enqueue(message(3, { qos: 2 }), [to("client", { qos: 2 })]);
      store.saveInFlight("client", { row: 3, packetId: 9, state: "sent" });
      store.saveSentRow("client", 3);
      store.saveSentRow("client", 2);
      assert.equal(await settled(store), true);
      const { state } = await again();

      const contentBytes = 3 + 10 + "plant/3".length + "payload 3".length;
      assert.deepEqual(state.sessions, [
        {
          session: record,
          subscriptions: [subscription],
          will,
          incoming: [65_535],
          inFlight: [{ row: 3, packetId: 9, state: "sent", bytes: contentBytes - 13 }],
          sentRow: 3,
          queued: { count: 2, bytes: contentBytes },
        },
      ]);
      assert.equal(state.lastRow, 3);
    });

    it("gives back a queued message with its properties, its expiry and its receivers' own ways", async (t) => {
      const { store, again } = await kind.open(t);
      const row = Number.MAX_SAFE_INTEGER - 1;
      const sent = message(row, {
        topic: "Werk/Füller €/𝄞",
        payload: Uint8Array.from({ length: 70_000 }, (_, at) => at % 251),
        properties: Uint8Array.of(2, 0, 0, 0, 60, 38, 0, 1, 97, 0, 1, 98),
        expiryAt: 1,
        expiresAtWall: 1_790_000_060_000.5,
        qos: 2,
        retain: true,
        publisherId: undefined,
      });

      store.saveSession(session("one"));
      store.saveSession(session("two"));
      const two = to("two", { qos: 2, retain: true, identifiers: [1, 268_435_455] });
      store.enqueue(sent, [to("one"), two, to("nobody")]);
      await settled(store);
      const { store: later, state } = await again();

      assert.deepEqual(await wholeQueue(later, "one"), [
        { message: sent, qos: 1, retain: false, identifiers: [] },
      ]);
      assert.deepEqual(await wholeQueue(later, "two"), [
        { message: sent, qos: 2, retain: true, identifiers: [1, 268_435_455] },
      ]);
      assert.equal(state.lastRow, row);
    });

    it("gives back retained messages, the last of each topic", async (t) => {
      const { store, again } = await kind.open(t);
      const last = message(4, { topic: "a", retain: true });
      const empty = message(5, { topic: "", payload: new Uint8Array(0) });

      store.saveRetained(message(1, { topic: "a", retain: true }));
      store.saveRetained(message(2, { topic: "gone" }));
      await settled(store);
      store.saveRetained(message(3, { topic: "a" }));
      store.saveRetained(last);
      store.saveRetained(empty);
      store.deleteRetained("gone");
      store.deleteRetained("never there");
      await settled(store);
      const { state } = await again();

      const byRow = state.retained.toSorted((a, b) => a.row - b.row);
      assert.deepEqual(byRow, [last, empty]);
    });

    it("takes names of object properties for what they are", async (t) => {
      const { store, again } = await kind.open(t);
      const names = ["__proto__", "constructor", "toString", "'; DROP TABLE session; --"];

      for (const [index, name] of names.entries()) {
        store.saveSession(session(name, { owner: name }));
        store.enqueue(message(index + 1, { topic: name }), [to(name)]);
        store.saveRetained(message(index + 10, { topic: name }));
      }
      await settled(store);
      const { store: later, state } = await again();

      assert.deepEqual(
        state.sessions.map((kept) => kept.session.clientId).toSorted(),
        names.toSorted(),
      );
      assert.equal(state.retained.length, names.length);
      for (const [index, name] of names.entries()) {
        assert.deepEqual(await rowsOf(later, name), [index + 1]);
      }
    });

    it("keeps the order of rows, in whichever order they came", async (t) => {
      const { store, again } = await kind.open(t);
      store.saveSession(session("client"));

      for (const row of [1, 2, 5, 4, 9, 3]) store.enqueue(message(row), [to("client")]);
      store.dequeue("client", 4);
      await settled(store);

      assert.deepEqual(await rowsOf(store, "client"), [1, 2, 3, 5, 9]);
      const { store: later } = await again();
      assert.deepEqual(await rowsOf(later, "client"), [1, 2, 3, 5, 9]);
    });

    it("reads what was appended before, without waiting for anybody to hurry", async (t) => {
      const { store } = await kind.open(t);
      store.saveSession(session("client"));
      store.enqueue(message(1), [to("client")]);

      const first = await store.readQueue("client", -1, 10);
      store.enqueue(message(2), [to("client")]);
      const second = store.readQueue("client", 1, 10);
      store.enqueue(message(3), [to("client")]);

      assert.deepEqual(
        first.map((record) => record.message.row),
        [1],
      );
      const [record] = await second;
      assert.equal(record?.message.row, 2);
      assert.deepEqual(await store.readQueue("nobody", -1, 10), []);
    });

    it("reads nothing that was taken out before, whichever side of the page it was on", async (t) => {
      const { store } = await kind.open(t);
      store.saveSession(session("client"));
      for (let row = 1; row <= 5; row += 1) store.enqueue(message(row), [to("client")]);
      await settled(store);

      store.dequeue("client", 1);
      store.dequeue("client", 4);
      const all = await store.readQueue("client", -1, 10);
      store.dequeue("client", 2);
      const rest = await store.readQueue("client", 2, 10);

      assert.deepEqual(
        all.map((record) => record.message.row),
        [2, 3, 5],
      );
      assert.deepEqual(
        rest.map((record) => record.message.row),
        [3, 5],
      );
    });

    it("gives back the time that was noted last", async (t) => {
      const { store, again } = await kind.open(t);
      store.saveTime({ kept: 1, wall: 2 });
      store.saveTime({ kept: 1_790_000_000_000.5, wall: 1_790_000_000_123 });
      await settled(store);

      const { state } = await again();

      assert.deepEqual(state.time, { kept: 1_790_000_000_000.5, wall: 1_790_000_000_123 });
    });

    it("answers with which batch what was appended becomes durable, also when that one is sent at once", async (t) => {
      const { store } = await kind.open(t);
      store.saveSession(session("client"));
      await settled(store);
      let batch = 0;

      for (let row = 1; row <= 2000; row += 1) {
        store.enqueue(message(row), [to("client")]);
        batch = store.hurry();
      }
      await new Promise<void>((resolve) => {
        store.onSettled = () => {
          if (store.settledBatch >= batch) resolve();
        };
      });

      assert.equal((await rowsOf(store, "client")).length, 2000);
    });

    it("takes a message out of one queue and leaves it in the others", async (t) => {
      const { store, again } = await kind.open(t);
      for (const name of ["a", "b", "c"]) store.saveSession(session(name));
      store.enqueue(message(1), [to("a"), to("b"), to("c")]);
      store.enqueue(message(2), [to("a"), to("b"), to("c")]);
      store.dequeue("a", 2);
      await settled(store);

      store.dequeue("a", 1);
      store.dequeue("b", 1);
      store.dequeue("b", 1);
      store.dequeue("b", 77);
      await settled(store);
      const { store: later } = await again();

      assert.deepEqual(await rowsOf(later, "a"), []);
      assert.deepEqual(await rowsOf(later, "b"), [2]);
      assert.deepEqual(await rowsOf(later, "c"), [1, 2]);
    });

    it("gives one message to a second session later", async (t) => {
      const { store } = await kind.open(t);
      store.saveSession(session("a"));
      store.saveSession(session("b"));
      store.enqueue(message(1), [to("a")]);
      await settled(store);
      store.enqueue(message(1), [to("b")]);

      store.dequeue("a", 1);

      assert.deepEqual(await rowsOf(store, "a"), []);
      assert.deepEqual(await rowsOf(store, "b"), [1]);
    });

    it("remembers which QoS 2 messages are released, until they are delivered", async (t) => {
      const { store, again } = await kind.open(t);
      store.saveSession(session("client"));
      for (const row of [1, 2, 3]) store.enqueue(message(row), [to("client", { qos: 2 })]);
      for (const row of [1, 2, 3]) {
        store.saveInFlight("client", { row, packetId: row + 10, state: "sent" });
      }
      await settled(store);

      store.saveInFlight("client", { row: 2, packetId: 12, state: "released" });
      store.dequeue("client", 1);
      const { state } = await again();

      assert.deepEqual(state.sessions[0]?.inFlight, [
        { row: 2, packetId: 12, state: "released", bytes: 16 },
        { row: 3, packetId: 13, state: "sent", bytes: 16 },
      ]);
    });

    it("deletes a session with all it had, and nothing of its neighbours", async (t) => {
      const { store, again } = await kind.open(t);
      const subscription = {
        filter: "#",
        qos: 1,
        noLocal: false,
        retainAsPublished: false,
        retainHandling: 0,
        identifier: 0,
      } as const;
      for (const name of ["stays", "goes", "other"]) {
        store.saveSession(session(name));
        store.saveSubscription(name, subscription);
        store.saveIncoming(name, 1);
        store.saveWill(name, { message: message(1), delaySeconds: 0 });
      }
      store.enqueue(message(2), [to("stays"), to("goes"), to("other")]);
      for (const [at, name] of ["stays", "goes", "other"].entries()) {
        store.enqueue(message(3 + at), [to(name)]);
      }
      await settled(store);

      store.dequeue("stays", 2);
      store.dequeue("stays", 3);
      store.deleteIncoming("stays", 1);
      store.deleteWill("stays");
      store.deleteSession("goes");
      store.saveIncoming("goes", 2);
      store.enqueue(message(6), [to("goes"), to("stays")]);
      const { store: later, state } = await again();

      const names = state.sessions.map((kept) => kept.session.clientId);
      assert.deepEqual(names, ["stays", "other"]);
      const [stays] = state.sessions;
      assert.deepEqual(stays?.subscriptions, [subscription]);
      assert.deepEqual(stays?.incoming, []);
      assert.equal(stays?.will, undefined);
      assert.deepEqual(await rowsOf(later, "stays"), [6]);
      assert.deepEqual(await rowsOf(later, "other"), [2, 5]);
    });

    it("gives a session that is made anew nothing of the old one", async (t) => {
      const { store, again } = await kind.open(t);
      store.saveSession(session("client", { owner: "old" }));
      store.enqueue(message(1), [to("client")]);
      store.saveSentRow("client", 1);
      await settled(store);

      store.deleteSession("client");
      store.saveSession(session("client", { owner: "new" }));
      const { store: later, state } = await again();

      assert.deepEqual(
        state.sessions.map((kept) => [kept.session.owner, kept.sentRow]),
        [["new", 0]],
      );
      assert.deepEqual(await rowsOf(later, "client"), []);
    });

    it("keeps queue and subscriptions when only the session's own facts change", async (t) => {
      const { store, again } = await kind.open(t);
      store.saveSession(session("client"));
      store.enqueue(message(1), [to("client")]);
      store.saveSentRow("client", 1);
      await settled(store);

      store.saveSession(session("client", { disconnectedAtWall: 5 }));
      const { state } = await again();

      const [kept] = state.sessions;
      assert.equal(kept?.session.disconnectedAtWall, 5);
      assert.equal(kept?.sentRow, 1);
      assert.equal(kept?.queued.count, 1);
    });

    it("numbers its batches without a gap and settles them in order, empty ones too", async (t) => {
      const { store } = await kind.open(t);
      const seen: number[] = [];
      assert.equal(store.openBatch, 1);
      assert.equal(store.settledBatch, 0);
      const { promise, resolve } = Promise.withResolvers<void>();
      store.onSettled = () => {
        assert.equal(store.settledBatch < store.openBatch, true);
        seen.push(store.settledBatch);
        if (seen.length === 3) resolve();
        else if (seen.length === 1) store.hurry();
        else store.saveRetained(message(1)); // settled lazily
      };

      store.hurry();
      await promise;

      assert.deepEqual(seen, [1, 2, 3]);
      assert.deepEqual(
        [1, 2, 3].map((batch) => store.hasFailed(batch)),
        [false, false, false],
      );
    });

    it("reads a hundred thousand queued messages in pages", async (t) => {
      const { store, again } = await kind.open(t);
      store.saveSession(session("client"));
      store.saveSession(session("other"));
      for (let row = 1; row <= 100_000; row += 1) {
        store.enqueue(message(row), row % 10 === 0 ? [to("client"), to("other")] : [to("client")]);
      }
      await settled(store);
      const { store: later, state } = await again();

      const queue = await wholeQueue(later, "client");

      assert.equal(queue.length, 100_000);
      assert.equal(
        queue.every((record, at) => record.message.row === at + 1),
        true,
      );
      assert.deepEqual(
        state.sessions.map((kept) => kept.queued.count),
        [100_000, 10_000],
      );
    });

    it("settles what is open when it is closed, and takes nothing afterwards", async (t) => {
      const { store, again } = await kind.open(t);
      store.saveSession(session("client"));
      store.enqueue(message(1), [to("client")]);

      await store.close();
      await store.close();
      const batch = store.openBatch;
      store.hurry();
      store.enqueue(message(2), [to("client")]);
      store.hurry();

      assert.equal(store.settledBatch, batch - 1);
      const { state } = await again();
      assert.equal(state.sessions[0]?.queued.count, 1);
    });
  });
}
