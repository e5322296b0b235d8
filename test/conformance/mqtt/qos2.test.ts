/** QoS 2, with the server as receiver and as sender: every step, and every step repeated. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  assertNothingMore,
  collect,
  inBoth,
  inWords,
  lasting,
  SKIP_WITHOUT_FORBIDDEN,
  Suite,
  unique,
} from "../../support/mqtt-suite.ts";
import { FORBIDDEN } from "../../support/server-under-test.ts";

describe("the server as receiver of QoS 2", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "answers PUBREC and PUBCOMP with the identifier, and delivers once",
    "[MQTT5-4.3.3-8] [MQTT5-4.3.3-11] [MQTT5-2.2.1-5] [MQTT5-3.5.2-1] [MQTT5-3.7.2-1]",
    "[MQTT311-4.3.3-2] [MQTT311-2.3.1-6]",
    async (version) => {
      const topic = unique("t");
      await using reader = await suite.client({ version });
      await using writer = await suite.client({ version });
      await reader.subscribe(topic);

      writer.send({ type: "publish", topic, payload: "x", qos: 2, packetId: 0x0203 });
      const pubrec = await writer.take("pubrec");
      writer.send({ type: "pubrel", packetId: 0x0203 });
      const pubcomp = await writer.take("pubcomp");

      assert.equal(pubrec.packetId, 0x0203);
      assert.ok(pubrec.reasonCode < 0x80);
      assert.deepEqual([pubcomp.packetId, pubcomp.reasonCode], [0x0203, 0]);
      assert.deepEqual((await collect(writer, reader)).map(inWords), [`${topic} "x" QoS 2`]);
    },
  );

  inBoth(
    "answers a PUBLISH that is repeated before PUBREL with PUBREC, and delivers once",
    "[MQTT5-4.3.3-10]",
    "[MQTT311-4.3.3-2]",
    async (version) => {
      const topic = unique("t");
      const publish = { type: "publish", topic, payload: "x", qos: 2, packetId: 3 } as const;
      await using reader = await suite.client({ version });
      await using writer = await suite.client({ version });
      await reader.subscribe(topic);

      writer.send(publish);
      await writer.take("pubrec");
      writer.send({ ...publish, dup: true });
      const second = await writer.take("pubrec");
      writer.send({ type: "pubrel", packetId: 3 });
      await writer.take("pubcomp");

      assert.equal(second.packetId, 3);
      assert.ok(second.reasonCode < 0x80);
      assert.deepEqual((await collect(writer, reader)).map(inWords), [`${topic} "x" QoS 2`]);
    },
  );

  inBoth(
    "knows a PUBLISH that is repeated on the next connection, and delivers once",
    "[MQTT5-4.3.3-10] [MQTT5-4.1.0-1]",
    "[MQTT311-4.3.3-2] [MQTT311-4.1.0-1]",
    async (version) => {
      const topic = unique("t");
      const clientId = unique("c");
      const publish = { type: "publish", topic, payload: "x", qos: 2, packetId: 4 } as const;
      await using reader = await suite.client({ version });
      await using writer = await suite.client({ version, clientId, ...lasting(version) });
      await reader.subscribe(topic);
      writer.send(publish);
      await writer.take("pubrec");
      await writer.vanish();

      await using again = await suite.client({ version, clientId, ...lasting(version) });
      again.send({ ...publish, dup: true });
      await again.take("pubrec");
      again.send({ type: "pubrel", packetId: 4 });
      const pubcomp = await again.take("pubcomp");

      assert.equal(pubcomp.reasonCode, 0);
      assert.deepEqual((await collect(again, reader)).map(inWords), [`${topic} "x" QoS 2`]);
    },
  );

  inBoth(
    "takes the same identifier after PUBCOMP as a new message",
    "[MQTT5-4.3.3-12]",
    "[MQTT311-4.3.3-2]",
    async (version) => {
      const topic = unique("t");
      await using reader = await suite.client({ version });
      await using writer = await suite.client({ version });
      await reader.subscribe(topic);

      await writer.publish(topic, "first", { qos: 2, packetId: 5 });
      await writer.publish(topic, "second", { qos: 2, packetId: 5 });

      const words = (await reader.takeMessages(2)).map(inWords);
      assert.deepEqual(words, [`${topic} "first" QoS 2`, `${topic} "second" QoS 2`]);
    },
  );

  inBoth(
    "answers a PUBREL that it does not know with PUBCOMP: 0x92 in MQTT 5",
    "[MQTT5-4.3.3-11] [MQTT5-3.7.2-1]",
    "[MQTT311-4.3.3-2]",
    async (version) => {
      await using writer = await suite.client({ version });
      await writer.publish(unique("t"), "x", { qos: 2, packetId: 6 });

      writer.send({ type: "pubrel", packetId: 6 }, { type: "pubrel", packetId: 999 });

      for (const packetId of [6, 999]) {
        const pubcomp = await writer.take("pubcomp");
        assert.equal(pubcomp.packetId, packetId);
        assert.equal(pubcomp.reasonCode, version === 5 ? 0x92 : 0);
      }
      await writer.ping();
    },
  );

  it("takes the identifier of a message it refused as a new message [MQTT5-4.3.3-9]", async (t) => {
    if (SKIP_WITHOUT_FORBIDDEN !== false) {
      t.skip(SKIP_WITHOUT_FORBIDDEN);
      return;
    }
    const topic = unique("t");
    await using client = await suite.client();
    await client.subscribe(topic);

    const refused = await client.publish(`${FORBIDDEN}/x`, "no", { qos: 2, packetId: 8 });
    await client.publish(topic, "yes", { qos: 2, packetId: 8 });

    assert.equal(refused, 0x87);
    assert.equal((await client.takeMessage()).payload, "yes");
  });
});

describe("the server as sender of QoS 2", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "gives each message an identifier that is not in use, DUP 0, and answers PUBREC with PUBREL of it",
    "[MQTT5-4.3.3-1] [MQTT5-4.3.3-2] [MQTT5-4.3.3-4] [MQTT5-2.2.1-4] [MQTT5-3.6.2-1]",
    "[MQTT311-4.3.3-1] [MQTT311-2.3.1-4] [MQTT311-2.3.1-6]",
    async (version) => {
      const topic = unique("t");
      await using reader = await suite.client({ version });
      await using writer = await suite.client({ version });
      await reader.subscribe(topic);
      for (const payload of ["a", "b", "c"]) await writer.publish(topic, payload, { qos: 2 });

      const messages = [];
      for (const _ of ["a", "b", "c"]) messages.push(await reader.take("publish"));
      const ids = messages.map(({ packetId }) => packetId ?? 0);
      for (const packetId of ids) reader.send({ type: "pubrec", packetId });

      assert.deepEqual(
        messages.map(inWords),
        ["a", "b", "c"].map((payload) => `${topic} "${payload}" QoS 2`),
      );
      assert.equal(new Set(ids).size, 3);
      for (const packetId of ids) {
        const pubrel = await reader.take("pubrel");
        assert.deepEqual([pubrel.packetId, pubrel.reasonCode], [packetId, 0]);
        reader.send({ type: "pubcomp", packetId });
      }
      await assertNothingMore(writer, reader);
    },
  );

  inBoth(
    "sends PUBLISH again when it has no PUBREC and the session goes on",
    "[MQTT5-4.3.3-3] [MQTT5-4.4.0-1] [MQTT5-3.3.1-1]",
    "[MQTT311-4.3.3-1] [MQTT311-4.4.0-1] [MQTT311-3.3.1-1]",
    async (version) => {
      const topic = unique("t");
      const clientId = unique("c");
      await using reader = await suite.client({ version, clientId, ...lasting(version) });
      await using writer = await suite.client({ version });
      await reader.subscribe(topic);
      await writer.publish(topic, "x", { qos: 2 });
      const first = await reader.take("publish");
      await reader.vanish();

      await using again = await suite.client({ version, clientId, ...lasting(version) });

      const second = await again.takeMessage();
      assert.equal(inWords(second), `${topic} "x" QoS 2 again`);
      assert.equal(second.packetId, first.packetId);
      await assertNothingMore(writer, again);
    },
  );

  inBoth(
    "sends PUBREL again, and PUBLISH no more, when it has PUBREC but no PUBCOMP",
    "[MQTT5-4.3.3-5] [MQTT5-4.3.3-6] [MQTT5-4.4.0-1]",
    "[MQTT311-4.3.3-1] [MQTT311-4.4.0-1]",
    async (version) => {
      const topic = unique("t");
      const clientId = unique("c");
      await using reader = await suite.client({ version, clientId, ...lasting(version) });
      await using writer = await suite.client({ version });
      await reader.subscribe(topic);
      await writer.publish(topic, "x", { qos: 2 });
      const { packetId = 0 } = await reader.take("publish");
      reader.send({ type: "pubrec", packetId });
      await reader.take("pubrel");
      await reader.vanish();

      await using again = await suite.client({ version, clientId, ...lasting(version) });

      assert.equal((await again.take("pubrel")).packetId, packetId);
      again.send({ type: "pubcomp", packetId });
      await assertNothingMore(writer, again);
    },
  );

  inBoth(
    "sends nothing again after PUBCOMP",
    "[MQTT5-4.3.3-5] [MQTT5-4.4.0-1]",
    "[MQTT311-4.3.3-1]",
    async (version) => {
      const topic = unique("t");
      const clientId = unique("c");
      await using reader = await suite.client({ version, clientId, ...lasting(version) });
      await using writer = await suite.client({ version });
      await reader.subscribe(topic);
      await writer.publish(topic, "x", { qos: 2 });
      await reader.takeMessage();
      await reader.ping();
      await reader.vanish();

      await using again = await suite.client({ version, clientId, ...lasting(version) });

      await assertNothingMore(writer, again);
    },
  );

  it("takes a PUBREC of 0x80 or more for an end: no PUBREL, nothing again [MQTT5-4.4.0-2] [MQTT5-4.3.3-4]", async () => {
    const topic = unique("t");
    const clientId = unique("c");
    await using reader = await suite.client({ clientId, ...lasting(5) });
    await using writer = await suite.client();
    await reader.subscribe(topic);
    await writer.publish(topic, "refused", { qos: 2 });
    const { packetId = 0 } = await reader.take("publish");
    reader.send({ type: "pubrec", packetId, reasonCode: 0x97 });
    await reader.ping();
    await reader.vanish();

    await using again = await suite.client({ clientId, ...lasting(5) });

    await assertNothingMore(writer, again);
  });

  it("answers a PUBREC that it does not know with PUBREL 0x92 [MQTT5-3.6.2-1]", async () => {
    await using client = await suite.client();

    client.send({ type: "pubrec", packetId: 77 });

    const pubrel = await client.take("pubrel");
    assert.deepEqual([pubrel.packetId, pubrel.reasonCode], [77, 0x92]);
  });
});
