/** What a message of MQTT 5 says besides its payload, and that it arrives as it was said. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  assertEnded,
  assertNothingMore,
  collect,
  lasting,
  Suite,
  unique,
  WAITING,
} from "../../support/mqtt-suite.ts";
import type { WireClient } from "../../support/mqtt-wire-client.ts";
import { numberOf, type Property, valueOf, valuesOf } from "../../support/mqtt-wire-properties.ts";

const CODES = [0x81, 0x82];

/** Of each kind one; user properties with a name that comes again, and an empty one. */
const ALL: readonly Property[] = [
  ["payloadFormat", 1],
  ["contentType", "text/plain; größe"],
  ["responseTopic", "answers/here"],
  ["correlationData", Buffer.from("00ff80", "hex")],
  ["userProperty", ["b", "1"]],
  ["userProperty", ["a", "2"]],
  ["userProperty", ["b", "3"]],
  ["userProperty", ["", ""]],
];

function assertAll(message: Awaited<ReturnType<WireClient["takeMessage"]>>): void {
  for (const name of [
    "payloadFormat",
    "contentType",
    "responseTopic",
    "correlationData",
  ] as const) {
    assert.deepEqual(valuesOf(message, name), valuesOf({ properties: ALL }, name), name);
  }
  assert.deepEqual(
    valuesOf(message, "userProperty"),
    valuesOf({ properties: ALL }, "userProperty"),
  );
}

const expiry = (seconds: number): { readonly properties: readonly Property[] } => ({
  properties: [["messageExpiry", seconds]],
});

const IDS =
  "[MQTT5-3.3.2-4] [MQTT5-3.3.2-15] [MQTT5-3.3.2-16] [MQTT5-3.3.2-17] [MQTT5-3.3.2-18] [MQTT5-3.3.2-20]";

describe("the properties of a message", { timeout: 180_000 }, () => {
  const suite = new Suite();

  for (const qos of [0, 1, 2] as const) {
    it(`arrive unchanged and in order with QoS ${qos} ${IDS}`, async () => {
      const topic = unique("t");
      await using reader = await suite.client();
      await using writer = await suite.client();
      await reader.subscribe(topic);

      await writer.publish(topic, "x", { qos, properties: ALL });

      assertAll(await reader.takeMessage());
    });
  }

  it(`stay with a retained message ${IDS}`, async () => {
    const topic = unique("t");
    await using client = await suite.client();

    await client.publish(topic, "x", { qos: 1, retain: true, properties: ALL });
    await client.subscribe(topic);

    assertAll(await client.takeMessage());
  });

  it(`stay with a message that waited for its receiver ${IDS}`, async () => {
    const topic = unique("t");
    const clientId = unique("c");
    await using reader = await suite.client({ clientId, ...lasting(5) });
    await using writer = await suite.client();
    await reader.subscribe(topic);
    await reader.leave();

    await writer.publish(topic, "x", { qos: 1, properties: ALL });
    await using again = await suite.client({ clientId, ...lasting(5) });

    assertAll(await again.takeMessage());
  });

  it("are left out for a client of MQTT 3.1.1, which gets the message [MQTT5-4.5.0-1] [MQTT311-4.5.0-1]", async () => {
    const topic = unique("t");
    await using reader = await suite.client({ version: 4 });
    await using writer = await suite.client();
    await reader.subscribe(topic);

    await writer.publish(topic, "plain", { qos: 1, properties: ALL });

    assert.equal((await reader.takeMessage()).payload, "plain");
  });

  it("are not made up: none come when none were sent [MQTT5-3.3.2-4] [MQTT5-3.3.2-6]", async () => {
    const topic = unique("t");
    await using client = await suite.client();
    await client.subscribe(topic);

    await client.publish(topic, "x");

    assert.deepEqual((await client.takeMessage()).properties, []);
  });

  it("have no Response Topic with wildcards [MQTT5-3.3.2-14]", async () => {
    for (const topic of ["a/+", "#"]) {
      await using client = await suite.client();

      client.send({ type: "publish", topic: "a", properties: [["responseTopic", topic]] });

      await assertEnded(client, [...CODES, 0x90]);
    }
  });

  it("have no subscription identifier when they come from a client [MQTT5-3.3.4-6]", async () => {
    await using client = await suite.client();

    client.send({ type: "publish", topic: "a", properties: [["subscriptionIdentifier", 1]] });

    await assertEnded(client, CODES);
  });
});

describe("the expiry of a message", WAITING, () => {
  const suite = new Suite();

  it("comes as it was sent to who gets the message at once [MQTT5-3.3.2-6]", async () => {
    const topic = unique("t");
    await using client = await suite.client();
    await client.subscribe(topic);

    await client.publish(topic, "x", { qos: 1, ...expiry(100) });

    const left = numberOf(await client.takeMessage(), "messageExpiry", -1);
    assert.ok(left <= 100 && left > 80, `${left} of 100 seconds left`);
  });

  it("is less by the time the message waited: for its receiver, or retained [MQTT5-3.3.2-6]", async () => {
    const topic = unique("t");
    const clientId = unique("c");
    await using reader = await suite.client({ clientId, ...lasting(5) });
    await using writer = await suite.client();
    await reader.subscribe(topic);
    await reader.leave();
    await writer.publish(topic, "x", { qos: 1, retain: true, ...expiry(100) });

    await suite.passSeconds(1.1);
    await using again = await suite.client({ clientId, ...lasting(5) });
    await writer.subscribe(topic);

    for (const client of [again, writer]) {
      const left = numberOf(await client.takeMessage(), "messageExpiry", -1);
      assert.ok(left < 100 && left > 80, `${left} of 100 seconds left`);
    }
  });

  it("ends the wait: afterwards neither the receiver nor a new subscriber gets it [MQTT5-3.3.2-5]", async () => {
    const topic = unique("t");
    const clientId = unique("c");
    await using reader = await suite.client({ clientId, ...lasting(5) });
    await using writer = await suite.client();
    await reader.subscribe(topic);
    await reader.leave();
    await writer.publish(topic, "for ever", { qos: 1 });
    await writer.publish(topic, "for a second", { qos: 1, retain: true, ...expiry(1) });
    await writer.publish(topic, "for QoS 2", { qos: 2, ...expiry(1) });

    await suite.passSeconds(2.1);
    await using again = await suite.client({ clientId, ...lasting(5) });
    await writer.subscribe(topic);

    assert.deepEqual(
      (await collect(writer, again)).map(({ payload }) => payload),
      ["for ever"],
    );
    await assertNothingMore(writer, writer);
  });

  it("does not count for a message that is under way: it is sent again [MQTT5-4.3.3-7]", async () => {
    const topic = unique("t");
    const clientId = unique("c");
    await using reader = await suite.client({ clientId, ...lasting(5) });
    await using writer = await suite.client();
    await reader.subscribe(topic);
    await writer.publish(topic, "under way", { qos: 2, ...expiry(1) });
    const first = await reader.take("publish");
    await reader.vanish();

    await suite.passSeconds(2.1);
    await using again = await suite.client({ clientId, ...lasting(5) });

    const second = await again.take("publish");
    assert.equal(second.packetId, first.packetId);
    assert.equal(second.dup, true);
  });

  it("does not end the handshake with the publisher [MQTT5-4.3.3-13]", async () => {
    await using writer = await suite.client();
    writer.send({ type: "publish", topic: unique("t"), qos: 2, packetId: 9, ...expiry(1) });
    await writer.take("pubrec");

    await suite.passSeconds(2.1);
    writer.send({ type: "pubrel", packetId: 9 });

    const pubcomp = await writer.take("pubcomp");
    assert.deepEqual([pubcomp.packetId, pubcomp.reasonCode], [9, 0]);
    assert.equal(valueOf(pubcomp, "reasonString"), undefined);
  });
});
