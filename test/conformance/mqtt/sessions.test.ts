/** Sessions: begun, taken up again, thrown away, expired; and what waits in them. */
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
  WAITING,
} from "../../support/mqtt-suite.ts";

describe("a session", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "is new when there is none: Session Present 0",
    "[MQTT5-3.1.2-6] [MQTT5-3.2.2-3]",
    "[MQTT311-3.1.2-4] [MQTT311-3.2.2-3]",
    async (version) => {
      await using client = await suite.open(version);

      const connack = await client.connect({ clientId: unique("c"), ...lasting(version) });

      assert.deepEqual([connack.reasonCode, connack.sessionPresent], [0, false]);
    },
  );

  inBoth(
    "goes on when its client is back: Session Present 1, also without subscriptions",
    "[MQTT5-3.1.2-5] [MQTT5-3.2.2-3] [MQTT5-3.1.2-23] [MQTT5-3.1.3-2]",
    "[MQTT311-3.1.2-4] [MQTT311-3.2.2-2] [MQTT311-3.1.3-2]",
    async (version) => {
      const clientId = unique("c");
      await using client = await suite.client({ version, clientId, ...lasting(version) });
      await client.leave();

      await using again = await suite.open(version);
      const connack = await again.connect({ clientId, ...lasting(version) });

      assert.deepEqual([connack.reasonCode, connack.sessionPresent], [0, true]);
    },
  );

  inBoth(
    "keeps its subscriptions with their QoS",
    "[MQTT5-3.1.2-5] [MQTT5-3.1.2-23] [MQTT5-4.1.0-1]",
    "[MQTT311-3.1.2-4] [MQTT311-4.1.0-1]",
    async (version) => {
      const base = unique("t");
      const clientId = unique("c");
      await using client = await suite.client({ version, clientId, ...lasting(version) });
      await using writer = await suite.client({ version });
      await client.subscribe(
        { filter: `${base}/0`, qos: 0 },
        { filter: `${base}/1`, qos: 1 },
        { filter: `${base}/2`, qos: 2 },
      );
      await client.vanish();

      await using again = await suite.client({ version, clientId, ...lasting(version) });
      for (const each of [0, 1, 2]) await writer.publish(`${base}/${each}`, "x", { qos: 2 });

      const qos = (await collect(writer, again)).map((message) => message.qos);
      assert.deepEqual(qos, [0, 1, 2]);
    },
  );

  it("keeps all options of its subscriptions: No Local, Retain As Published [MQTT5-3.1.2-5] [MQTT5-3.3.1-13] [MQTT5-3.8.3-3]", async () => {
    const topic = unique("t");
    const clientId = unique("c");
    await using client = await suite.client({ clientId, ...lasting(5) });
    await using writer = await suite.client();
    await client.subscribe({ filter: topic, qos: 1, noLocal: true, retainAsPublished: true });
    await client.leave();

    await using again = await suite.client({ clientId, ...lasting(5) });
    await again.publish(topic, "own", { qos: 1 });
    await writer.publish(topic, "other's", { qos: 1, retain: true });

    assert.equal(inWords(await again.takeMessage()), `${topic} "other's" QoS 1 retained`);
    await assertNothingMore(writer, again);
  });

  inBoth(
    "is thrown away by a clean start, with all that waits in it",
    "[MQTT5-3.1.2-4] [MQTT5-3.1.4-4] [MQTT5-3.2.2-2]",
    "[MQTT311-3.1.2-6] [MQTT311-3.1.4-3] [MQTT311-3.2.2-1]",
    async (version) => {
      const topic = unique("t");
      const clientId = unique("c");
      await using client = await suite.client({ version, clientId, ...lasting(version) });
      await using writer = await suite.client({ version });
      await client.subscribe(topic);
      await client.leave();
      await writer.publish(topic, "waiting", { qos: 1 });

      await using again = await suite.open(version);
      const connack = await again.connect({ clientId });
      await writer.publish(topic, "live", { qos: 1 });

      assert.deepEqual([connack.reasonCode, connack.sessionPresent], [0, false]);
      await assertNothingMore(writer, again);
    },
  );

  inBoth(
    "that does not last ends with its connection",
    "[MQTT5-4.1.0-2]",
    "[MQTT311-3.1.2-6] [MQTT311-3.2.2-3]",
    async (version) => {
      const topic = unique("t");
      const clientId = unique("c");
      await using client = await suite.client({ version, clientId, clean: true });
      await using writer = await suite.client({ version });
      await client.subscribe(topic);
      await client.leave();
      await writer.publish(topic, "missed", { qos: 1 });

      await using again = await suite.open(version);
      const connack = await again.connect({ clientId, ...lasting(version) });

      assert.equal(connack.sessionPresent, false);
      await assertNothingMore(writer, again);
    },
  );

  it("of MQTT 5 lasts as its expiry says, whatever Clean Start was [MQTT5-3.1.2-23] [MQTT5-4.1.0-2]", async () => {
    const lastingId = unique("c");
    const endingId = unique("c");
    const properties = [["sessionExpiry", 300]] as const;
    await using one = await suite.client({ clientId: lastingId, clean: true, properties });
    await using two = await suite.client({ clientId: endingId, clean: false });
    await one.leave();
    await two.leave();

    await using oneAgain = await suite.open(5);
    await using twoAgain = await suite.open(5);

    const kept = await oneAgain.connect({ clientId: lastingId, clean: false });
    const ended = await twoAgain.connect({ clientId: endingId, clean: false });
    assert.deepEqual([kept.sessionPresent, ended.sessionPresent], [true, false]);
  });

  inBoth(
    "lasts as long as its connection, though another client comes and goes",
    "[MQTT5-4.1.0-1]",
    "[MQTT311-4.1.0-2]",
    async (version) => {
      const topic = unique("t");
      await using client = await suite.client({ version });
      await client.subscribe(topic);

      for (let each = 0; each < 5; each += 1) {
        await using other = await suite.client({ version });
        await other.publish(topic, `${each}`, { qos: 1 });
      }

      const payloads = (await client.takeMessages(5)).map(({ payload }) => payload);
      assert.deepEqual(payloads.toSorted(), ["0", "1", "2", "3", "4"]);
    },
  );
});

describe("the expiry of a session", WAITING, () => {
  const suite = new Suite();

  it("ends it, with its subscriptions and all that waits in it [MQTT5-4.1.0-2]", async () => {
    const topic = unique("t");
    const clientId = unique("c");
    const client = await suite.client({ clientId, ...lasting(5, 1) });
    const writer = await suite.client();
    await client.subscribe(topic);
    await client.vanish();
    await writer.publish(topic, "waiting", { qos: 1 });

    await suite.passSeconds(2.1);
    const again = await suite.open(5);
    const connack = await again.connect({ clientId, ...lasting(5, 1) });

    assert.equal(connack.sessionPresent, false);
    await assertNothingMore(writer, again);
  });

  it("does not count while the connection stands [MQTT5-4.1.0-1]", async () => {
    const topic = unique("t");
    const clientId = unique("c");
    const client = await suite.client({ clientId, ...lasting(5, 1) });
    const writer = await suite.client();
    await client.subscribe(topic);

    await suite.passSeconds(2.1);
    await writer.publish(topic, "still here", { qos: 1 });

    assert.equal((await client.takeMessage()).payload, "still here");
    const newer = await suite.open(5);
    assert.equal((await newer.connect({ clientId, ...lasting(5, 1) })).sessionPresent, true);
  });

  it("begins anew with each connection [MQTT5-4.1.0-1] [MQTT5-3.1.2-23]", async () => {
    const clientId = unique("c");
    const first = await suite.client({ clientId, ...lasting(5, 1) });
    await first.leave();
    const second = await suite.client({ clientId, ...lasting(5, 300) });
    await second.leave();

    await suite.passSeconds(2.1);

    const third = await suite.open(5);
    assert.equal((await third.connect({ clientId, ...lasting(5) })).sessionPresent, true);
  });
});

describe("messages for a client that is away", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "of QoS 1 and 2 wait for it, after CONNACK, in their order and with their QoS",
    "[MQTT5-4.5.0-1] [MQTT5-3.2.0-1] [MQTT5-4.6.0-5]",
    "[MQTT311-3.1.2-5] [MQTT311-4.5.0-1] [MQTT311-3.2.0-1] [MQTT311-4.6.0-6]",
    async (version) => {
      const topic = unique("t");
      const clientId = unique("c");
      await using client = await suite.client({ version, clientId, ...lasting(version) });
      await using writer = await suite.client({ version });
      await client.subscribe(topic);
      await client.leave();
      for (let each = 0; each < 20; each += 1) {
        await writer.publish(topic, `${each}`, { qos: each % 2 === 0 ? 1 : 2 });
      }

      await using again = await suite.open(version);
      const connack = await again.connect({ clientId, ...lasting(version) });

      assert.equal(connack.sessionPresent, true);
      const messages = await again.takeMessages(20);
      assert.deepEqual(
        messages.map(({ payload, qos, dup }) => [payload, qos, dup]),
        Array.from({ length: 20 }, (_, each) => [`${each}`, each % 2 === 0 ? 1 : 2, false]),
      );
    },
  );

  inBoth(
    "come with the lower QoS of message and subscription; of QoS 0 they may be lost",
    "[MQTT5-3.8.4-8] [MQTT5-4.5.0-1]",
    "[MQTT311-3.8.4-6] [MQTT311-3.1.2-5]",
    async (version) => {
      const topic = unique("t");
      const clientId = unique("c");
      await using client = await suite.client({ version, clientId, ...lasting(version) });
      await using writer = await suite.client({ version });
      await client.subscribe({ filter: topic, qos: 1 });
      await client.leave();
      for (const qos of [0, 1, 2] as const) await writer.publish(topic, `${qos}`, { qos });

      await using again = await suite.client({ version, clientId, ...lasting(version) });

      const words = (await collect(writer, again)).filter(({ qos }) => qos > 0).map(inWords);
      assert.deepEqual(words, [`${topic} "1" QoS 1`, `${topic} "2" QoS 1`]);
    },
  );

  inBoth(
    "come once: what was acknowledged is gone",
    "[MQTT5-4.3.2-3] [MQTT5-4.4.0-1]",
    "[MQTT311-4.3.2-1]",
    async (version) => {
      const topic = unique("t");
      const clientId = unique("c");
      await using client = await suite.client({ version, clientId, ...lasting(version) });
      await using writer = await suite.client({ version });
      await client.subscribe(topic);
      await client.leave();
      for (const qos of [1, 2] as const) await writer.publish(topic, "once", { qos });
      await using again = await suite.client({ version, clientId, ...lasting(version) });
      await again.takeMessages(2);
      await again.ping();
      await again.leave();

      await using third = await suite.client({ version, clientId, ...lasting(version) });

      await assertNothingMore(writer, third);
    },
  );
});
