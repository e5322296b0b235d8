/** How much is retained, and what it costs to ask for all of it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { generate } from "mqtt-packet";
import { BrokerApart, MIB } from "../../../support/broker-apart.ts";
import { ManualClock } from "../../../support/manual-clock.ts";
import { startTestBroker } from "../../../support/mqtt-broker.ts";
import { Flood, Hostile, Neighbours, repeated } from "../../../support/mqtt-hostile.ts";
import { publishPacket, RawClient, subscribePacket } from "../../../support/mqtt-raw-client.ts";

const MANY = 100_000;
/** A retained message on a topic of ten bytes, which is what comes back, too. */
const FRAME_BYTES = retainedFrame(0).length;

describe("retained messages", { timeout: 300_000 }, () => {
  it("are at most as many as may be; those that are too many are refused or counted, old ones may change", async () => {
    const own = await ownMessages();
    await using hub = await startTestBroker({ limits: { maxRetained: own + 2 } });
    await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });
    const reasonFor = async (topic: string, payload = "x"): Promise<number | undefined> => {
      client.send(publishPacket(topic, payload, { qos: 1, retain: true }));
      return (await client.take("puback")).reasonCode;
    };

    assert.deepEqual([await reasonFor("a"), await reasonFor("b")], [0, 0]);
    assert.equal(await reasonFor("c"), 0x97);
    assert.equal(await reasonFor("a", "y"), 0);
    client.send(publishPacket("c", "x", { retain: true }));
    await client.ping();
    assert.equal(hub.broker.counters.retained, own + 2);
    assert.equal(hub.broker.counters.dropped.storeFull, 1);
    assert.equal(hub.broker.counters.dropped.queueFull, 1);
    assert.equal(await reasonFor("b", ""), 0);
    assert.equal(await reasonFor("c"), 0);
  });

  for (const [what, topic, payload, properties] of [
    ["payloads", "t", "x".repeat(100_000), {}],
    ["properties", "t", "x", { userProperties: { name: "x".repeat(60_000) } }],
    ["deep topics", `t${"/level".repeat(30)}`, "x", {}],
  ] as const) {
    it(`take a bounded amount of memory, counted with their ${what}`, async () => {
      await using hub = await startTestBroker({ limits: { maxRetainedBytes: 500_000 } });
      await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });

      let taken = 0;
      for (let count = 0; count < 200; count += 1) {
        const packet = publishPacket(`${count}${topic}`, payload, { qos: 1, retain: true });
        client.send({ ...packet, properties });
        if ((await client.take("puback")).reasonCode === 0) taken += 1;
      }

      assert.ok(taken >= 4 && taken < 120, `${taken} taken`);
      assert.ok(hub.broker.counters.retainedBytes <= 500_000);
      assert.equal(hub.broker.counters.dropped.storeFull, 200 - taken);
    });
  }

  it("that have expired make room, though nobody asks for them", async () => {
    const clock = new ManualClock();
    await using hub = await startTestBroker({ clock });
    const { retained } = hub.broker.counters;
    await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });
    for (let count = 0; count < 5000; count += 1) {
      const packet = publishPacket(`e/${count}`, "x", { retain: true });
      client.send({ ...packet, properties: { messageExpiryInterval: count < 4000 ? 10 : 1000 } });
    }
    await client.ping();
    assert.equal(hub.broker.counters.retained, retained + 5000);

    clock.pass(20_000);

    assert.equal(hub.broker.counters.retained, retained + 1000);
  });

  it("are taken away a thousand at once, while others are served", async () => {
    await using hub = await startTestBroker({ watcherOf: () => undefined });
    await using neighbours = await Neighbours.at(hub.port);
    const { retained, retainedBytes } = hub.broker.counters;
    await using client = await RawClient.connected(hub.port);
    client.sendBytes(repeated(1000, retainedFrame));
    await client.ping();
    assert.equal(hub.broker.counters.retained, retained + 1000);

    client.sendBytes(repeated(1000, (index) => retainedFrame(index, "")));
    await neighbours.roundTrips(5);
    await client.ping();

    assert.equal(hub.broker.counters.retained, retained);
    assert.equal(hub.broker.counters.retainedBytes, retainedBytes);
  });
});

describe("a hundred thousand retained messages", { timeout: 300_000 }, () => {
  it("reach one wildcard subscriber after the other, slow ones too, while others are served", async () => {
    await using apart = await BrokerApart.start({ stalledAfterMs: 1e6, slowForMs: 1e6 });
    await using neighbours = await Neighbours.at(apart.port);
    await using publisher = await RawClient.connected(apart.port, { clientId: "pub" });
    publisher.sendBytes(repeated(MANY, retainedFrame));
    await publisher.ping();
    const before = await apart.figures();

    await using slow = await Hostile.connected(apart.port, "slow");
    await slow.send(generate(subscribePacket("r/#")));
    await using quick = await Hostile.connected(apart.port, "quick");
    const all = allReceived(quick);
    await quick.send(generate(subscribePacket("r/#")));
    await neighbours.roundTrips(20);
    await all;

    const { bytes, errors } = await apart.figures();
    assert.ok(bytes - before.bytes < 60 * MIB, `${(bytes - before.bytes) / MIB} MiB more`);
    assert.deepEqual(errors, []);
    await allReceived(slow);
  });

  it("are not worth more than others for who asks for them again and again", async () => {
    await using apart = await BrokerApart.start();
    await using neighbours = await Neighbours.at(apart.port);
    await using publisher = await RawClient.connected(apart.port, { clientId: "pub" });
    publisher.sendBytes(repeated(MANY, retainedFrame));
    await publisher.ping();
    const before = await apart.figures();
    await using client = await Hostile.connected(apart.port, "greedy");
    client.drain();

    const again = repeated(200, (index) => generate(subscribePacket("r/#", `r/+`, `+/${index}`)));
    const flood = new Flood(client, () => again);
    await neighbours.roundTrips(20);
    const { bytes } = await apart.figures();
    await flood.stop();

    assert.ok(bytes - before.bytes < 60 * MIB, `${(bytes - before.bytes) / MIB} MiB more`);
  });
});

/** Retained messages of a hub at rest: its own. */
async function ownMessages(): Promise<number> {
  await using hub = await startTestBroker();
  return hub.broker.counters.retained;
}

function retainedFrame(index: number, payload = "x"): Buffer {
  const topic = `r/${String(index).padStart(8, "0")}`;
  return generate(publishPacket(topic, payload, { retain: true }));
}

/** Resolves when SUBACK and all of them have come. */
function allReceived({ socket }: Hostile): Promise<void> {
  let left = 5 + MANY * FRAME_BYTES;
  return new Promise((resolve) => {
    socket.on("data", (chunk: Buffer) => {
      left -= chunk.length;
      if (left === 0) resolve();
    });
    socket.resume();
  });
}
