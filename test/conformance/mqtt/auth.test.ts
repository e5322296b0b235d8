/** Enhanced authentication, which the hub does not offer; and what a client may ask for beside its messages. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  assertEnded,
  assertRefused,
  SKIP_WITHOUT_FORBIDDEN,
  Suite,
  unique,
} from "../../support/mqtt-suite.ts";
import { valueOf, valuesOf } from "../../support/mqtt-wire-properties.ts";
import { FORBIDDEN } from "../../support/server-under-test.ts";

describe("an authentication method", { timeout: 180_000 }, () => {
  const suite = new Suite();

  it("that is not offered is refused with 0x8C or 0x87 [MQTT5-4.12.0-1] [MQTT5-4.12.0-4] [MQTT5-3.1.4-2] [MQTT5-3.2.2-6] [MQTT5-3.2.2-7]", async () => {
    await using client = await suite.open(5);

    client.send({
      type: "connect",
      clientId: unique("c"),
      properties: [
        ["authMethod", "SCRAM-SHA-256"],
        ["authData", "client-first"],
      ],
    });

    await assertRefused(client, [0x8c, 0x87]);
  });

  it("is named before authentication data: these alone are a protocol error [MQTT5-4.13.1-1] [MQTT5-3.1.4-1]", async () => {
    await using client = await suite.open(5);

    client.send({ type: "connect", clientId: unique("c"), properties: [["authData", "x"]] });

    await assertRefused(client, [0x81, 0x82]);
  });

  it("is not named by the server when the client named none, and no AUTH comes [MQTT5-4.12.0-6]", async () => {
    await using client = await suite.open(5);

    const connack = await client.connect({ clientId: unique("c"), username: "u", password: "p" });

    assert.equal(valueOf(connack, "authMethod"), undefined);
    await client.ping();
  });

  it("lets nothing but AUTH and DISCONNECT follow before CONNACK: the rest is not looked at [MQTT5-3.1.2-30] [MQTT5-3.1.4-6]", async () => {
    const topic = unique("t");
    await using watcher = await suite.client();
    await watcher.subscribe(topic);
    await using client = await suite.open(5);

    client.send(
      { type: "connect", clientId: unique("c"), properties: [["authMethod", "nobody"]] },
      { type: "publish", topic, payload: "too early" },
    );
    await client.lastWord();

    await watcher.ping();
  });
});

describe("AUTH", { timeout: 180_000 }, () => {
  const suite = new Suite();

  it("ends the connection of a client that named no method [MQTT5-4.12.0-7] [MQTT5-4.12.1-1] [MQTT5-4.13.1-1]", async () => {
    for (const reasonCode of [0x00, 0x18, 0x19]) {
      await using client = await suite.client();

      client.send({ type: "auth", reasonCode, properties: [["authMethod", "late"]] });

      await assertEnded(client, [0x82, 0x81, 0x8c]);
    }
  });

  it("with a reason code that is not one of its own ends the connection [MQTT5-3.15.2-1] [MQTT5-4.13.1-1]", async () => {
    for (const reasonCode of [0x01, 0x04, 0x8c, 0xff]) {
      await using client = await suite.client();

      client.send({ type: "auth", reasonCode, properties: [["authMethod", "late"]] });

      await assertEnded(client, [0x81, 0x82]);
    }
  });

  it("is no first packet [MQTT5-3.1.0-1]", async () => {
    await using client = await suite.open(5);

    client.send({ type: "auth", reasonCode: 0x18, properties: [["authMethod", "early"]] });

    await client.closed();
  });
});

describe("Response Information", { timeout: 180_000 }, () => {
  const suite = new Suite();

  it("comes only to who asks for it [MQTT5-3.1.2-28]", async () => {
    for (const properties of [[], [["requestResponseInformation", 0]]] as const) {
      await using client = await suite.open(5);

      const connack = await client.connect({ clientId: unique("c"), properties });

      assert.equal(connack.reasonCode, 0);
      assert.equal(valueOf(connack, "responseInformation"), undefined);
    }
  });

  it("may be asked for [MQTT5-3.1.2-28] [MQTT5-3.1.4-5]", async () => {
    await using client = await suite.open(5);

    const connack = await client.connect({
      clientId: unique("c"),
      properties: [["requestResponseInformation", 1]],
    });

    assert.equal(connack.reasonCode, 0);
  });
});

describe("Request Problem Information 0", { timeout: 180_000 }, () => {
  const suite = new Suite();

  it("leaves reason strings and user properties out of every acknowledgement [MQTT5-3.1.2-29]", async () => {
    await using client = await suite.client({ properties: [["requestProblemInformation", 0]] });

    client.send(
      { type: "subscribe", packetId: 1, filters: [{ filter: "$share/g" }] },
      { type: "unsubscribe", packetId: 2, filters: [unique("never")] },
      { type: "pubrel", packetId: 999 },
      { type: "pubrec", packetId: 998 },
    );

    for (let each = 0; each < 4; each += 1) {
      const answer = await client.takeAny();
      assert.notEqual(answer.type, "disconnect");
      assert.deepEqual(answer.properties, [], answer.type);
    }
  });

  it("leaves them out of what a refused PUBLISH gets [MQTT5-3.1.2-29]", async (t) => {
    if (SKIP_WITHOUT_FORBIDDEN !== false) {
      t.skip(SKIP_WITHOUT_FORBIDDEN);
      return;
    }
    await using client = await suite.client({ properties: [["requestProblemInformation", 0]] });

    for (const qos of [1, 2] as const) {
      client.send({ type: "publish", topic: `${FORBIDDEN}/a`, qos, packetId: 5 });

      const answer = await client.take(qos === 1 ? "puback" : "pubrec");
      assert.equal(answer.reasonCode, 0x87);
      assert.deepEqual(answer.properties, []);
    }
  });

  it("does not touch the user properties of messages [MQTT5-3.1.2-29] [MQTT5-3.3.2-17]", async () => {
    const topic = unique("t");
    await using client = await suite.client({ properties: [["requestProblemInformation", 0]] });
    await client.subscribe(topic);

    await client.publish(topic, "x", { properties: [["userProperty", ["a", "b"]]] });

    assert.deepEqual(valuesOf(await client.takeMessage(), "userProperty"), [["a", "b"]]);
  });
});
