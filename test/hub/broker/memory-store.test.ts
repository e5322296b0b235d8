import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RoutedPacket } from "../../../hub/src/broker/aedes/internals.ts";
import { MemoryStore } from "../../../hub/src/broker/aedes/memory-store.ts";

const CLIENT = { id: "c" };

describe("the store", () => {
  it("answers at once, so that no message overtakes another (A6)", () => {
    const store = makeStore();
    store.addSubscriptions(CLIENT, [{ topic: "a", qos: 1 }]);
    const order: string[] = [];

    store.subscriptionsByTopic("a").then((receivers) => order.push(`${receivers.length} receiver`));
    order.push("next message");

    assert.deepEqual(order, ["1 receiver", "next message"]);
  });

  it("keeps of a QoS 2 message that is not released only its identifier (A5)", () => {
    const store = makeStore();
    store.incomingStorePacket(CLIENT, { ...message(1), messageId: 9 });

    const kept: object[] = [];
    store.incomingGetPacket(CLIENT, { messageId: 9 }).then((packet) => kept.push(packet));

    assert.deepEqual(kept, [{ messageId: 9 }]);
  });

  it("keeps nothing of a session that has ended", async () => {
    const store = makeStore();
    store.addSubscriptions(CLIENT, [{ topic: "a", qos: 1 }]);
    store.incomingStorePacket(CLIENT, { messageId: 9 });
    store.outgoingEnqueueCombi([{ clientId: "c", qos: 1, rap: false }], message(1));

    store.cleanSubscriptions(CLIENT);

    assert.equal(store.isIncoming("c", 9), false);
    assert.deepEqual(await store.outgoingStream(CLIENT).toArray(), []);
    assert.deepEqual(answer(store.subscriptionsByTopic("a")), []);
    assert.deepEqual(answer(store.subscriptionsByClient(CLIENT)), []);
  });

  it("queues a message once for overlapping subscriptions, with the highest QoS", async () => {
    const store = makeStore();
    store.addSubscriptions(CLIENT, [
      { topic: "a/#", qos: 1 },
      { topic: "a/b", qos: 2 },
      { topic: "+/b", qos: 0 },
    ]);
    const packet = { ...message(1), topic: "a/b", qos: 2 as const, retain: true };

    store.outgoingEnqueueCombi(answer(store.subscriptionsByTopic("a/b")) ?? [], packet);

    const queued: RoutedPacket[] = await store.outgoingStream(CLIENT).toArray();
    assert.deepEqual(
      queued.map(({ qos, retain }) => ({ qos, retain })),
      [{ qos: 2, retain: false }],
    );
  });

  it("queues nothing for a subscription that was taken back or lowered to QoS 0", () => {
    const store = makeStore();
    store.addSubscriptions(CLIENT, [
      { topic: "a", qos: 1 },
      { topic: "b", qos: 1 },
    ]);

    store.removeSubscriptions(CLIENT, ["a", "not/there"]);
    store.addSubscriptions(CLIENT, [{ topic: "b", qos: 0 }]);

    assert.deepEqual(answer(store.subscriptionsByTopic("a")), []);
    assert.deepEqual(answer(store.subscriptionsByTopic("b")), []);
    assert.deepEqual(answer(store.subscriptionsByClient(CLIENT)), [{ topic: "b", qos: 0 }]);
  });

  it("says once that the queue of an absent client overflows (A16)", () => {
    const warnings: string[] = [];
    const store = makeStore((message_) => warnings.push(message_));
    const receivers = [{ clientId: "c", qos: 1 as const, rap: false }];

    for (let counter = 1; counter <= 100_010; counter += 1) {
      store.outgoingEnqueueCombi(receivers, message(counter));
    }

    assert.equal(warnings.length, 1);
  });
});

function makeStore(warn: (message: string) => void = () => {}): MemoryStore {
  return new MemoryStore({
    debug: nothing,
    info: nothing,
    warn: (_fields, sentence) => warn(sentence),
    error: nothing,
  });
}

function nothing(): void {}

/** What the store answers, which it must do before it returns. */
function answer<T>(pending: { then(kept: (value: T) => void): void }): T | undefined {
  const values: T[] = [];
  pending.then((kept) => values.push(kept));
  return values[0];
}

function message(brokerCounter: number): RoutedPacket {
  return {
    cmd: "publish",
    topic: "a",
    payload: Buffer.from("payload"),
    qos: 1,
    retain: false,
    dup: false,
    brokerId: "engine",
    brokerCounter,
  };
}
