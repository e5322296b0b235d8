/** Retained messages: kept for those who subscribe later, replaced, removed; and who gets the RETAIN flag. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertNothingMore, inBoth, inWords, Suite, unique } from "../../support/mqtt-suite.ts";

describe("a retained message", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "comes to who subscribes later, with RETAIN and with its QoS or the one granted",
    "[MQTT5-3.3.1-5] [MQTT5-3.3.1-9] [MQTT5-3.8.4-8]",
    "[MQTT311-3.3.1-5] [MQTT311-3.3.1-6] [MQTT311-3.3.1-8] [MQTT311-3.8.4-6]",
    async (version) => {
      const topic = unique("r");
      await using writer = await suite.client({ version });
      await writer.publish(topic, "kept", { qos: 2, retain: true });

      for (const qos of [0, 1, 2] as const) {
        await using reader = await suite.client({ version });
        await reader.subscribe({ filter: topic, qos });
        const message = await reader.takeMessage();
        assert.equal(inWords(message), `${topic} "kept" QoS ${qos} retained`);
      }
    },
  );

  inBoth(
    "comes once for each topic that a wildcard matches, and for no other",
    "[MQTT5-3.3.1-9] [MQTT5-3.3.2-3]",
    "[MQTT311-3.3.1-6] [MQTT311-3.3.2-3]",
    async (version) => {
      const base = unique("r");
      await using client = await suite.client({ version });
      const topics = ["a/b", "a/c", "b/b", "a/b/c"].map((each) => `${base}/${each}`);
      for (const topic of topics) await client.publish(topic, topic, { qos: 1, retain: true });

      await client.subscribe(`${base}/a/+`);

      const got = (await client.takeMessages(2)).map(inWords).toSorted();
      assert.deepEqual(
        got,
        ["a/b", "a/c"].map((each) => `${base}/${each} "${base}/${each}" QoS 1 retained`),
      );
      await assertNothingMore(client, client);
    },
  );

  inBoth(
    "takes the place of the one before, also with QoS 0",
    "[MQTT5-3.3.1-5]",
    "[MQTT311-3.3.1-5] [MQTT311-3.3.1-7]",
    async (version) => {
      const topic = unique("r");
      await using client = await suite.client({ version });
      await client.publish(topic, "old", { qos: 2, retain: true });
      await client.publish(topic, "new", { qos: 0, retain: true });
      await client.ping();

      await client.subscribe(topic);

      assert.equal(inWords(await client.takeMessage()), `${topic} "new" QoS 0 retained`);
      await assertNothingMore(client, client);
    },
  );

  inBoth(
    "stays when a message without RETAIN passes on its topic, empty or not",
    "[MQTT5-3.3.1-8]",
    "[MQTT311-3.3.1-12]",
    async (version) => {
      const topic = unique("r");
      await using client = await suite.client({ version });
      await client.publish(topic, "kept", { qos: 1, retain: true });
      await client.publish(topic, "passing", { qos: 1 });
      await client.publish(topic, "", { qos: 1 });

      await client.subscribe(topic);

      assert.equal(inWords(await client.takeMessage()), `${topic} "kept" QoS 1 retained`);
    },
  );

  inBoth(
    "is not what a message without RETAIN becomes",
    "[MQTT5-3.3.1-8]",
    "[MQTT311-3.3.1-12]",
    async (version) => {
      const topic = unique("r");
      await using client = await suite.client({ version });
      await client.publish(topic, "passing", { qos: 1 });

      await client.subscribe(topic);

      await assertNothingMore(client, client);
    },
  );

  inBoth(
    "is removed by an empty one, which is delivered and not kept itself",
    "[MQTT5-3.3.1-6] [MQTT5-3.3.1-7]",
    "[MQTT311-3.3.1-10] [MQTT311-3.3.1-11]",
    async (version) => {
      const topic = unique("r");
      await using client = await suite.client({ version });
      await using witness = await suite.client({ version });
      await client.publish(topic, "kept", { qos: 1, retain: true });
      await witness.subscribe(topic);
      await witness.takeMessage();

      await client.publish(topic, "", { qos: 1, retain: true });

      assert.equal(inWords(await witness.takeMessage()), `${topic} "" QoS 1`);
      await client.subscribe(topic);
      await assertNothingMore(client, client);
    },
  );

  inBoth(
    "stays when the session of its publisher ends",
    "[MQTT5-3.1.2-4] [MQTT5-3.3.1-5]",
    "[MQTT311-3.1.2-7]",
    async (version) => {
      const topic = unique("r");
      const clientId = unique("c");
      await using writer = await suite.client({ version, clientId });
      await writer.publish(topic, "kept", { qos: 1, retain: true });
      await writer.leave();
      await using again = await suite.client({ version, clientId });

      await again.subscribe(topic);

      assert.equal((await again.takeMessage()).payload, "kept");
    },
  );
});

describe("the RETAIN flag", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "is 0 towards a subscription that was there already",
    "[MQTT5-3.3.1-12]",
    "[MQTT311-3.3.1-9]",
    async (version) => {
      const topic = unique("r");
      await using client = await suite.client({ version });
      await client.subscribe(topic);

      await client.publish(topic, "live", { retain: true });
      await client.publish(topic, "plain");

      const words = (await client.takeMessages(2)).map(inWords);
      assert.deepEqual(words, [`${topic} "live" QoS 0`, `${topic} "plain" QoS 0`]);
    },
  );

  it("is as published towards a subscription with Retain As Published [MQTT5-3.3.1-13]", async () => {
    const topic = unique("r");
    await using client = await suite.client();
    await client.subscribe({ filter: topic, qos: 1, retainAsPublished: true });

    await client.publish(topic, "live", { retain: true, qos: 1 });
    await client.publish(topic, "plain", { qos: 1 });

    const words = [inWords(await client.find("publish")), inWords(await client.find("publish"))];
    assert.deepEqual(words, [`${topic} "live" QoS 1 retained`, `${topic} "plain" QoS 1`]);
  });

  it("is 1 on what a new subscription brings, also without Retain As Published [MQTT5-3.3.1-9]", async () => {
    for (const retainAsPublished of [false, true]) {
      const topic = unique("r");
      await using client = await suite.client();
      await client.publish(topic, "kept", { qos: 1, retain: true });

      await client.subscribe({ filter: topic, retainAsPublished });

      assert.equal((await client.takeMessage()).retain, true);
    }
  });
});

describe("Retain Handling", { timeout: 180_000 }, () => {
  const suite = new Suite();

  it("0 brings retained messages each time one subscribes [MQTT5-3.3.1-9] [MQTT5-3.8.4-4]", async () => {
    const topic = unique("r");
    await using client = await suite.client();
    await client.publish(topic, "kept", { qos: 1, retain: true });

    await client.subscribe({ filter: topic, retainHandling: 0 });
    const first = await client.takeMessage();
    await client.subscribe({ filter: topic, retainHandling: 0 });
    const second = await client.takeMessage();

    assert.deepEqual([first.payload, second.payload], ["kept", "kept"]);
  });

  it("1 brings them only when the subscription is new [MQTT5-3.3.1-10]", async () => {
    const topic = unique("r");
    await using client = await suite.client();
    await client.publish(topic, "kept", { qos: 1, retain: true });

    await client.subscribe({ filter: topic, retainHandling: 1 });
    assert.equal((await client.takeMessage()).payload, "kept");
    await client.subscribe({ filter: topic, retainHandling: 1 });
    await assertNothingMore(client, client);

    client.send({ type: "unsubscribe", packetId: 1, filters: [topic] });
    await client.take("unsuback");
    await client.subscribe({ filter: topic, retainHandling: 1 });
    assert.equal((await client.takeMessage()).payload, "kept");
  });

  it("2 brings none, but messages after it [MQTT5-3.3.1-11]", async () => {
    const topic = unique("r");
    await using client = await suite.client();
    await client.publish(topic, "kept", { qos: 1, retain: true });

    await client.subscribe({ filter: topic, retainHandling: 2 });

    await assertNothingMore(client, client);
    await client.publish(topic, "live");
    assert.equal((await client.takeMessage()).payload, "live");
  });

  it("3 is a protocol error [MQTT5-4.13.1-1]", async () => {
    await using client = await suite.client();

    client.send({ type: "subscribe", packetId: 1, filters: [{ filter: "a", options: 0x30 }] });

    const last = await client.lastWord();
    assert.ok(last === undefined || last.type === "disconnect");
  });
});
