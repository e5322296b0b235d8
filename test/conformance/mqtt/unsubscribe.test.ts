/** UNSUBSCRIBE and UNSUBACK. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  assertEnded,
  assertNothingMore,
  collect,
  inBoth,
  inWords,
  lasting,
  Suite,
  unique,
} from "../../support/mqtt-suite.ts";

const CODES = [0x81, 0x82];

describe("UNSUBACK", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "has the identifier of its UNSUBSCRIBE, also when nothing was subscribed",
    "[MQTT5-3.10.4-4] [MQTT5-3.10.4-5] [MQTT5-2.2.1-6]",
    "[MQTT311-3.10.4-4] [MQTT311-3.10.4-5] [MQTT311-2.3.1-7]",
    async (version) => {
      await using client = await suite.client({ version });

      for (const packetId of [1, 0x1234, 65_535]) {
        client.send({ type: "unsubscribe", packetId, filters: [unique("never")] });

        assert.equal((await client.take("unsuback")).packetId, packetId);
      }
    },
  );

  it("has a listed code for each filter, in their order: 0x00, or 0x11 when there was none [MQTT5-3.11.3-1] [MQTT5-3.11.3-2] [MQTT5-3.10.4-6]", async () => {
    const base = unique("t");
    await using client = await suite.client();
    await client.subscribe(`${base}/a`, `${base}/c`);

    client.send({
      type: "unsubscribe",
      packetId: 1,
      filters: [`${base}/a`, `${base}/b`, `${base}/c`, `${base}/a`],
    });

    const { reasonCodes } = await client.take("unsuback");
    assert.deepEqual(reasonCodes, [0x00, 0x11, 0x00, 0x11]);
  });

  inBoth(
    "comes once for several filters, and all of them are gone",
    "[MQTT5-3.10.4-6] [MQTT5-3.10.4-2]",
    "[MQTT311-3.10.4-6] [MQTT311-3.10.4-2]",
    async (version) => {
      const base = unique("t");
      await using client = await suite.client({ version });
      await client.subscribe(`${base}/a`, `${base}/b`, `${base}/c`);

      client.send({ type: "unsubscribe", packetId: 1, filters: [`${base}/a`, `${base}/b`] });
      await client.take("unsuback");
      for (const each of ["a", "b", "c"]) await client.publish(`${base}/${each}`, each, { qos: 1 });

      assert.deepEqual((await collect(client, client)).map(inWords), [`${base}/c "c" QoS 1`]);
    },
  );
});

describe("an UNSUBSCRIBE", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "names at least one filter",
    "[MQTT5-3.10.3-2]",
    "[MQTT311-3.10.3-2] [MQTT311-4.8.0-1]",
    async (version) => {
      await using client = await suite.client({ version });

      client.send({ type: "unsubscribe", packetId: 1, filters: [] });

      await assertEnded(client, CODES);
    },
  );

  inBoth(
    "has a packet identifier other than 0",
    "[MQTT5-2.2.1-3]",
    "[MQTT311-2.3.1-1]",
    async (version) => {
      await using client = await suite.client({ version });

      client.send({ type: "unsubscribe", packetId: 0, filters: ["a"] });

      await assertEnded(client, CODES);
    },
  );

  inBoth(
    "deletes the filter that is the same, letter by letter, and no other",
    "[MQTT5-3.10.4-1]",
    "[MQTT311-3.10.4-1]",
    async (version) => {
      const base = unique("t");
      await using client = await suite.client({ version });
      await client.subscribe(`${base}/+`);

      client.send({
        type: "unsubscribe",
        packetId: 1,
        filters: [`${base}/a`, `${base}/#`, `${base}/+/`, `${base.toUpperCase()}/+`],
      });
      await client.take("unsuback");
      await client.publish(`${base}/a`, "still", { qos: 1 });
      assert.equal((await client.takeMessage()).payload, "still");

      client.send({ type: "unsubscribe", packetId: 2, filters: [`${base}/+`] });
      await client.take("unsuback");
      await client.publish(`${base}/a`, "no more", { qos: 1 });
      await assertNothingMore(client, client);
    },
  );

  inBoth(
    "leaves other subscriptions that match, with their own QoS",
    "[MQTT5-3.10.4-1] [MQTT5-3.3.4-2]",
    "[MQTT311-3.10.4-1] [MQTT311-3.3.5-1]",
    async (version) => {
      const base = unique("t");
      await using client = await suite.client({ version });
      await client.subscribe({ filter: `${base}/a`, qos: 2 }, { filter: `${base}/#`, qos: 0 });

      client.send({ type: "unsubscribe", packetId: 1, filters: [`${base}/a`] });
      await client.take("unsuback");
      await client.publish(`${base}/a`, "x", { qos: 2 });

      assert.deepEqual((await collect(client, client)).map(inWords), [`${base}/a "x" QoS 0`]);
    },
  );

  inBoth(
    "lets a QoS 2 delivery that had begun come to its end",
    "[MQTT5-3.10.4-3]",
    "[MQTT311-3.10.4-3]",
    async (version) => {
      const topic = unique("t");
      await using client = await suite.client({ version });
      await using writer = await suite.client({ version });
      await client.subscribe(topic);
      await writer.publish(topic, "x", { qos: 2 });
      const { packetId = 0 } = await client.take("publish");

      client.send({ type: "unsubscribe", packetId: 1, filters: [topic] });
      await client.take("unsuback");
      client.send({ type: "pubrec", packetId });

      assert.equal((await client.take("pubrel")).packetId, packetId);
    },
  );

  inBoth(
    "lets a QoS 1 delivery that had begun be repeated on the next connection",
    "[MQTT5-3.10.4-3] [MQTT5-4.4.0-1]",
    "[MQTT311-3.10.4-3] [MQTT311-4.4.0-1]",
    async (version) => {
      const topic = unique("t");
      const clientId = unique("c");
      await using client = await suite.client({ version, clientId, ...lasting(version) });
      await using writer = await suite.client({ version });
      await client.subscribe(topic);
      await writer.publish(topic, "x", { qos: 1 });
      await client.take("publish");
      client.send({ type: "unsubscribe", packetId: 1, filters: [topic] });
      await client.take("unsuback");
      await client.vanish();

      await using again = await suite.client({ version, clientId, ...lasting(version) });

      assert.equal(inWords(await again.takeMessage()), `${topic} "x" QoS 1 again`);
    },
  );

  inBoth(
    "holds for the session: the filter does not come back with the next connection",
    "[MQTT5-3.10.4-2] [MQTT5-4.1.0-1]",
    "[MQTT311-3.10.4-2] [MQTT311-4.1.0-1]",
    async (version) => {
      const topic = unique("t");
      const clientId = unique("c");
      await using client = await suite.client({ version, clientId, ...lasting(version) });
      await using writer = await suite.client({ version });
      await client.subscribe(topic);
      client.send({ type: "unsubscribe", packetId: 1, filters: [topic] });
      await client.take("unsuback");
      await client.leave();
      await writer.publish(topic, "x", { qos: 1 });

      await using again = await suite.client({ version, clientId, ...lasting(version) });

      await assertNothingMore(writer, again);
    },
  );
});
