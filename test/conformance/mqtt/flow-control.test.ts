/** Receive Maximum, both ways: how many messages may be under way. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertEnded, inWords, lasting, Suite, unique } from "../../support/mqtt-suite.ts";
import { receiveMaximumOf, type WireClient } from "../../support/mqtt-wire-client.ts";
import type { QoS } from "../../support/mqtt-wire-encode.ts";

/** Above this a test would send more than it is worth. */
const LARGEST_TRIED = 2000;

describe("the client's Receive Maximum", { timeout: 180_000 }, () => {
  const suite = new Suite();

  /** A reader that takes `maximum` messages at once, and five messages published to it. */
  async function flooded(maximum: number, qos: QoS) {
    const topic = unique("t");
    const reader = await suite.client({ properties: [["receiveMaximum", maximum]] });
    const writer = await suite.client();
    await reader.subscribe({ filter: topic, qos });
    for (const payload of ["1", "2", "3", "4", "5"]) await writer.publish(topic, payload, { qos });
    return { reader, writer, topic };
  }

  it("bounds QoS 1: the next comes for each PUBACK, other packets come at once [MQTT5-3.3.4-9] [MQTT5-3.3.4-10] [MQTT5-4.9.0-1] [MQTT5-4.9.0-2] [MQTT5-4.9.0-3]", async () => {
    const { reader } = await flooded(2, 1);
    const underWay = [await reader.take("publish"), await reader.take("publish")];
    await reader.ping();
    await reader.subscribe(unique("other"));

    for (const next of ["3", "4", "5"]) {
      const packetId = underWay.shift()?.packetId ?? 0;
      reader.send({ type: "puback", packetId });
      const message = await reader.take("publish");
      assert.equal(message.payload, next);
      underWay.push(message);
      await reader.ping();
    }
  });

  it("bounds QoS 2: PUBCOMP makes room, PUBREC does not [MQTT5-3.3.4-9] [MQTT5-4.9.0-2] [MQTT5-4.9.0-3]", async () => {
    const { reader } = await flooded(1, 2);

    for (const payload of ["1", "2", "3", "4", "5"]) {
      const { packetId = 0, ...message } = await reader.take("publish");
      assert.equal(message.payload, payload);
      reader.send({ type: "pubrec", packetId });
      await reader.take("pubrel");
      await reader.ping();
      reader.send({ type: "pubcomp", packetId });
    }
  });

  it("has room again after a PUBREC of 0x80 or more [MQTT5-3.3.4-9] [MQTT5-4.9.0-2]", async () => {
    const { reader } = await flooded(1, 2);
    const { packetId = 0 } = await reader.take("publish");

    reader.send({ type: "pubrec", packetId, reasonCode: 0x80 });

    assert.equal((await reader.take("publish")).payload, "2");
  });

  it("bounds what is sent again, and what waited, on the next connection [MQTT5-3.3.4-9] [MQTT5-4.4.0-1]", async () => {
    const topic = unique("t");
    const clientId = unique("c");
    await using reader = await suite.client({ clientId, ...lasting(5) });
    await using writer = await suite.client();
    await reader.subscribe({ filter: topic, qos: 1 });
    for (const payload of ["1", "2", "3"]) await writer.publish(topic, payload, { qos: 1 });
    for (const _ of ["1", "2", "3"]) await reader.take("publish");
    await reader.vanish();
    await writer.publish(topic, "4", { qos: 1 });

    await using again = await suite.client({
      clientId,
      clean: false,
      properties: [
        ["sessionExpiry", 300],
        ["receiveMaximum", 1],
      ],
    });

    for (const expected of ["1", "2", "3", "4"]) {
      const message = await again.take("publish");
      assert.equal(message.payload, expected);
      await again.ping();
      await again.acknowledge(message);
    }
  });

  it("does not hold back QoS 0 of others' topics for good: it comes at the latest with room [MQTT5-4.9.0-3]", async () => {
    const { reader, writer, topic } = await flooded(1, 1);
    await writer.publish(topic, "zero", { qos: 0 });
    await writer.ping();

    const payloads = new Set<string>();
    while (payloads.size < 6) payloads.add((await reader.takeMessage()).payload);

    assert.ok(payloads.has("zero"));
  });
});

describe("the server's Receive Maximum", { timeout: 180_000 }, () => {
  const suite = new Suite();

  async function writing(): Promise<{ readonly client: WireClient; readonly maximum: number }> {
    const client = await suite.open(5);
    const connack = await client.connect({ clientId: unique("c") });
    return { client, maximum: receiveMaximumOf(connack) };
  }

  it("is how many messages it takes at once: each is answered [MQTT5-3.3.4-7] [MQTT5-3.3.4-1]", async () => {
    const { client, maximum } = await writing();
    const topic = unique("t");
    const count = Math.min(maximum, LARGEST_TRIED);
    const ids = Array.from({ length: count }, (_, at) => at + 1);

    client.send(...ids.map((packetId) => ({ type: "publish", topic, qos: 2, packetId }) as const));

    for (const packetId of ids) assert.equal((await client.take("pubrec")).packetId, packetId);
    client.send(...ids.map((packetId) => ({ type: "pubrel", packetId }) as const));
    for (const packetId of ids) assert.equal((await client.take("pubcomp")).packetId, packetId);
  });

  it("is not exceeded: one more ends the connection with 0x93 [MQTT5-3.3.4-7] [MQTT5-4.13.1-1]", async (t) => {
    const { client, maximum } = await writing();
    if (maximum > LARGEST_TRIED) {
      t.skip(`this server takes ${maximum} messages at once`);
      return;
    }
    const topic = unique("t");
    for (let packetId = 1; packetId <= maximum; packetId += 1) {
      client.send({ type: "publish", topic, qos: 2, packetId });
      await client.take("pubrec");
    }

    client.send({ type: "publish", topic, qos: 2, packetId: maximum + 1 });

    await assertEnded(client, [0x93]);
  });

  it("holds back PUBLISH alone: all else is taken and answered from a client that has reached it [MQTT5-3.3.4-8]", async () => {
    const { client, maximum } = await writing();
    const topic = unique("t");
    const count = Math.min(maximum, LARGEST_TRIED);
    const ids = Array.from({ length: count }, (_, at) => at + 1);
    client.send(...ids.map((packetId) => ({ type: "publish", topic, qos: 2, packetId }) as const));
    for (const packetId of ids) assert.equal((await client.take("pubrec")).packetId, packetId);

    await client.subscribe(unique("other"));
    await client.ping();
    client.send({ type: "pubrel", packetId: 1 });

    assert.equal((await client.take("pubcomp")).packetId, 1);
  });

  it("has room again after PUBCOMP and PUBACK [MQTT5-3.3.4-7]", async () => {
    const { client, maximum } = await writing();
    const topic = unique("t");
    const rounds = Math.min(maximum, 200) + 10;

    for (let each = 0; each < rounds; each += 1) await client.publish(topic, "x", { qos: 1 });
    for (let each = 0; each < rounds; each += 1) await client.publish(topic, "x", { qos: 2 });

    await client.ping();
  });

  it("does not count QoS 0 [MQTT5-3.3.4-7]", async () => {
    const { client, maximum } = await writing();
    const topic = unique("t");
    await client.subscribe({ filter: topic, qos: 0 });
    const count = Math.min(maximum, 200) + 10;

    for (let each = 0; each < count; each += 1) await client.publish(topic, `${each}`);

    const last = (await client.takeMessages(count)).at(-1);
    assert.equal(last && inWords(last), `${topic} "${count - 1}" QoS 0`);
  });
});
