/** How many messages may be on their way, and what it costs when nobody acknowledges or releases them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { generate, type Packet } from "mqtt-packet";
import { BrokerApart, MIB } from "../../../support/broker-apart.ts";
import { ManualClock } from "../../../support/manual-clock.ts";
import { startTestBroker } from "../../../support/mqtt-broker.ts";
import { Flood, Hostile, Neighbours, repeated } from "../../../support/mqtt-hostile.ts";
import { publishPacket, RawClient } from "../../../support/mqtt-raw-client.ts";

describe("QoS 2 messages without PUBREL", { timeout: 180_000 }, () => {
  it("of an MQTT 5 client are at most as many as CONNACK says; then it is told", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.open(hub.port, 5);
    const { properties } = await client.connect();
    assert.equal(properties?.receiveMaximum, 100);

    for (let messageId = 1; messageId <= 100; messageId += 1) {
      client.send(publishPacket("a", "", { qos: 2, messageId }));
      assert.equal((await client.take("pubrec")).messageId, messageId);
    }
    client.send(publishPacket("a", "", { qos: 2, messageId: 101 }));

    assert.equal((await client.take("disconnect")).reasonCode, 0x93);
    assert.equal(hub.published.all.length, 100);
  });

  it("of an MQTT 3.1.1 client are many, but not endless", async () => {
    await using hub = await startTestBroker({ limits: { maxUnreleased: 1000 } });
    await using client = await RawClient.connected(hub.port);

    client.sendBytes(qos2Frames(1000));
    for (let count = 0; count < 1000; count += 1) await client.take("pubrec");
    client.sendBytes(qos2Frames(10)); // the same again: no new ones
    for (let count = 0; count < 10; count += 1) await client.take("pubrec");
    client.send(publishPacket("a", "", { qos: 2, messageId: 1001 }));

    await client.closed;
    assert.equal(hub.broker.counters.ended.get(0x93), 1);
    assert.equal(hub.published.all.length, 1000);
  });

  it("of an MQTT 3.1.1 client that is refused every message are not endless either", async () => {
    await using hub = await startTestBroker({
      limits: { maxUnreleased: 100 },
      mayPublish: () => ({ allow: false, reasonCode: 0x87, because: "no" }),
    });
    await using client = await RawClient.connected(hub.port);

    client.sendBytes(qos2Frames(101));

    await client.closed;
    assert.equal(hub.broker.counters.ended.get(0x93), 1);
    assert.equal(hub.broker.counters.dropped.refused, 100);
  });

  for (const version of [4, 5] as const) {
    it(`are only numbers to the hub: 50 clients leave all they may, MQTT ${version}`, async () => {
      await using apart = await BrokerApart.start();
      await using neighbours = await Neighbours.at(apart.port);
      const before = await apart.figures();
      const frames = qos2Frames(version === 5 ? 100 : 20_000, version, "x".repeat(1000));

      await using clients = new AsyncDisposableStack();
      for (let count = 0; count < (version === 5 ? 50 : 5); count += 1) {
        const client = clients.use(await Hostile.connected(apart.port, `q${count}`, version));
        client.drain();
        await client.send(frames);
        await neighbours.roundTrips(1);
      }

      const { bytes, counters } = await apart.figures();
      assert.ok(bytes - before.bytes < 40 * MIB, `${(bytes - before.bytes) / MIB} MiB`);
      assert.deepEqual([...counters.ended], []);
    });
  }
});

describe("messages to a client that acknowledges nothing", { timeout: 180_000 }, () => {
  for (const [what, properties, expected] of [
    ["its own Receive Maximum", { receiveMaximum: 3 }, 3],
    ["the server's maximum", {}, 20],
  ] as const) {
    it(`are on their way up to ${what}; the others wait, and each acknowledgement lets one go`, async () => {
      await using hub = await startTestBroker({ limits: { maxInFlight: 20 } });
      await using client = await RawClient.connected(hub.port, { protocolVersion: 5, properties });
      await client.subscribe("a", 1);
      const payload = Buffer.from("x");
      for (let count = 0; count < 50; count += 1)
        await hub.broker.publish({ topic: "a", payload, qos: 1, retain: false });

      const sent: number[] = [];
      for (let count = 0; count < expected; count += 1)
        sent.push((await client.take("publish")).messageId ?? 0);
      await client.ping(); // nothing more came
      client.send({ cmd: "puback", messageId: sent[0] ?? 0 });
      await client.take("publish");
      await client.ping();

      assert.equal(hub.broker.sessions()[0]?.inFlight, expected);
      assert.equal(hub.broker.sessions()[0]?.queued, 50 - expected - 1);
    });
  }

  it("wait in a bounded queue: the oldest are dropped and counted", async () => {
    await using hub = await startTestBroker({ limits: { maxInFlight: 1, maxQueuedMessages: 10 } });
    await using client = await RawClient.connected(hub.port);
    await client.subscribe("a", 1);

    for (let count = 1; count <= 31; count += 1)
      await hub.broker.publish({ topic: "a", payload: text(count), qos: 1, retain: false });
    const got: string[] = [];
    for (let count = 0; count < 11; count += 1) {
      const { payload, messageId = 0 } = await client.take("publish");
      got.push(String(payload));
      client.send({ cmd: "puback", messageId });
    }

    assert.deepEqual(got, ["1", ...Array.from({ length: 10 }, (_, index) => String(22 + index))]);
    assert.equal(hub.broker.counters.dropped.queueFull, 20);
  });

  it("wait in a queue that is bounded in bytes too", async () => {
    await using hub = await startTestBroker({ limits: { maxInFlight: 1, maxQueuedBytes: 12_000 } });
    await using client = await RawClient.connected(hub.port, { clean: false });
    await client.subscribe("a", 1);

    for (let count = 1; count <= 31; count += 1)
      await hub.broker.publish({ topic: "a", payload: Buffer.alloc(1000), qos: 1, retain: false });

    const { counters } = hub.broker;
    assert.equal(counters.dropped.queueFull, 30 - counters.queued);
    assert.ok(counters.queued >= 9 && counters.queued <= 12, `${counters.queued} queued`);
  });
});

describe("acknowledgements that nobody asked for", { timeout: 180_000 }, () => {
  for (const cmd of ["puback", "pubrec", "pubrel", "pubcomp"] as const) {
    it(`leave nothing behind: a flood of ${cmd}`, async () => {
      await using apart = await BrokerApart.start();
      await using neighbours = await Neighbours.at(apart.port);
      await using client = await Hostile.connected(apart.port, "acks");
      client.drain();
      const before = await apart.figures();
      const frames = repeated(20_000, (index) => generate({ cmd, messageId: 1 + index }));

      const flood = new Flood(client, () => frames);
      await neighbours.roundTrips(20);
      await flood.stop();

      const { bytes, counters } = await apart.figures();
      assert.ok(flood.sentBytes > 0);
      assert.ok(bytes - before.bytes < 40 * MIB, `${(bytes - before.bytes) / MIB} MiB`);
      assert.deepEqual([...counters.ended], []);
    });
  }
});

describe("a client whose messages wait for the store", { timeout: 180_000 }, () => {
  it("is not taken for dead while nothing is read from it", async () => {
    const clock = new ManualClock();
    await using hub = await startTestBroker({
      clock,
      limits: { outgoingSoftBytes: 1000, slowForMs: 1e9 },
    });
    await using client = await RawClient.connected(hub.port, { keepalive: 1 });
    await client.subscribe("a");
    client.pauseReading();
    await hub.broker.publish({ topic: "a", payload: Buffer.alloc(9e6), qos: 0, retain: false });
    await using other = await RawClient.connected(hub.port, { clientId: "other" });
    client.send({ cmd: "pingreq" });
    while (
      (hub.broker.sessions().find(({ clientId }) => clientId === "raw")?.outgoingBytes ?? 0) < 1
    )
      await other.ping();

    clock.pass(3000); // more than one and a half keep alives, while it is held up

    assert.equal(hub.broker.sessions().filter(({ isConnected }) => isConnected).length, 2);
    client.resumeReading();
    await client.take("publish");
    await client.take("pingresp");
  });
});

function qos2Frames(count: number, protocolVersion: 4 | 5 = 4, payload = ""): Buffer {
  const packet = (messageId: number): Packet => publishPacket("a", payload, { qos: 2, messageId });
  return repeated(count, (index) => generate(packet(1 + index), { protocolVersion }));
}

function text(value: number): Buffer {
  return Buffer.from(String(value));
}
