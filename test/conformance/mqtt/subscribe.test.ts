/** SUBSCRIBE and SUBACK: what is granted, what is refused, what a repeated filter does. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  assertEnded,
  assertNothingMore,
  collect,
  inBoth,
  inWords,
  Suite,
  unique,
} from "../../support/mqtt-suite.ts";
import { byte, counted, twoBytes } from "../../support/mqtt-wire-bytes.ts";
import { frame } from "../../support/mqtt-wire-encode.ts";

const CODES = [0x81, 0x82];

describe("SUBACK", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "has the identifier of its SUBSCRIBE",
    "[MQTT5-3.8.4-1] [MQTT5-3.8.4-2] [MQTT5-2.2.1-6]",
    "[MQTT311-3.8.4-1] [MQTT311-3.8.4-2] [MQTT311-2.3.1-7]",
    async (version) => {
      await using client = await suite.client({ version });

      for (const packetId of [1, 0x1234, 65_535]) {
        client.send({ type: "subscribe", packetId, filters: [{ filter: unique("t") }] });

        assert.equal((await client.take("suback")).packetId, packetId);
      }
    },
  );

  inBoth(
    "has one listed code for each filter, in their order: the QoS that is granted",
    "[MQTT5-3.8.4-5] [MQTT5-3.8.4-6] [MQTT5-3.8.4-7] [MQTT5-3.9.3-1] [MQTT5-3.9.3-2]",
    "[MQTT311-3.8.4-4] [MQTT311-3.8.4-5] [MQTT311-3.9.3-1] [MQTT311-3.9.3-2]",
    async (version) => {
      await using client = await suite.client({ version });
      const base = unique("t");
      const asked = [1, 0, 2, 2, 0, 1] as const;

      const granted = await client.subscribe(
        ...asked.map((qos, at) => ({ filter: `${base}/${at}`, qos })),
      );

      assert.deepEqual(granted, asked);
    },
  );

  inBoth(
    "has a code for each filter also when one comes twice; the last one counts",
    "[MQTT5-3.8.4-5] [MQTT5-3.8.4-6] [MQTT5-3.8.4-3]",
    "[MQTT311-3.8.4-4] [MQTT311-3.8.4-5]",
    async (version) => {
      await using client = await suite.client({ version });
      const filter = unique("t");

      const granted = await client.subscribe({ filter, qos: 2 }, { filter, qos: 0 });
      await client.publish(filter, "x", { qos: 1 });

      assert.deepEqual(granted, [2, 0]);
      assert.deepEqual((await collect(client, client)).map(inWords), [`${filter} "x" QoS 0`]);
    },
  );

  inBoth(
    "answers each filter for itself: all of them work",
    "[MQTT5-3.8.4-5]",
    "[MQTT311-3.8.4-4]",
    async (version) => {
      const base = unique("t");
      await using client = await suite.client({ version });
      await client.publish(`${base}/b`, "kept", { qos: 1, retain: true });

      await client.subscribe({ filter: `${base}/a`, qos: 1 }, { filter: `${base}/b`, qos: 0 });
      await client.publish(`${base}/a`, "live", { qos: 1 });

      assert.deepEqual((await collect(client, client)).map(inWords), [
        `${base}/b "kept" QoS 0 retained`,
        `${base}/a "live" QoS 1`,
      ]);
    },
  );
});

describe("a SUBSCRIBE", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "asks for at least one filter",
    "[MQTT5-3.8.3-2]",
    "[MQTT311-3.8.3-3] [MQTT311-4.8.0-1]",
    async (version) => {
      await using client = await suite.client({ version });

      client.send({ type: "subscribe", packetId: 1, filters: [] });

      await assertEnded(client, CODES);
    },
  );

  inBoth(
    "has a packet identifier other than 0",
    "[MQTT5-2.2.1-3]",
    "[MQTT311-2.3.1-1]",
    async (version) => {
      await using client = await suite.client({ version });

      client.send({ type: "subscribe", packetId: 0, filters: [{ filter: "a" }] });

      await assertEnded(client, CODES);
    },
  );

  inBoth(
    "has options after each filter",
    "[MQTT5-3.8.3-2] [MQTT5-4.13.1-1]",
    "[MQTT311-3.8.3-3]",
    async (version) => {
      await using client = await suite.client({ version });
      const properties = version === 5 ? byte(0) : Buffer.alloc(0);

      client.sendBytes(frame(0x82, Buffer.concat([twoBytes(1), properties, counted("abc")])));

      await assertEnded(client, CODES);
    },
  );

  for (const options of [0x40, 0x80, 0xc1]) {
    it(`has reserved bits at 0 in its options, not 0x${options.toString(16)} [MQTT5-3.8.3-5]`, async () => {
      await using client = await suite.client();

      client.send({ type: "subscribe", packetId: 1, filters: [{ filter: "a", options }] });

      await assertEnded(client, CODES);
    });
  }

  for (const options of [0x04, 0x08, 0x10, 0x81]) {
    it(`has nothing but the QoS after a filter, not 0x${options.toString(16)}, MQTT 3.1.1 [MQTT311-3.8.3-4]`, async () => {
      await using client = await suite.client({ version: 4 });

      client.send({ type: "subscribe", packetId: 1, filters: [{ filter: "a", options }] });

      await client.closed();
    });
  }

  inBoth("asks for no QoS 3", "[MQTT5-4.13.1-1]", "[MQTT311-3.8.3-4]", async (version) => {
    await using client = await suite.client({ version });

    client.send({ type: "subscribe", packetId: 1, filters: [{ filter: "a", options: 3 }] });

    await assertEnded(client, CODES);
  });

  for (const filter of ["a#", "a/#/b", "#/", "#a", "a/#b", "##", "a+", "+a", "a/b+/c", "++", ""]) {
    inBoth(
      `asks for no filter like "${filter}": it is refused, and nothing comes of it`,
      "[MQTT5-4.7.1-1] [MQTT5-4.7.1-2] [MQTT5-4.7.3-1]",
      "[MQTT311-4.7.1-2] [MQTT311-4.7.1-3] [MQTT311-4.7.3-1]",
      async (version) => {
        await using client = await suite.client({ version });

        client.send({ type: "subscribe", packetId: 1, filters: [{ filter }] });

        const answer = await client.takeAny().catch(() => undefined);
        if (answer?.type !== "suback") {
          assert.ok(answer === undefined || answer.type === "disconnect");
          return;
        }
        assert.deepEqual(answer.reasonCodes, [version === 5 ? 0x8f : 0x80]);
        await client.ping();
      },
    );
  }
});

describe("a filter that is subscribed again", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "replaces the subscription: its QoS counts, and messages come once",
    "[MQTT5-3.8.4-3]",
    "[MQTT311-3.8.4-3]",
    async (version) => {
      const topic = unique("t");
      await using client = await suite.client({ version });
      await client.subscribe({ filter: topic, qos: 2 });

      await client.subscribe({ filter: topic, qos: 0 });
      await client.publish(topic, "low", { qos: 2 });
      const low = await collect(client, client);
      await client.subscribe({ filter: topic, qos: 1 });
      await client.publish(topic, "high", { qos: 2 });
      const high = await collect(client, client);

      assert.deepEqual(low.map(inWords), [`${topic} "low" QoS 0`]);
      assert.deepEqual(high.map(inWords), [`${topic} "high" QoS 1`]);
    },
  );

  inBoth(
    "brings retained messages again",
    "[MQTT5-3.8.4-4] [MQTT5-3.3.1-9]",
    "[MQTT311-3.8.4-3]",
    async (version) => {
      const topic = unique("t");
      await using client = await suite.client({ version });
      await client.publish(topic, "kept", { qos: 1, retain: true });

      await client.subscribe({ filter: topic, qos: 1 });
      const first = await client.takeMessage();
      await client.subscribe({ filter: topic, qos: 0 });
      const second = await client.takeMessage();

      assert.equal(inWords(first), `${topic} "kept" QoS 1 retained`);
      assert.equal(inWords(second), `${topic} "kept" QoS 0 retained`);
    },
  );

  inBoth("loses no message on the way", "[MQTT5-3.8.4-4]", "[MQTT311-3.8.4-3]", async (version) => {
    const topic = unique("t");
    await using reader = await suite.client({ version });
    await using writer = await suite.client({ version });
    await reader.subscribe({ filter: topic, qos: 1 });
    const payloads = Array.from({ length: 100 }, (_, at) => `${at}`);
    const got: string[] = [];

    const writing = (async () => {
      for (const payload of payloads) await writer.publish(topic, payload, { qos: 1 });
    })();
    for (let round = 0; round < 20; round += 1) {
      const packetId = reader.newId();
      reader.send({ type: "subscribe", packetId, filters: [{ filter: topic, qos: 1 }] });
      await reader.find("suback", packetId);
    }
    while (got.length < payloads.length) got.push((await reader.takeMessage()).payload);
    await writing;

    assert.deepEqual(got, payloads);
  });
});

describe("No Local", { timeout: 180_000 }, () => {
  const suite = new Suite();

  it("keeps a client's own messages away, and no others [MQTT5-3.8.3-3]", async () => {
    const topic = unique("t");
    await using client = await suite.client();
    await using other = await suite.client();
    await client.subscribe({ filter: topic, qos: 1, noLocal: true });
    await other.subscribe({ filter: topic, qos: 1 });

    await client.publish(topic, "own", { qos: 1 });
    await other.publish(topic, "other's", { qos: 1 });

    assert.deepEqual(
      (await other.takeMessages(2)).map(({ payload }) => payload),
      ["own", "other's"],
    );
    assert.equal((await client.takeMessage()).payload, "other's");
    await assertNothingMore(other, client);
  });

  it("does not reach beyond its subscription [MQTT5-3.8.3-3]", async () => {
    const topic = unique("t");
    await using client = await suite.client();
    await client.subscribe({ filter: topic, qos: 1, noLocal: true });
    await client.subscribe({ filter: `${topic}/#`, qos: 1 });

    await client.publish(topic, "own", { qos: 1 });

    assert.deepEqual(
      (await collect(client, client)).map(({ payload }) => payload),
      ["own"],
    );
  });

  it("is a protocol error with a shared subscription [MQTT5-3.8.3-4]", async () => {
    await using client = await suite.client();

    client.send({
      type: "subscribe",
      packetId: 1,
      filters: [{ filter: "$share/g/a", noLocal: true }],
    });

    await assertEnded(client, [0x82]);
  });
});
