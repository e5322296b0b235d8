/** PINGREQ and DISCONNECT. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  assertEnded,
  assertNothingMore,
  inBoth,
  lasting,
  Suite,
  unique,
} from "../../support/mqtt-suite.ts";

describe("PINGREQ", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "is answered with PINGRESP, each one",
    "[MQTT5-3.12.4-1]",
    "[MQTT311-3.12.4-1]",
    async (version) => {
      await using client = await suite.client({ version });

      client.send({ type: "pingreq" }, { type: "pingreq" }, { type: "pingreq" });

      for (let each = 0; each < 3; each += 1) await client.take("pingresp");
    },
  );
});

describe("a client's DISCONNECT", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "ends the connection without a further word",
    "[MQTT5-3.14.4-1] [MQTT5-3.14.4-2]",
    "[MQTT311-3.14.4-1]",
    async (version) => {
      await using client = await suite.client({ version });

      client.send({ type: "disconnect" });

      await client.closed();
    },
  );

  inBoth(
    "is the last thing that is looked at",
    "[MQTT5-3.14.4-1]",
    "[MQTT311-3.14.4-2]",
    async (version) => {
      const topic = unique("t");
      await using watcher = await suite.client({ version });
      await watcher.subscribe(topic);
      await using client = await suite.client({ version });

      client.send({ type: "disconnect" }, { type: "publish", topic, payload: "too late" });
      await client.closed();

      await assertNothingMore(watcher, watcher);
    },
  );

  it("may have any listed reason, and says no more than it must [MQTT5-3.14.2-1]", async () => {
    for (const reasonCode of [0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x99]) {
      await using client = await suite.client();

      client.send({
        type: "disconnect",
        reasonCode,
        properties: [
          ["reasonString", "because"],
          ["userProperty", ["a", "b"]],
        ],
      });

      await client.closed();
    }
  });

  it("has no reason that is not listed, and is no leave then [MQTT5-3.14.2-1]", async () => {
    const will = { topic: unique("will"), payload: "gone" };
    await using watcher = await suite.client();
    await watcher.subscribe(will.topic);
    await using client = await suite.client({ will });

    client.send({ type: "disconnect", reasonCode: 0x55 });

    await client.lastWord();
    assert.equal((await watcher.takeMessage()).payload, "gone");
  });

  it("does not make a session last that was to end with the connection: 0x82 [MQTT5-4.13.1-1]", async () => {
    for (const properties of [[], [["sessionExpiry", 0]]] as const) {
      await using client = await suite.client({ properties });

      client.send({ type: "disconnect", reasonCode: 0, properties: [["sessionExpiry", 60]] });

      await assertEnded(client, [0x82]);
    }
  });

  it("may end a session at once that was to last [MQTT5-4.1.0-2]", async () => {
    const clientId = unique("c");
    await using client = await suite.client({ clientId, ...lasting(5) });
    await client.leave({ reasonCode: 0, properties: [["sessionExpiry", 0]] });

    await using again = await suite.open(5);

    assert.equal((await again.connect({ clientId, ...lasting(5) })).sessionPresent, false);
  });

  it("may shorten and lengthen a session [MQTT5-4.1.0-2] [MQTT5-3.1.2-23]", async () => {
    const short = unique("c");
    const long = unique("c");
    await using one = await suite.client({ clientId: short, ...lasting(5, 300) });
    await using two = await suite.client({ clientId: long, ...lasting(5, 1) });
    await one.leave({ reasonCode: 0, properties: [["sessionExpiry", 1]] });
    await two.leave({ reasonCode: 0, properties: [["sessionExpiry", 300]] });

    await suite.passSeconds(2.1);
    await using oneAgain = await suite.open(5);
    await using twoAgain = await suite.open(5);

    const first = await oneAgain.connect({ clientId: short, ...lasting(5) });
    const second = await twoAgain.connect({ clientId: long, ...lasting(5) });
    assert.deepEqual([first.sessionPresent, second.sessionPresent], [false, true]);
  });
});

describe("a reason code that is not listed", { timeout: 180_000 }, () => {
  const suite = new Suite();

  for (const type of ["puback", "pubrec", "pubrel", "pubcomp", "auth", "disconnect"] as const) {
    it(`does no harm to others: in ${type.toUpperCase()} [MQTT5-4.13.1-1]`, async () => {
      await using other = await suite.client();
      await using client = await suite.client();

      client.send({ type, packetId: 1, reasonCode: 0x55, properties: [] });
      client.send({ type: "pingreq" });
      await client.takeAny().catch(() => undefined);

      await other.ping();
    });
  }
});

describe("the server's DISCONNECT", { timeout: 180_000 }, () => {
  const suite = new Suite();

  it("has a listed reason and no Session Expiry, and is its last word [MQTT5-3.14.2-1] [MQTT5-3.14.2-2] [MQTT5-3.14.4-1] [MQTT5-3.14.4-2] [MQTT5-4.13.2-1]", async () => {
    const topic = unique("t");
    await using writer = await suite.client();
    await using client = await suite.client();
    await client.subscribe(topic);

    client.send({ type: "subscribe", packetId: 1, filters: [] });
    await writer.publish(topic, "too late", { qos: 1 });

    // The reader of this suite refuses other reasons and properties.
    await assertEnded(client, [0x81, 0x82]);
  });

  it("does not come before CONNACK [MQTT5-3.14.0-1]", async () => {
    for (const packet of [
      { type: "pingreq" },
      { type: "publish", topic: "a" },
      { type: "disconnect", reasonCode: 0x55 },
    ] as const) {
      await using client = await suite.open(5);

      client.send(packet);

      await client.closed();
    }
  });

  it("does not exist in MQTT 3.1.1 [MQTT311-4.8.0-1]", async () => {
    await using client = await suite.client({ version: 4 });

    client.send({ type: "subscribe", packetId: 1, filters: [] });

    await client.closed();
  });
});
