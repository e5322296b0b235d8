import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startTestBroker, type TestBroker } from "../../support/mqtt-broker.ts";
import { publishPacket, RawClient } from "../../support/mqtt-raw-client.ts";

const MEGABYTE = Buffer.alloc(1_000_000);

describe("a client that does not read", { timeout: 180_000 }, () => {
  it("loses QoS 0 messages beyond its bound, each counted, and is named in the log", async () => {
    await using hub = await startTestBroker({ limits: { outgoingSoftBytes: 2_000_000 } });
    await using stalled = await stalledSubscriber(hub, 0);
    await using publisher = await RawClient.connected(hub.port, { clientId: "pub" });

    for (let count = 0; count < 30; count += 1) {
      publisher.send(publishPacket("a", MEGABYTE));
      await publisher.ping();
    }
    const { slow } = hub.broker.counters.dropped;
    stalled.resumeReading();
    publisher.publish("a", "last"); // may be dropped too; the stalled one reads now
    for (let left = 30 - slow; left > 0; left -= 1) await stalled.take("publish");

    assert.ok(slow > 10, `${slow} dropped`);
    const warnings = hub.log.all.filter(({ level }) => level === "warn");
    assert.deepEqual(
      warnings.map(({ fields }) => fields["clientId"]),
      ["stalled"],
    );
  });

  it("is ended when twice the bound of QoS 1 waits for it, and its session keeps the messages", async () => {
    await using hub = await startTestBroker({ limits: { outgoingSoftBytes: 1_000_000 } });
    await using stalled = await stalledSubscriber(hub, 1);
    await using publisher = await RawClient.connected(hub.port, { clientId: "pub" });

    for (let count = 1; count <= 30; count += 1) {
      publisher.send(publishPacket("a", MEGABYTE, { qos: 1, messageId: count }));
      await publisher.take("puback");
    }
    await hub.disconnected.next();
    stalled.vanish();

    await using again = await RawClient.connected(hub.port, { clientId: "stalled", clean: false });
    for (let count = 1; count <= 30; count += 1) await again.take("publish");
  });

  it("is ended when it takes nothing at all for the time allowed", async () => {
    await using hub = await startTestBroker({ limits: { stalledAfterMs: 50 } });
    await using stalled = await stalledSubscriber(hub, 0);
    await using publisher = await RawClient.connected(hub.port, { clientId: "pub" });

    for (let count = 0; count < 10; count += 1) publisher.send(publishPacket("a", MEGABYTE));

    assert.equal((await hub.disconnected.next()).clientId, "stalled");
    stalled.vanish();
  });

  it("is ended when it asks and asks and never reads an answer", async () => {
    await using hub = await startTestBroker({ limits: { outgoingSoftBytes: 100_000 } });
    await using stalled = await RawClient.connected(hub.port, { clientId: "stalled" });
    await hub.broker.publish({ topic: "big", payload: MEGABYTE, qos: 0, retain: true });
    stalled.pauseReading();

    for (let count = 1; count <= 60; count += 1) {
      stalled.send({
        cmd: "subscribe",
        messageId: count,
        subscriptions: [{ topic: "big", qos: 0 }],
      });
    }
    const pings = Buffer.from("c000".repeat(1_000_000), "hex");
    stalled.sendBytes(pings);

    assert.equal((await hub.disconnected.next()).clientId, "stalled");
  });
});

async function stalledSubscriber(hub: TestBroker, qos: 0 | 1): Promise<RawClient> {
  const client = await RawClient.connected(hub.port, { clientId: "stalled", clean: false });
  await client.subscribe("a", qos);
  client.pauseReading();
  return client;
}
