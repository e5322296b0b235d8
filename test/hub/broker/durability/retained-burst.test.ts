/** Many retained QoS 0 messages at once: they reach the disk in portions, so that nobody waits for all of them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEFAULT_LIMITS } from "../../../../hub/src/broker/limits.ts";
import { type Message, NEVER, NO_PROPERTIES } from "../../../../hub/src/broker/message.ts";
import { Retained } from "../../../../hub/src/broker/retained.ts";
import { Settling } from "../../../../hub/src/broker/settling.ts";
import { MemoryStore } from "../../../../hub/src/broker/store/memory-store.ts";
import type { StoredMessage } from "../../../../hub/src/broker/store/store.ts";
import { BrokerLives } from "../../../support/broker-lives.ts";
import { publishPacket, RawClient } from "../../../support/mqtt-raw-client.ts";

const MANY = 20_000;
/** No more than this is saved in one turn. */
const PORTION = 1000;

/** A store that notes how many retained messages each of its batches has. */
class CountingStore extends MemoryStore {
  readonly perBatch = new Map<number, number>();

  override saveRetained(message: StoredMessage): void {
    this.perBatch.set(this.openBatch, (this.perBatch.get(this.openBatch) ?? 0) + 1);
    super.saveRetained(message);
  }
}

function retainedOf(row: number, text: string): Message {
  return {
    row,
    topic: `t/${row % MANY}`,
    payload: Buffer.from(text),
    properties: NO_PROPERTIES,
    expiryAt: -1,
    expiresAt: NEVER,
    qos: 0,
    retain: true,
    publisherId: undefined,
  };
}

function openRetained() {
  const store = new CountingStore();
  const settling = new Settling(store);
  store.onSettled = () => settling.settled();
  const retained = new Retained({
    options: {},
    store,
    limits: DEFAULT_LIMITS,
    monotonic: () => 0,
    toStored: ({ expiresAt, ...rest }) => ({ ...rest, expiresAtWall: expiresAt }),
    whenSettled: (run) => settling.afterAll(run),
  });
  return { store, retained };
}

async function untilStored(store: MemoryStore, count: number, text = "x"): Promise<void> {
  const isDone = ({ payload }: StoredMessage): boolean => String(payload) === text;
  while (store.stored().retained.filter(isDone).length < count) {
    // oxlint-disable-next-line no-await-in-loop
    await new Promise(setImmediate);
  }
}

describe("a burst of retained QoS 0 messages", { timeout: 180_000 }, () => {
  it("is saved in portions, each in a batch of its own, and no message twice", async () => {
    const { store, retained } = openRetained();
    for (let row = 1; row <= MANY; row += 1) retained.set(retainedOf(row, "x"));

    retained.save();
    retained.save(); // the next second comes while the portions of this one are on their way
    await untilStored(store, MANY);

    const counts = [...store.perBatch.values()];
    assert.deepEqual(counts, Array(MANY / PORTION).fill(PORTION));
  });

  it("that goes on while it is saved ends with the last message of each topic", async () => {
    const { store, retained } = openRetained();
    for (let row = 1; row <= MANY; row += 1) retained.set(retainedOf(row, "first"));

    retained.save();
    for (let row = 1; row <= MANY; row += 1) retained.set(retainedOf(MANY + row, "last"));
    await untilStored(store, MANY, "last");

    const saved = [...store.perBatch.values()].reduce((sum, count) => sum + count, 0);
    assert.equal(saved, MANY + PORTION, "only the first portion was on its way already");
  });

  it("is on disk as a whole although the hub is killed", async (t) => {
    const lives = new BrokerLives(t);
    const hub = await lives.start();
    await using client = await RawClient.connected(hub.port, { clientId: "publisher" });
    for (let count = 0; count < MANY; count += 1)
      client.send(publishPacket(`r/${count}`, "x", { retain: true }));
    await client.ping();

    lives.clock.pass(1);
    const between = { topic: "between", payload: Buffer.from("x"), qos: 1, retain: true } as const;
    for (let portions = 0; portions < (2 * MANY) / PORTION; portions += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one batch after the other
      await hub.broker.publish(between);
    }
    const { retained } = hub.broker.counters;
    await lives.kill(hub);
    const again = await lives.start();

    assert.ok(retained > MANY);
    assert.equal(again.broker.counters.retained >= retained, true);
  });
});
