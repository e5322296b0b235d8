/** Client identifiers: which are taken, who gets one, and what happens when two clients want the same. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertNothingMore, inBoth, lasting, Suite, unique } from "../../support/mqtt-suite.ts";
import { numberOf, valueOf } from "../../support/mqtt-wire-properties.ts";
import { FORBIDDEN, IS_FOREIGN } from "../../support/server-under-test.ts";

describe("a client identifier", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "of 1 to 23 digits and letters is taken",
    "[MQTT5-3.1.3-5] [MQTT5-3.1.4-5]",
    "[MQTT311-3.1.3-5] [MQTT311-3.1.4-4]",
    async (version) => {
      const all = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
      for (const clientId of ["Z", all.slice(0, 23), all.slice(23, 46), all.slice(39)]) {
        await using client = await suite.open(version);

        const connack = await client.connect({ clientId });

        assert.equal(connack.reasonCode, 0);
        assert.equal(valueOf(connack, "assignedClientId"), undefined);
      }
    },
  );

  inBoth(
    "names the session: another one, also in other letters, has another",
    "[MQTT5-3.1.3-2]",
    "[MQTT311-3.1.3-2]",
    async (version) => {
      const clientId = unique("session");
      await using first = await suite.client({ version, clientId, ...lasting(version) });
      await first.leave();

      await using other = await suite.open(version);
      await using same = await suite.open(version);
      const upper = { clientId: clientId.toUpperCase(), ...lasting(version) };

      assert.equal((await other.connect(upper)).sessionPresent, false);
      assert.equal((await same.connect({ clientId, ...lasting(version) })).sessionPresent, true);
    },
  );

  inBoth(
    "that is not allowed is told so, and its connection ends",
    "[MQTT5-3.1.3-8] [MQTT5-3.1.4-2] [MQTT5-3.2.2-6] [MQTT5-3.2.2-7] [MQTT5-4.13.2-1]",
    "[MQTT311-3.1.3-9] [MQTT311-3.2.2-4] [MQTT311-3.2.2-5]",
    async (version, context) => {
      if (IS_FOREIGN) {
        context.skip("nothing is known of identifiers that this server refuses");
        return;
      }
      await using client = await suite.open(version);

      const connack = await client.connect({ clientId: FORBIDDEN });

      assert.equal(connack.reasonCode, version === 5 ? 0x85 : 2);
      assert.equal(connack.sessionPresent, false);
      await client.closed();
    },
  );
});

describe("an empty client identifier", { timeout: 180_000 }, () => {
  const suite = new Suite();

  it("is answered with one of the server's own, another for each client [MQTT5-3.1.3-6] [MQTT5-3.2.2-16]", async () => {
    await using one = await suite.open(5);
    await using two = await suite.open(5);

    const first = valueOf(await one.connect({ clientId: "" }), "assignedClientId");
    const second = valueOf(await two.connect({ clientId: "" }), "assignedClientId");

    assert.ok(typeof first === "string" && first.length > 0);
    assert.notEqual(first, second);
    await one.ping();
  });

  it("counts as the one that was given: its session can be taken up again [MQTT5-3.1.3-7]", async () => {
    await using client = await suite.open(5);
    const connack = await client.connect({ clientId: "", ...lasting(5) });
    const clientId = String(valueOf(connack, "assignedClientId"));
    await client.leave();

    await using again = await suite.open(5);

    assert.equal((await again.connect({ clientId, ...lasting(5) })).sessionPresent, true);
  });

  it("is taken with Clean Session 1, each client apart [MQTT311-3.1.3-6]", async () => {
    await using one = await suite.client({ version: 4, clientId: "" });
    await using two = await suite.client({ version: 4, clientId: "" });

    await one.ping();
    await two.ping();
  });

  it("is refused with Clean Session 0: return code 2 [MQTT311-3.1.3-7] [MQTT311-3.1.3-8] [MQTT311-3.2.2-4] [MQTT311-3.2.2-5]", async () => {
    await using client = await suite.open(4);

    const connack = await client.connect({ clientId: "", clean: false });

    assert.equal(connack.reasonCode, 2);
    await client.closed();
  });
});

describe("a client identifier that is used twice", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "ends the older connection",
    "[MQTT5-3.1.4-3] [MQTT5-3.14.4-2]",
    "[MQTT311-3.1.4-2]",
    async (version) => {
      const clientId = unique("twice");
      await using older = await suite.client({ version, clientId });

      await using newer = await suite.client({ version, clientId });

      const last = await older.lastWord();
      if (version === 5) assert.equal(last?.type === "disconnect" && last.reasonCode, 0x8e);
      if (version === 4) assert.equal(last, undefined);
      await newer.ping();
    },
  );

  inBoth(
    "leaves the session to the newer connection",
    "[MQTT5-3.1.2-5] [MQTT5-3.1.4-3]",
    "[MQTT311-3.1.2-4] [MQTT311-3.1.4-2]",
    async (version) => {
      const clientId = unique("twice");
      const topic = unique("t");
      await using writer = await suite.client({ version });
      await using older = await suite.client({ version, clientId, ...lasting(version) });
      await older.subscribe(topic);

      await using newer = await suite.open(version);
      const connack = await newer.connect({ clientId, ...lasting(version) });

      assert.equal(connack.sessionPresent, true);
      await writer.publish(topic, "for the newer", { qos: 1 });
      assert.equal((await newer.takeMessage()).payload, "for the newer");
      await assertNothingMore(writer, newer);
    },
  );
});

describe("what follows a CONNECT that was refused", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth("is not looked at", "[MQTT5-3.1.4-6]", "[MQTT311-3.1.4-5]", async (version) => {
    const topic = unique("after");
    await using watcher = await suite.client({ version });
    await watcher.subscribe(topic);
    await using client = await suite.open(version);
    // Refused in MQTT 5 for a method nobody offers, in 3.1.1 for an empty identifier with Clean Session 0.
    const wrong =
      version === 5 ? ({ properties: [["authMethod", "nobody"]] } as const) : { clean: false };

    client.send(
      { type: "connect", clientId: "", ...wrong },
      { type: "publish", topic, payload: "too late", retain: true },
    );
    await client.lastWord();

    await assertNothingMore(watcher, watcher);
  });
});

describe("CONNACK", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "is the first packet, the only one of its kind, with reserved flags 0 and a listed code",
    "[MQTT5-3.2.0-1] [MQTT5-3.2.0-2] [MQTT5-3.2.2-1] [MQTT5-3.2.2-8] [MQTT5-3.1.4-5]",
    "[MQTT311-3.2.0-1] [MQTT311-3.1.4-4]",
    async (version) => {
      await using client = await suite.open(version);

      client.send(
        { type: "connect", clientId: unique("c") },
        { type: "subscribe", packetId: 1, filters: [{ filter: unique("t") }] },
        { type: "pingreq" },
      );

      // The reader of this suite refuses other flags and codes.
      assert.equal((await client.take("connack")).reasonCode, 0);
      await client.take("suback");
      await client.take("pingresp");
    },
  );

  it("gives no limit of 0 and says of nothing that it is missing [MQTT5-4.13.1-1]", async () => {
    await using client = await suite.open(5);

    const connack = await client.connect({ clientId: unique("c") });

    for (const limit of ["receiveMaximum", "maximumPacketSize"] as const) {
      assert.ok(numberOf(connack, limit, 1) > 0, limit);
    }
    for (const can of [
      "retainAvailable",
      "wildcardsAvailable",
      "subscriptionIdentifiersAvailable",
      "sharedAvailable",
    ] as const) {
      assert.equal(numberOf(connack, can, 1), 1, can);
    }
    assert.equal(valueOf(connack, "maximumQos"), undefined);
  });

  it("does not promise a longer session than was asked for [MQTT5-3.1.4-5]", async () => {
    await using client = await suite.open(5);

    const connack = await client.connect({ clientId: unique("c"), ...lasting(5, 60) });

    assert.ok(numberOf(connack, "sessionExpiry", 60) <= 60);
  });
});
