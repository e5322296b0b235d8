/** QoS 0 behind QoS 1 that its receiver has not acknowledged: each has a bound of its own, and what is lost is counted. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startTestBroker, type TestBroker } from "../../../support/mqtt-broker.ts";
import { publishPacket, RawClient } from "../../../support/mqtt-raw-client.ts";

const SOFT_BYTES = 1_000_000;
const LARGE = Buffer.alloc(400_000);
const OF_QOS_1 = 6; // more than twice the bound above

/** Takes one message of QoS 1 at a time, and acknowledges nothing by itself. */
async function slowReceiver(hub: TestBroker, isLasting: boolean): Promise<RawClient> {
  const client = await RawClient.connected(hub.port, {
    protocolVersion: 5,
    clientId: "slow",
    clean: !isLasting,
    properties: { receiveMaximum: 1, sessionExpiryInterval: isLasting ? 3600 : 0 },
  });
  await client.subscribe("one", 1);
  await client.subscribe("zero", 0);
  return client;
}

async function publishLarge(publisher: RawClient): Promise<void> {
  for (let messageId = 1; messageId <= OF_QOS_1; messageId += 1) {
    publisher.send(publishPacket("one", LARGE, { qos: 1, messageId }));
    // oxlint-disable-next-line no-await-in-loop -- each is with the receiver before the next one comes
    await publisher.take("puback");
  }
}

/** The topics of what comes, each acknowledged, until so many of QoS 0 have come. */
async function topicsUntil(client: RawClient, ofQos0: number): Promise<readonly string[]> {
  const topics: string[] = [];
  while (topics.filter((topic) => topic === "zero").length < ofQos0) {
    // oxlint-disable-next-line no-await-in-loop -- the next one comes when this one is acknowledged
    const { topic, qos, messageId = 0 } = await client.take("publish");
    if (qos > 0) client.send({ cmd: "puback", messageId });
    topics.push(topic);
  }
  return topics;
}

describe("QoS 0 that waits behind QoS 1", { timeout: 180_000 }, () => {
  for (const isLasting of [true, false]) {
    const kind = isLasting ? "a lasting session" : "a clean session";

    it(`is not lost because much of QoS 1 waits: ${kind}`, async () => {
      await using hub = await startTestBroker({ limits: { outgoingSoftBytes: SOFT_BYTES } });
      await using slow = await slowReceiver(hub, isLasting);
      await using publisher = await RawClient.connected(hub.port, { clientId: "pub" });

      await publishLarge(publisher);
      for (let count = 0; count < 10; count += 1) publisher.publish("zero", "x");
      await publisher.ping();
      const queued = hub.broker.sessions().find(({ clientId }) => clientId === "slow")?.queued;
      const topics = await topicsUntil(slow, 10);

      assert.equal(queued, OF_QOS_1 - 1);
      assert.equal(hub.broker.counters.dropped.slow, 0);
      const expected = [...Array(OF_QOS_1).fill("one"), ...Array(10).fill("zero")];
      assert.deepEqual(topics, expected);
    });

    it(`is bounded by itself, the newest lost and each counted: ${kind}`, async () => {
      await using hub = await startTestBroker({ limits: { outgoingSoftBytes: SOFT_BYTES } });
      await using slow = await slowReceiver(hub, isLasting);
      await using publisher = await RawClient.connected(hub.port, { clientId: "pub" });

      await publishLarge(publisher);
      for (let count = 0; count < 5; count += 1) publisher.send(publishPacket("zero", LARGE));
      await publisher.ping();
      const { slow: lost, queueFull } = hub.broker.counters.dropped;
      const topics = await topicsUntil(slow, 2);

      assert.deepEqual({ lost, queueFull }, { lost: 3, queueFull: 0 });
      assert.equal(topics.length, OF_QOS_1 + 2);
    });
  }

  it("takes no room in the queue of QoS 1 of a clean session, and is not lost with its oldest", async () => {
    await using hub = await startTestBroker({ limits: { maxQueuedMessages: 3 } });
    await using slow = await slowReceiver(hub, false);
    await using publisher = await RawClient.connected(hub.port, { clientId: "pub" });

    publisher.publish("one", "in flight", 1);
    for (let count = 0; count < 10; count += 1) publisher.publish("zero", "x");
    for (const text of ["lost", "b", "c", "d"]) publisher.publish("one", text, 1);
    await publisher.settle();
    const { dropped } = hub.broker.counters;
    const texts: string[] = [];
    for (let count = 0; count < 14; count += 1) {
      // oxlint-disable-next-line no-await-in-loop -- the next one comes when this one is acknowledged
      const { payload, qos, messageId = 0 } = await slow.take("publish");
      if (qos > 0) slow.send({ cmd: "puback", messageId });
      texts.push(String(payload));
    }

    assert.deepEqual([dropped.queueFull, dropped.slow], [1, 0]);
    assert.deepEqual(texts, ["in flight", ...Array(10).fill("x"), "b", "c", "d"]);
  });
});
