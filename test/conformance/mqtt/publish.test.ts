/** PUBLISH: its flags and fields, how it is answered, and how it arrives. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  assertEnded,
  inBoth,
  inWords,
  SKIP_WITHOUT_FORBIDDEN,
  Suite,
  unique,
} from "../../support/mqtt-suite.ts";
import { byte, counted, twoBytes } from "../../support/mqtt-wire-bytes.ts";
import { frame, type QoS } from "../../support/mqtt-wire-encode.ts";
import { FORBIDDEN } from "../../support/server-under-test.ts";

const CODES = [0x81, 0x82];
const QOS = [0, 1, 2] as const;

describe("a PUBLISH from a client", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth("has not both QoS bits set", "[MQTT5-3.3.1-4]", "[MQTT311-3.3.1-4]", async (version) => {
    await using client = await suite.client({ version });

    client.send({ type: "publish", topic: "a", packetId: 1, flags: 6 });

    await assertEnded(client, CODES);
  });

  inBoth("has no DUP with QoS 0", "[MQTT5-3.3.1-2]", "[MQTT311-3.3.1-2]", async (version) => {
    await using client = await suite.client({ version });

    client.send({ type: "publish", topic: "a", dup: true });

    await assertEnded(client, CODES);
  });

  inBoth(
    "has no packet identifier with QoS 0: what stands there is payload",
    "[MQTT5-2.2.1-2]",
    "[MQTT311-2.3.1-5]",
    async (version) => {
      const topic = unique("t");
      await using client = await suite.client({ version });
      await client.subscribe(topic);
      const properties = version === 5 ? byte(0) : Buffer.alloc(0);

      client.sendBytes(
        frame(0x30, Buffer.concat([counted(topic), properties, twoBytes(0x3031), byte(0x32)])),
      );

      const message = await client.takeMessage();
      assert.equal(message.payload, "012");
    },
  );

  for (const qos of [1, 2] as const) {
    inBoth(
      `has a packet identifier other than 0 with QoS ${qos}`,
      "[MQTT5-2.2.1-3]",
      "[MQTT311-2.3.1-1]",
      async (version) => {
        await using client = await suite.client({ version });

        client.send({ type: "publish", topic: "a", qos, packetId: 0 });

        await assertEnded(client, CODES);
      },
    );
  }

  for (const topic of ["a/+", "+", "#", "a/#", "a#b", "a+b"]) {
    inBoth(
      `has no wildcards in its topic: ${topic}`,
      "[MQTT5-3.3.2-2] [MQTT5-4.7.0-1]",
      "[MQTT311-3.3.2-2] [MQTT311-4.7.1-1]",
      async (version) => {
        await using client = await suite.client({ version });

        client.send({ type: "publish", topic });

        await assertEnded(client, [...CODES, 0x90]);
      },
    );
  }

  inBoth(
    "has a topic of at least one character",
    "[MQTT5-4.7.3-1] [MQTT5-3.3.2-1]",
    "[MQTT311-4.7.3-1] [MQTT311-3.3.2-1]",
    async (version) => {
      await using client = await suite.client({ version });

      client.send({ type: "publish", topic: "" });

      await assertEnded(client, [...CODES, 0x90]);
    },
  );
});

describe("the answer to PUBLISH", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "is none for QoS 0, PUBACK for QoS 1, PUBREC for QoS 2, with its identifier",
    "[MQTT5-3.3.4-1] [MQTT5-2.2.1-5] [MQTT5-3.4.2-1] [MQTT5-3.5.2-1]",
    "[MQTT311-3.3.4-1] [MQTT311-2.3.1-6]",
    async (version) => {
      await using client = await suite.client({ version });
      const topic = unique("t");

      client.send(
        { type: "publish", topic },
        { type: "publish", topic, qos: 1, packetId: 0x1234 },
        { type: "publish", topic, qos: 2, packetId: 0xffff },
        { type: "pingreq" },
      );

      // Acknowledgements may wait for the disk; PINGRESP need not wait for them.
      assert.ok((await client.find("puback", 0x1234)).reasonCode < 0x80);
      assert.ok((await client.find("pubrec", 0xffff)).reasonCode < 0x80);
      await client.take("pingresp");
    },
  );

  inBoth(
    "comes in the order of the messages",
    "[MQTT5-4.6.0-2] [MQTT5-4.6.0-3]",
    "[MQTT311-4.6.0-2] [MQTT311-4.6.0-3]",
    async (version) => {
      await using client = await suite.client({ version });
      const topic = unique("t");
      const ids = [7, 3, 65_535, 1, 9];

      client.send(
        ...ids.map((packetId) => ({ type: "publish", topic, qos: 1, packetId }) as const),
        ...ids.map((id) => ({ type: "publish", topic, qos: 2, packetId: id + 20 }) as const),
      );

      for (const packetId of ids) assert.equal((await client.find("puback")).packetId, packetId);
      for (const id of ids)
        assert.equal((await client.find("pubrec")).packetId, (id + 20) % 65_536);
    },
  );

  inBoth(
    "to one that is not allowed: 0x87 in MQTT 5, as usual in MQTT 3.1.1 or the end",
    "[MQTT5-3.3.4-1] [MQTT5-3.4.2-1] [MQTT5-3.5.2-1]",
    "[MQTT311-3.3.5-2]",
    async (version, context) => {
      if (SKIP_WITHOUT_FORBIDDEN !== false) {
        context.skip(SKIP_WITHOUT_FORBIDDEN);
        return;
      }
      for (const qos of [1, 2] as const) {
        await using client = await suite.client({ version });

        client.send({ type: "publish", topic: `${FORBIDDEN}/a`, qos, packetId: 5 });

        if (version === 4) {
          const last = await client.takeAny().catch(() => undefined);
          assert.ok(last === undefined || last.type === (qos === 1 ? "puback" : "pubrec"));
          continue;
        }
        const ack = await client.take(qos === 1 ? "puback" : "pubrec");
        assert.equal(ack.reasonCode, 0x87);
        await client.ping();
      }
    },
  );
});

describe("a message on its way", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "has the lower of the QoS it was published with and the one granted",
    "[MQTT5-3.8.4-8] [MQTT5-4.3.1-1] [MQTT5-2.2.1-2]",
    "[MQTT311-3.8.4-6] [MQTT311-4.3.1-1] [MQTT311-2.3.1-5]",
    async (version) => {
      for (const granted of QOS) {
        const topic = unique("t");
        await using reader = await suite.client({ version });
        await using writer = await suite.client({ version });
        assert.deepEqual(await reader.subscribe({ filter: topic, qos: granted }), [granted]);

        for (const qos of QOS) await writer.publish(topic, `${qos}`, { qos });

        const messages = await reader.takeMessages(3);
        const lower = (qos: QoS): number => Math.min(qos, granted);
        assert.deepEqual(
          messages.map(({ payload, qos }) => `${payload} as ${qos}`).toSorted(),
          QOS.map((qos) => `${qos} as ${lower(qos)}`),
        );
      }
    },
  );

  inBoth(
    "does not say DUP because its publisher did",
    "[MQTT5-3.3.1-3] [MQTT5-4.3.2-2]",
    "[MQTT311-3.3.1-3]",
    async (version) => {
      const topic = unique("t");
      await using reader = await suite.client({ version });
      await using writer = await suite.client({ version });
      await reader.subscribe(topic);

      await writer.publish(topic, "one", { qos: 1, dup: true });
      await writer.publish(topic, "two", { qos: 2, dup: true });

      const words = (await reader.takeMessages(2)).map(inWords);
      assert.deepEqual(words, [`${topic} "one" QoS 1`, `${topic} "two" QoS 2`]);
    },
  );

  inBoth(
    "keeps its payload, whatever it is and however long",
    "[MQTT5-4.2.0-1]",
    "[MQTT311-7.1.1-1]",
    async (version) => {
      const topic = unique("t");
      await using reader = await suite.client({ version });
      await using writer = await suite.client({ version });
      await reader.subscribe(topic);
      const payloads = [0, 1, 100, 127, 128, 16_383, 16_384, 300_000].map((length) =>
        Buffer.from(Array.from({ length }, (_, at) => (at * 7) % 256)),
      );

      for (const payload of payloads) {
        await writer.publish(topic, "", { payload, qos: 1 });
        const message = await reader.takeMessage();
        assert.ok(message.bytes.equals(payload), `${payload.length} bytes`);
      }
    },
  );

  it("comes from a client of each version to one of each other, MQTT 3.1, 3.1.1 and 5 [MQTT5-4.5.0-1] [MQTT311-4.5.0-1] [MQTT311-7.0.0-2]", async () => {
    const topic = unique("t");
    await using reader3 = await suite.client({ version: 3 });
    await using reader4 = await suite.client({ version: 4 });
    await using reader5 = await suite.client({ version: 5 });
    for (const reader of [reader3, reader4, reader5]) await reader.subscribe(topic);

    for (const version of [3, 4, 5] as const) {
      await using writer = await suite.client({ version });
      await writer.publish(topic, `from ${version}`, { qos: 2 });
    }

    for (const reader of [reader3, reader4, reader5]) {
      const payloads = (await reader.takeMessages(3)).map(({ payload }) => payload);
      assert.deepEqual(payloads.toSorted(), ["from 3", "from 4", "from 5"]);
    }
  });
});
