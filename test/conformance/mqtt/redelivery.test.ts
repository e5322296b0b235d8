/** What is sent again when a session goes on, and in which order. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { collect, inBoth, lasting, Suite, unique } from "../../support/mqtt-suite.ts";
import type { ServerPacket } from "../../support/mqtt-wire-decode.ts";
import type { WireClient } from "../../support/mqtt-wire-client.ts";
import type { Version } from "../../support/mqtt-wire-encode.ts";

/** A packet of a delivery, as a test compares it: `publish 1 again`, `pubrel 1`. */
function step(packet: ServerPacket): string {
  const id = "packetId" in packet ? packet.packetId : undefined;
  return `${packet.type} ${id}${packet.type === "publish" && packet.dup ? " again" : ""}`;
}

describe("a session that goes on", { timeout: 180_000 }, () => {
  const suite = new Suite();

  /** A subscriber whose session lasts and the one who writes to it. */
  async function pair(version: Version) {
    const topic = unique("t");
    const clientId = unique("c");
    const reader = await suite.client({ version, clientId, ...lasting(version) });
    const writer = await suite.client({ version });
    await reader.subscribe(topic);
    const back = (): Promise<WireClient> =>
      suite.client({ version, clientId, ...lasting(version) });
    return { topic, reader, writer, back };
  }

  inBoth(
    "sends unacknowledged messages again in their first order, with their identifiers and DUP",
    "[MQTT5-4.4.0-1] [MQTT5-3.3.1-1] [MQTT5-4.6.0-5]",
    "[MQTT311-4.4.0-1] [MQTT311-3.3.1-1] [MQTT311-4.6.0-6] [MQTT311-2.3.1-4]",
    async (version) => {
      const { topic, reader, writer, back } = await pair(version);
      for (let each = 0; each < 8; each += 1) {
        await writer.publish(topic, `${each}`, { qos: each % 2 === 0 ? 1 : 2 });
      }
      const first: ServerPacket[] = [];
      for (let each = 0; each < 8; each += 1) first.push(await reader.take("publish"));
      await reader.vanish();

      const again = await back();

      for (const before of first) {
        assert.equal(step(await again.takeAny()), `${step(before)} again`);
      }
    },
  );

  inBoth(
    "sends PUBREL where PUBREC had come, PUBLISH elsewhere, and nothing where all was done",
    "[MQTT5-4.3.3-5] [MQTT5-4.3.3-6] [MQTT5-4.4.0-1]",
    "[MQTT311-4.3.3-1] [MQTT311-4.4.0-1]",
    async (version) => {
      const { topic, reader, writer, back } = await pair(version);
      for (const payload of ["done", "received", "sent"]) {
        await writer.publish(topic, payload, { qos: 2 });
      }
      const ids: number[] = [];
      for (const _ of ["done", "received", "sent"]) {
        ids.push((await reader.take("publish")).packetId ?? 0);
      }
      const [done = 0, received = 0, sent] = ids;
      reader.send({ type: "pubrec", packetId: done }, { type: "pubrec", packetId: received });
      await reader.find("pubrel", done);
      reader.send({ type: "pubcomp", packetId: done });
      await reader.find("pubrel", received);
      await reader.ping();
      await reader.vanish();

      const again = await back();

      const steps = [step(await again.takeAny()), step(await again.takeAny())].toSorted();
      assert.deepEqual(steps, [`publish ${sent} again`, `pubrel ${received}`]);
      await again.ping();
    },
  );

  inBoth(
    "sends what came meanwhile after it, not as a repetition and under other identifiers",
    "[MQTT5-3.3.1-1] [MQTT5-3.3.1-3] [MQTT5-2.2.1-4] [MQTT5-4.6.0-5]",
    "[MQTT311-3.3.1-1] [MQTT311-2.3.1-4] [MQTT311-4.6.0-6]",
    async (version) => {
      const { topic, reader, writer, back } = await pair(version);
      for (const payload of ["a", "b"]) await writer.publish(topic, payload, { qos: 1 });
      await reader.take("publish");
      await reader.take("publish");
      await reader.vanish();
      for (const payload of ["c", "d"]) await writer.publish(topic, payload, { qos: 1 });

      const again = await back();

      const messages = [];
      for (let each = 0; each < 4; each += 1) messages.push(await again.take("publish"));
      assert.deepEqual(
        messages.map(({ payload, dup }) => `${payload}${dup ? " again" : ""}`),
        ["a again", "b again", "c", "d"],
      );
      assert.equal(new Set(messages.map(({ packetId }) => packetId)).size, 4);
    },
  );

  inBoth(
    "sends again after each further break, and once more when a new connection takes over",
    "[MQTT5-4.4.0-1] [MQTT5-3.1.4-3]",
    "[MQTT311-4.4.0-1] [MQTT311-3.1.4-2]",
    async (version) => {
      const { topic, reader, writer, back } = await pair(version);
      await writer.publish(topic, "x", { qos: 1 });
      const first = await reader.take("publish");

      const second = await back(); // takes over: the first one is still connected
      assert.equal(step(await second.takeAny()), `${step(first)} again`);
      await second.vanish();
      const third = await back();

      assert.equal(step(await third.takeAny()), `${step(first)} again`);
    },
  );

  inBoth(
    "ends with Clean Start: nothing is sent again",
    "[MQTT5-3.1.2-4] [MQTT5-4.4.0-1]",
    "[MQTT311-3.1.2-6]",
    async (version) => {
      const clientId = unique("c");
      const topic = unique("t");
      await using reader = await suite.client({ version, clientId, ...lasting(version) });
      await using writer = await suite.client({ version });
      await reader.subscribe(topic);
      await writer.publish(topic, "x", { qos: 1 });
      await reader.take("publish");
      await reader.vanish();

      await using again = await suite.client({ version, clientId });

      assert.deepEqual(await collect(writer, again), []);
    },
  );
});

describe("a message of QoS 0", { timeout: 180_000 }, () => {
  const suite = new Suite();

  it("is never sent again, and never says DUP [MQTT5-4.3.1-1] [MQTT5-3.3.1-2] [MQTT311-4.3.1-1] [MQTT311-3.3.1-2]", async () => {
    for (const version of [4, 5] as const) {
      const topic = unique("t");
      const clientId = unique("c");
      await using reader = await suite.client({ version, clientId, ...lasting(version) });
      await using writer = await suite.client({ version });
      await reader.subscribe(topic);
      await writer.publish(topic, "x");
      assert.equal((await reader.take("publish")).dup, false);
      await reader.vanish();

      await using again = await suite.client({ version, clientId, ...lasting(version) });

      assert.deepEqual(await collect(writer, again), []);
    }
  });
});
