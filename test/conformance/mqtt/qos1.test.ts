/** QoS 1, with the server as receiver and as sender. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  assertNothingMore,
  collect,
  inBoth,
  inWords,
  lasting,
  Suite,
  unique,
} from "../../support/mqtt-suite.ts";

describe("the server as receiver of QoS 1", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "answers PUBACK with the identifier, and the message has arrived",
    "[MQTT5-4.3.2-4] [MQTT5-2.2.1-5] [MQTT5-4.5.0-1]",
    "[MQTT311-4.3.2-2] [MQTT311-2.3.1-6] [MQTT311-4.5.0-1]",
    async (version) => {
      const topic = unique("t");
      await using reader = await suite.client({ version });
      await using writer = await suite.client({ version });
      await reader.subscribe(topic);

      writer.send({ type: "publish", topic, payload: "x", qos: 1, packetId: 0x0102 });

      const puback = await writer.take("puback");
      assert.equal(puback.packetId, 0x0102);
      assert.ok(puback.reasonCode < 0x80);
      assert.equal(inWords(await reader.takeMessage()), `${topic} "x" QoS 1`);
    },
  );

  inBoth(
    "takes the same identifier after PUBACK as a new message, also with DUP",
    "[MQTT5-4.3.2-5] [MQTT5-3.3.1-3]",
    "[MQTT311-4.3.2-2] [MQTT311-3.3.1-3]",
    async (version) => {
      const topic = unique("t");
      await using reader = await suite.client({ version });
      await using writer = await suite.client({ version });
      await reader.subscribe(topic);

      await writer.publish(topic, "first", { qos: 1, packetId: 7 });
      await writer.publish(topic, "second", { qos: 1, packetId: 7, dup: true });

      const words = (await reader.takeMessages(2)).map(inWords);
      assert.deepEqual(words, [`${topic} "first" QoS 1`, `${topic} "second" QoS 1`]);
    },
  );

  it("answers with PUBACK also when nobody subscribes, in MQTT 5 perhaps with 0x10 [MQTT5-3.4.2-1]", async () => {
    await using writer = await suite.client();

    const reasonCode = await writer.publish(unique("t"), "x", { qos: 1 });

    assert.ok(reasonCode === 0 || reasonCode === 0x10);
  });
});

describe("the server as sender of QoS 1", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "gives each message an identifier that is not in use, and DUP 0",
    "[MQTT5-4.3.2-1] [MQTT5-4.3.2-2] [MQTT5-2.2.1-4]",
    "[MQTT311-4.3.2-1] [MQTT311-2.3.1-4] [MQTT311-2.3.1-1]",
    async (version) => {
      const topic = unique("t");
      await using reader = await suite.client({ version });
      await using writer = await suite.client({ version });
      await reader.subscribe({ filter: topic, qos: 1 });

      for (let each = 0; each < 10; each += 1) await writer.publish(topic, `${each}`, { qos: 1 });

      const ids = new Set<number | undefined>();
      for (let each = 0; each < 10; each += 1) {
        const message = await reader.take("publish");
        assert.equal(inWords(message), `${topic} "${each}" QoS 1`);
        ids.add(message.packetId);
      }
      assert.equal(ids.size, 10);
      assert.ok(!ids.has(undefined) && !ids.has(0));
    },
  );

  inBoth(
    "sends nothing again as long as the connection stands",
    "[MQTT5-4.4.0-1] [MQTT5-4.3.2-3]",
    "[MQTT311-4.3.2-1]",
    async (version) => {
      const topic = unique("t");
      await using reader = await suite.client({ version });
      await using writer = await suite.client({ version });
      await reader.subscribe({ filter: topic, qos: 1 });
      await writer.publish(topic, "unacknowledged", { qos: 1 });
      await reader.take("publish");

      await suite.passSeconds(1);

      await assertNothingMore(writer, reader);
    },
  );

  inBoth(
    "sends again what has no PUBACK, with DUP and the same identifier, when the session goes on",
    "[MQTT5-4.3.2-3] [MQTT5-4.4.0-1] [MQTT5-3.3.1-1]",
    "[MQTT311-4.3.2-1] [MQTT311-4.4.0-1] [MQTT311-3.3.1-1] [MQTT311-2.3.1-4]",
    async (version) => {
      const topic = unique("t");
      const clientId = unique("c");
      await using reader = await suite.client({ version, clientId, ...lasting(version) });
      await using writer = await suite.client({ version });
      await reader.subscribe({ filter: topic, qos: 1 });
      for (const payload of ["acknowledged", "not"])
        await writer.publish(topic, payload, { qos: 1 });
      await reader.takeMessage();
      const first = await reader.take("publish");
      await reader.ping();
      await reader.vanish();

      await using again = await suite.client({ version, clientId, ...lasting(version) });

      const [second, ...more] = await collect(writer, again);
      assert.equal(second && inWords(second), `${topic} "not" QoS 1 again`);
      assert.equal(second?.packetId, first.packetId);
      assert.deepEqual(more, []);
    },
  );

  it("takes a PUBACK of 0x80 or more for an end: nothing again [MQTT5-4.4.0-2]", async () => {
    const topic = unique("t");
    const clientId = unique("c");
    await using reader = await suite.client({ clientId, ...lasting(5) });
    await using writer = await suite.client();
    await reader.subscribe({ filter: topic, qos: 1 });
    await writer.publish(topic, "refused", { qos: 1 });
    const { packetId = 0 } = await reader.take("publish");
    reader.send({ type: "puback", packetId, reasonCode: 0x83 });
    await reader.ping();
    await reader.vanish();

    await using again = await suite.client({ clientId, ...lasting(5) });

    await assertNothingMore(writer, again);
  });
});
