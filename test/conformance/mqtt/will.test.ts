/** The Will: when it goes out, when it does not, and how. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  assertNothingMore,
  collect,
  inBoth,
  inWords,
  Suite,
  unique,
} from "../../support/mqtt-suite.ts";
import { numberOf, type Property, valueOf, valuesOf } from "../../support/mqtt-wire-properties.ts";

describe("a Will", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "goes out when the connection is lost",
    "[MQTT5-3.1.2-7] [MQTT5-3.1.2-8]",
    "[MQTT311-3.1.2-8]",
    async (version) => {
      const will = { topic: unique("will"), payload: "lost" };
      await using watcher = await suite.client({ version });
      await watcher.subscribe(will.topic);
      await using client = await suite.client({ version, will });

      await client.vanish();

      assert.equal(inWords(await watcher.takeMessage()), `${will.topic} "lost" QoS 0`);
    },
  );

  inBoth(
    "goes out when the client breaks the rules",
    "[MQTT5-3.1.2-8]",
    "[MQTT311-3.1.2-8]",
    async (version) => {
      const will = { topic: unique("will"), payload: "broken" };
      await using watcher = await suite.client({ version });
      await watcher.subscribe(will.topic);
      await using client = await suite.client({ version, will });

      client.sendBytes(Buffer.from([0x36, 0x00]));

      assert.equal((await watcher.takeMessage()).payload, "broken");
    },
  );

  inBoth(
    "goes out when another connection takes the client identifier",
    "[MQTT5-3.1.2-8] [MQTT5-3.1.4-3]",
    "[MQTT311-3.1.2-8] [MQTT311-3.1.4-2]",
    async (version) => {
      const clientId = unique("c");
      const will = { topic: unique("will"), payload: "taken over" };
      await using watcher = await suite.client({ version });
      await watcher.subscribe(will.topic);
      await using older = await suite.client({ version, clientId, will });

      await using newer = await suite.client({ version, clientId });

      assert.equal((await watcher.takeMessage()).payload, "taken over");
      await older.lastWord();
      await newer.ping();
    },
  );

  inBoth(
    "does not go out after DISCONNECT",
    "[MQTT5-3.14.4-3] [MQTT5-3.1.2-8] [MQTT5-3.1.2-10]",
    "[MQTT311-3.14.4-3] [MQTT311-3.1.2-10]",
    async (version) => {
      const will = { topic: unique("will"), payload: "no" };
      await using watcher = await suite.client({ version });
      await watcher.subscribe(will.topic);
      await using client = await suite.client({ version, will });

      await client.leave();

      await assertNothingMore(watcher, watcher);
    },
  );

  it("goes out after DISCONNECT with any other reason: 0x04, 0x80 [MQTT5-3.1.2-8] [MQTT5-3.14.4-3]", async () => {
    for (const reasonCode of [0x04, 0x80]) {
      const will = { topic: unique("will"), payload: "with Will" };
      await using watcher = await suite.client();
      await watcher.subscribe(will.topic);
      await using client = await suite.client({ will });

      await client.leave({ reasonCode });

      assert.equal((await watcher.takeMessage()).payload, "with Will");
    }
  });

  inBoth(
    "goes out once: the next connection has none unless it brings one",
    "[MQTT5-3.1.2-10]",
    "[MQTT311-3.1.2-10] [MQTT311-3.1.2-12]",
    async (version) => {
      const clientId = unique("c");
      const will = { topic: unique("will"), payload: "once" };
      await using watcher = await suite.client({ version });
      await watcher.subscribe(will.topic);
      await using first = await suite.client({ version, clientId, clean: false, will });
      await first.vanish();
      assert.equal((await watcher.takeMessage()).payload, "once");

      await using second = await suite.client({ version, clientId, clean: false });
      await second.vanish();
      await using third = await suite.client({ version, clientId }); // the server knows by now
      await third.ping();

      await assertNothingMore(watcher, watcher);
    },
  );

  inBoth(
    "has its QoS, and RETAIN only towards those who subscribe later",
    "[MQTT5-3.1.2-15] [MQTT5-3.1.2-12]",
    "[MQTT311-3.1.2-17] [MQTT311-3.1.2-9]",
    async (version) => {
      for (const qos of [0, 1, 2] as const) {
        const topic = unique("will");
        const will = { topic, payload: "kept", qos, retain: true };
        await using watcher = await suite.client({ version });
        await watcher.subscribe(topic);
        await using client = await suite.client({ version, will });

        await client.vanish();

        assert.equal(inWords(await watcher.takeMessage()), `${topic} "kept" QoS ${qos}`);
        await watcher.subscribe(topic);
        assert.equal(inWords(await watcher.takeMessage()), `${topic} "kept" QoS ${qos} retained`);
      }
    },
  );

  inBoth(
    "is not retained when it is not meant to be",
    "[MQTT5-3.1.2-14]",
    "[MQTT311-3.1.2-16]",
    async (version) => {
      const will = { topic: unique("will"), payload: "not kept", qos: 1 } as const;
      await using watcher = await suite.client({ version });
      await watcher.subscribe(will.topic);
      await using client = await suite.client({ version, will });
      await client.vanish();
      await watcher.takeMessage();

      await watcher.subscribe(will.topic);

      await assertNothingMore(watcher, watcher);
    },
  );

  inBoth(
    "waits for a subscriber whose session lasts, and may be empty",
    "[MQTT5-3.1.2-8] [MQTT5-4.5.0-1]",
    "[MQTT311-3.1.2-8] [MQTT311-4.5.0-1]",
    async (version) => {
      const will = { topic: unique("will"), payload: "", qos: 1 } as const;
      const clientId = unique("c");
      const session = {
        clientId,
        clean: false,
        ...(version === 5 && { properties: [["sessionExpiry", 300]] as const }),
      };
      await using watcher = await suite.client({ version });
      await watcher.subscribe(will.topic);
      await using sleeper = await suite.client({ version, ...session });
      await sleeper.subscribe({ filter: will.topic, qos: 1 });
      await sleeper.leave();
      await using client = await suite.client({ version, will });
      await client.vanish();
      await watcher.takeMessage();

      await using awake = await suite.client({ version, ...session });

      assert.equal(inWords(await awake.takeMessage()), `${will.topic} "" QoS 1`);
    },
  );

  it("brings its properties, user properties in order, and not its delay [MQTT5-3.1.3-10] [MQTT5-3.1.2-9] [MQTT5-3.3.2-4] [MQTT5-3.3.2-20]", async () => {
    const topic = unique("will");
    const properties: readonly Property[] = [
      ["willDelay", 0],
      ["payloadFormat", 1],
      ["messageExpiry", 100],
      ["contentType", "text/plain"],
      ["responseTopic", "answers"],
      ["correlationData", Buffer.from([0, 255])],
      ["userProperty", ["b", "1"]],
      ["userProperty", ["a", "2"]],
      ["userProperty", ["b", "3"]],
    ];
    await using watcher = await suite.client();
    await watcher.subscribe(topic);
    await using client = await suite.client({ will: { topic, payload: "x", properties } });

    await client.vanish();

    const message = await watcher.takeMessage();
    for (const name of [
      "payloadFormat",
      "contentType",
      "responseTopic",
      "correlationData",
    ] as const) {
      assert.deepEqual(valueOf(message, name), valueOf({ properties }, name), name);
    }
    assert.deepEqual(valuesOf(message, "userProperty"), valuesOf({ properties }, "userProperty"));
    assert.ok(numberOf(message, "messageExpiry", 0) > 90);
  });

  inBoth(
    "is nobody's when there was none",
    "[MQTT5-3.1.2-10]",
    "[MQTT311-3.1.2-12]",
    async (version) => {
      const base = unique("will");
      await using watcher = await suite.client({ version });
      await watcher.subscribe(`${base}/#`);
      await using client = await suite.client({ version, clientId: base });

      await client.vanish();
      await using next = await suite.client({ version, clientId: base }); // the server knows by now
      await next.ping();

      assert.deepEqual(await collect(watcher, watcher), []);
    },
  );
});
