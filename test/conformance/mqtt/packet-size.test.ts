/** Maximum Packet Size, both ways; and that words are left out before a packet becomes too large. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  assertEnded,
  assertNothingMore,
  collect,
  lasting,
  SKIP_WITHOUT_FORBIDDEN,
  Suite,
  unique,
} from "../../support/mqtt-suite.ts";
import type { ClientPacket } from "../../support/mqtt-wire-encode.ts";
import { numberOf } from "../../support/mqtt-wire-properties.ts";
import { FORBIDDEN } from "../../support/server-under-test.ts";

describe("the client's Maximum Packet Size", { timeout: 180_000 }, () => {
  const suite = new Suite();

  for (const qos of [0, 1, 2] as const) {
    it(`keeps larger messages of QoS ${qos} away, as if they had been delivered [MQTT5-3.1.2-24] [MQTT5-3.1.2-25]`, async () => {
      const topic = unique("t");
      const clientId = unique("c");
      await using reader = await suite.client({
        clientId,
        clean: false,
        properties: [
          ["sessionExpiry", 300],
          ["maximumPacketSize", 100],
        ],
      });
      await using writer = await suite.client();
      await reader.subscribe(topic);

      await writer.publish(topic, "x".repeat(100), { qos });
      await writer.publish(topic, "small", { qos });

      assert.equal((await reader.takeMessage()).payload, "small");
      await reader.ping();
      await reader.leave();
      await using again = await suite.client({ clientId, ...lasting(5) });
      await assertNothingMore(writer, again);
    });
  }

  it("lets a message of just this size pass [MQTT5-3.1.2-24]", async () => {
    const topic = unique("t");
    // Two bytes of header, two of length before the topic, one of property length.
    const bytesAround = 5 + topic.length;
    await using reader = await suite.client({ properties: [["maximumPacketSize", 80]] });
    await using writer = await suite.client();
    await reader.subscribe(topic);

    await writer.publish(topic, "x".repeat(80 - bytesAround + 1));
    await writer.publish(topic, "y".repeat(80 - bytesAround));

    const message = await reader.takeMessage();
    assert.equal(message.payload[0], "y");
    assert.ok(message.size <= 80);
  });

  it("frees the window of a message that was kept away [MQTT5-3.1.2-25] [MQTT5-3.3.4-9]", async () => {
    const topic = unique("t");
    await using reader = await suite.client({
      properties: [
        ["receiveMaximum", 1],
        ["maximumPacketSize", 100],
      ],
    });
    await using writer = await suite.client();
    await reader.subscribe(topic);

    for (const payload of ["x".repeat(100), "x".repeat(200), "small"]) {
      await writer.publish(topic, payload, { qos: 1 });
    }

    assert.equal((await reader.takeMessage()).payload, "small");
  });

  it("keeps larger retained and waiting messages away [MQTT5-3.1.2-24] [MQTT5-3.1.2-25]", async () => {
    const topic = unique("t");
    const clientId = unique("c");
    await using first = await suite.client({ clientId, ...lasting(5) });
    await using writer = await suite.client();
    await first.subscribe({ filter: topic, qos: 1, retainHandling: 2 });
    await first.leave();
    await writer.publish(topic, "x".repeat(200), { qos: 1, retain: true });
    await writer.publish(topic, "waiting", { qos: 1 });

    await using again = await suite.client({
      clientId,
      clean: false,
      properties: [["maximumPacketSize", 150]],
    });
    await again.find("publish").then((message) => again.acknowledge(message));
    await again.subscribe({ filter: topic, qos: 1 });

    assert.deepEqual(await collect(writer, again), []);
  });

  for (const [which, clientId, asked] of [
    ["that accepts", "small", []],
    ["that gives a client identifier", "", []],
    ["that refuses", "small", [["authMethod", "nobody"]]],
  ] as const) {
    it(`holds for a CONNACK ${which} [MQTT5-3.1.2-24] [MQTT5-3.2.2-19] [MQTT5-3.2.2-20]`, async () => {
      const size = 20;
      await using client = await suite.open(5);

      client.send({
        type: "connect",
        clientId,
        properties: [["maximumPacketSize", size], ...asked],
      });

      // A server that has no CONNACK of this size closes without one.
      const answer = await client.takeAny().catch(() => undefined);
      assert.ok(answer === undefined || answer.size <= size, `${answer?.size} bytes`);
    });
  }
});

describe("reason strings and user properties", { timeout: 180_000 }, () => {
  const suite = new Suite();

  /** A client that takes 20 bytes at most, and the answer it gets. */
  async function answerTo(packet: ClientPacket) {
    await using client = await suite.client({ properties: [["maximumPacketSize", 20]] });
    client.send(packet);
    const answer = await client.takeAny();
    assert.ok(answer.size <= 20, `${answer.type} of ${answer.size} bytes`);
    return answer;
  }

  it("make no PUBACK and no PUBREC too large [MQTT5-3.4.2-2] [MQTT5-3.4.2-3] [MQTT5-3.5.2-2] [MQTT5-3.5.2-3]", async (t) => {
    if (SKIP_WITHOUT_FORBIDDEN !== false) {
      t.skip(SKIP_WITHOUT_FORBIDDEN);
      return;
    }
    for (const qos of [1, 2] as const) {
      const answer = await answerTo({ type: "publish", topic: `${FORBIDDEN}/a`, qos, packetId: 1 });

      assert.equal(answer.type, qos === 1 ? "puback" : "pubrec");
    }
  });

  it("make no PUBREL and no PUBCOMP too large [MQTT5-3.6.2-2] [MQTT5-3.6.2-3] [MQTT5-3.7.2-2] [MQTT5-3.7.2-3]", async () => {
    const pubrel = await answerTo({ type: "pubrec", packetId: 99 });
    const pubcomp = await answerTo({ type: "pubrel", packetId: 99 });

    assert.deepEqual([pubrel.type, pubcomp.type], ["pubrel", "pubcomp"]);
  });

  it("make no SUBACK and no UNSUBACK too large [MQTT5-3.9.2-1] [MQTT5-3.9.2-2] [MQTT5-3.11.2-1] [MQTT5-3.11.2-2]", async () => {
    const suback = await answerTo({
      type: "subscribe",
      packetId: 1,
      filters: [{ filter: "$share/g" }, { filter: "a" }],
    });
    const unsuback = await answerTo({ type: "unsubscribe", packetId: 2, filters: ["never"] });

    assert.ok(["suback", "disconnect"].includes(suback.type));
    assert.equal(unsuback.type, "unsuback");
  });

  it("make no DISCONNECT too large [MQTT5-3.14.2-3] [MQTT5-3.14.2-4]", async () => {
    const answer = await answerTo({ type: "subscribe", packetId: 1, filters: [] });

    assert.equal(answer.type, "disconnect");
  });
});

describe("the server's Maximum Packet Size", { timeout: 180_000 }, () => {
  const suite = new Suite({ maxPacketBytes: 20_000 });

  it("is told in CONNACK, and a larger packet ends the connection with 0x95 [MQTT5-3.2.2-15] [MQTT5-4.13.1-1]", async (t) => {
    await using client = await suite.open(5);
    const connack = await client.connect({ clientId: unique("c") });
    const size = numberOf(connack, "maximumPacketSize", 0);
    if (size === 0) {
      t.skip("this server sets no maximum");
      return;
    }

    client.send({ type: "publish", topic: "a", payload: Buffer.alloc(size) });

    await assertEnded(client, [0x95]);
  });

  it("lets a packet of just this size pass [MQTT5-3.2.2-15]", async (t) => {
    await using client = await suite.open(5);
    const connack = await client.connect({ clientId: unique("c") });
    const size = numberOf(connack, "maximumPacketSize", 0);
    if (size < 20_000 || size > 2_000_000) {
      t.skip("this server sets no maximum that could be tried");
      return;
    }
    const topic = unique("t");
    // First byte, three of length, two before the topic, one of property length.
    const payload = "x".repeat(size - 7 - topic.length);
    await client.subscribe(topic);

    await client.publish(topic, payload);

    assert.equal((await client.takeMessage()).payload.length, payload.length);
  });
});
