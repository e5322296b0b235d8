/** Shared subscriptions: each message to one of the group, with the QoS that one was granted. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  assertNothingMore,
  collect,
  inBoth,
  lasting,
  Suite,
  unique,
} from "../../support/mqtt-suite.ts";
import { valuesOf } from "../../support/mqtt-wire-properties.ts";

const COUNT = 30;

describe("a shared subscription", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "gives each message to one client of the group, and to everybody else as always",
    "[MQTT5-4.8.2-1] [MQTT5-4.5.0-1]",
    "[MQTT311-4.5.0-1]",
    async (version) => {
      const topic = unique("t");
      const group = [await suite.client({ version }), await suite.client({ version })];
      const otherGroup = await suite.client({ version });
      const plain = await suite.client({ version });
      await using writer = await suite.client({ version });
      for (const member of group) await member.subscribe({ filter: `$share/g/${topic}`, qos: 1 });
      await otherGroup.subscribe({ filter: `$share/other/${topic}`, qos: 1 });
      await plain.subscribe({ filter: topic, qos: 1 });
      const sent = Array.from({ length: COUNT }, (_, at) => `${at}`);

      for (const payload of sent) await writer.publish(topic, payload, { qos: 1 });

      const shared: string[] = [];
      for (const member of group) {
        shared.push(...(await collect(writer, member)).map(({ payload }) => payload));
      }
      assert.deepEqual(shared.toSorted(), sent.toSorted());
      for (const client of [otherGroup, plain]) {
        const got = (await collect(writer, client)).map(({ payload }) => payload);
        assert.deepEqual(got, sent);
      }
    },
  );

  it("gives each with the QoS of the one who gets it, and loses none [MQTT5-4.8.2-3] [MQTT5-3.8.4-8]", async () => {
    const topic = unique("t");
    const members = [await suite.client(), await suite.client(), await suite.client()];
    const writers = [await suite.client(), await suite.client(), await suite.client()];
    for (const [qos, member] of members.entries()) {
      await member.subscribe({ filter: `$share/g/${topic}`, options: qos });
    }

    for (let each = 0; each < COUNT; each += 1) {
      await writers[each % 3]?.publish(topic, `${each}`, { qos: 2 });
    }

    const payloads: string[] = [];
    for (const [qos, member] of members.entries()) {
      const messages = await collect(member, member);
      for (const message of messages) assert.equal(message.qos, qos);
      payloads.push(...messages.map(({ payload }) => payload));
    }
    assert.equal(new Set(payloads).size, COUNT);
    assert.equal(payloads.length, COUNT);
  });

  it("gives all to the one who is left when the others go [MQTT5-4.8.2-1]", async () => {
    const topic = unique("t");
    const filter = `$share/g/${topic}`;
    const stays = await suite.client();
    const leaves = await suite.client();
    const unsubscribes = await suite.client();
    const writer = await suite.client();
    for (const each of [stays, leaves, unsubscribes]) await each.subscribe({ filter, qos: 1 });
    await leaves.leave();
    unsubscribes.send({ type: "unsubscribe", packetId: 1, filters: [filter] });
    assert.deepEqual((await unsubscribes.take("unsuback")).reasonCodes, [0]);

    for (let each = 0; each < 5; each += 1) await writer.publish(topic, `${each}`, { qos: 1 });

    const got = (await collect(writer, stays)).map(({ payload }) => payload);
    assert.deepEqual(got, ["0", "1", "2", "3", "4"]);
    await assertNothingMore(writer, unsubscribes);
  });

  it("brings no retained messages, but messages after it [MQTT5-4.8.2-1]", async () => {
    const topic = unique("t");
    const client = await suite.client();
    await client.publish(topic, "kept", { qos: 1, retain: true });

    await client.subscribe({ filter: `$share/g/${topic}`, qos: 1 });
    await client.publish(topic, "live", { qos: 1 });

    assert.deepEqual(
      (await collect(client, client)).map(({ payload }) => payload),
      ["live"],
    );
  });

  it("may have wildcards and an identifier [MQTT5-3.3.4-3] [MQTT5-4.8.2-2]", async () => {
    const topic = unique("t");
    const client = await suite.client();
    client.send({
      type: "subscribe",
      packetId: 1,
      filters: [{ filter: `$share/g/${topic}/+/#`, qos: 1 }],
      properties: [["subscriptionIdentifier", 9]],
    });
    assert.deepEqual((await client.take("suback")).reasonCodes, [1]);

    await client.publish(`${topic}/a/b`, "x", { qos: 1 });

    const message = await client.takeMessage();
    assert.equal(message.topic, `${topic}/a/b`);
    assert.deepEqual(valuesOf(message, "subscriptionIdentifier"), [9]);
  });

  for (const filter of [
    "$share/",
    "$share/g",
    "$share//a",
    "$share/g/",
    "$share/g+/a",
    "$share/g#/a",
    "$share/+/a",
    "$share/g/a#",
  ]) {
    it(`is refused when it is written "${filter}" [MQTT5-4.8.2-1] [MQTT5-4.8.2-2]`, async () => {
      const client = await suite.client();

      client.send({ type: "subscribe", packetId: 1, filters: [{ filter }] });

      const answer = await client.takeAny().catch(() => undefined);
      if (answer?.type === "suback") assert.deepEqual(answer.reasonCodes, [0x8f]);
      else assert.ok(answer === undefined || answer.type === "disconnect");
    });
  }
});

describe("a shared QoS 2 message that is under way", { timeout: 180_000 }, () => {
  const suite = new Suite();

  /** The member of a group that got a message, and another one that joined while it was under way. */
  async function underWay() {
    const topic = unique("t");
    const filter = `$share/g/${topic}`;
    const holderId = unique("c");
    const holder = await suite.client({ clientId: holderId, ...lasting(5) });
    const other = await suite.client({ clientId: unique("c"), ...lasting(5) });
    const writer = await suite.client();
    await holder.subscribe({ filter, qos: 2 });
    await writer.publish(topic, "for one of you", { qos: 2 });
    const message = await holder.take("publish");
    await other.subscribe({ filter, qos: 2 });
    return { message, holder, other, holderId, writer };
  }

  it("is completed for the one who got it, when it is back [MQTT5-4.8.2-4]", async () => {
    const { message, holder, other, holderId, writer } = await underWay();
    await holder.vanish();
    await assertNothingMore(writer, other);

    const again = await suite.client({ clientId: holderId, ...lasting(5) });

    const repeated = await again.takeMessage();
    assert.deepEqual([repeated.payload, repeated.packetId], ["for one of you", message.packetId]);
  });

  it("goes to nobody else when the session ends [MQTT5-4.8.2-5]", async () => {
    const { holder, other, holderId, writer } = await underWay();
    await holder.vanish();

    await suite.client({ clientId: holderId });

    await assertNothingMore(writer, other);
  });

  it("goes to nobody else when it is refused, no more than one of QoS 1 [MQTT5-4.8.2-6]", async () => {
    const { message, holder, other, writer } = await underWay();

    holder.send({ type: "pubrec", packetId: message.packetId ?? 0, reasonCode: 0x80 });
    await holder.ping();

    await assertNothingMore(writer, other);
    await assertNothingMore(writer, holder);
  });
});
