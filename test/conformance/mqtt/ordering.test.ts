/** The order of messages: of one client, on one topic, with one QoS. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import { inBoth, lasting, Suite, unique } from "../../support/mqtt-suite.ts";
import { receiveMaximumOf } from "../../support/mqtt-wire-client.ts";

const COUNT = 200;
const PAYLOADS = Array.from({ length: COUNT }, (_, at) => `${at}`);

describe("messages of one client on one topic", { timeout: 180_000 }, () => {
  const suite = new Suite();

  for (const qos of [0, 1, 2] as const) {
    inBoth(
      `come in their order with QoS ${qos}`,
      "[MQTT5-4.6.0-5] [MQTT5-4.6.0-6]",
      "[MQTT311-4.6.0-5] [MQTT311-4.6.0-6]",
      async (version) => {
        const topic = unique("t");
        await using reader = await suite.client({ version });
        await using other = await suite.client({ version });
        await using writer = await suite.client({ version });
        await reader.subscribe({ filter: topic, qos });
        await other.subscribe({ filter: `${topic}/#`, qos });

        const writing = (async () => {
          for (const payload of PAYLOADS) await writer.publish(topic, payload, { qos });
        })();

        for (const client of [reader, other]) {
          const got = (await client.takeMessages(COUNT)).map(({ payload }) => payload);
          assert.deepEqual(got, PAYLOADS);
        }
        await writing;
      },
    );
  }

  inBoth(
    "come in their order when many are sent before the first is acknowledged",
    "[MQTT5-4.6.0-5]",
    "[MQTT311-4.6.0-6]",
    async (version) => {
      const topic = unique("t");
      await using reader = await suite.client({ version });
      await using writer = await suite.open(version);
      const window = receiveMaximumOf(await writer.connect({ clientId: unique("c") }));
      const payloads = PAYLOADS.slice(0, Math.min(window, COUNT));
      await reader.subscribe({ filter: topic, qos: 1 });

      writer.send(
        ...payloads.map(
          (payload, at) => ({ type: "publish", topic, payload, qos: 1, packetId: at + 1 }) as const,
        ),
      );

      const got = (await reader.takeMessages(payloads.length)).map(({ payload }) => payload);
      assert.deepEqual(got, payloads);
    },
  );

  inBoth(
    "come in their order when half of them waited for the reader",
    "[MQTT5-4.6.0-5] [MQTT5-4.5.0-1]",
    "[MQTT311-4.6.0-6] [MQTT311-4.5.0-1]",
    async (version) => {
      const topic = unique("t");
      const clientId = unique("c");
      await using reader = await suite.client({ version, clientId, ...lasting(version) });
      await using writer = await suite.client({ version });
      await reader.subscribe({ filter: topic, qos: 1 });
      await reader.leave();
      const half = COUNT / 2;
      for (const payload of PAYLOADS.slice(0, half))
        await writer.publish(topic, payload, { qos: 1 });

      await using again = await suite.client({ version, clientId, ...lasting(version) });
      const writing = (async () => {
        for (const payload of PAYLOADS.slice(half))
          await writer.publish(topic, payload, { qos: 1 });
      })();

      const got = (await again.takeMessages(COUNT)).map(({ payload }) => payload);
      assert.deepEqual(got, PAYLOADS);
      await writing;
    },
  );
});

describe("the server's PUBREL", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "comes in the order of the PUBREC packets",
    "[MQTT5-4.6.0-4]",
    "[MQTT311-4.6.0-4] [MQTT311-4.6.0-6]",
    async (version) => {
      const topic = unique("t");
      await using reader = await suite.client({ version });
      await using writer = await suite.client({ version });
      await reader.subscribe(topic);
      for (let each = 0; each < 6; each += 1) await writer.publish(topic, `${each}`, { qos: 2 });
      const ids: number[] = [];
      for (let each = 0; each < 6; each += 1) {
        ids.push((await reader.take("publish")).packetId ?? 0);
      }

      reader.send(...ids.map((packetId) => ({ type: "pubrec", packetId }) as const));

      for (const packetId of ids) assert.equal((await reader.take("pubrel")).packetId, packetId);
    },
  );
});
