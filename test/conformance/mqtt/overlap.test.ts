/** Several subscriptions of one client that match one message; and subscription identifiers. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { collect, inBoth, lasting, Suite, unique } from "../../support/mqtt-suite.ts";
import type { ReceivedPublish } from "../../support/mqtt-wire-decode.ts";
import type { WireClient } from "../../support/mqtt-wire-client.ts";
import type { FilterRequest } from "../../support/mqtt-wire-encode.ts";
import { valuesOf } from "../../support/mqtt-wire-properties.ts";

async function subscribeAs(
  client: WireClient,
  identifier: number | undefined,
  ...filters: readonly FilterRequest[]
): Promise<void> {
  const packetId = client.newId();
  client.send({
    type: "subscribe",
    packetId,
    filters,
    properties: identifier === undefined ? [] : [["subscriptionIdentifier", identifier]],
  });
  await client.find("suback", packetId);
}

/** All identifiers that came with one or several copies of a message, in rising order. */
function identifiers(copies: readonly ReceivedPublish[]): readonly number[] {
  const all = copies.flatMap((copy) => valuesOf(copy, "subscriptionIdentifier"));
  return all.map(Number).toSorted((a, b) => a - b);
}

describe("subscriptions that overlap", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "bring a message with the highest QoS among them",
    "[MQTT5-3.3.4-2]",
    "[MQTT311-3.3.5-1]",
    async (version) => {
      const base = unique("t");
      await using client = await suite.client({ version });
      await client.subscribe(
        { filter: `${base}/#`, qos: 0 },
        { filter: `${base}/a`, qos: 2 },
        { filter: `${base}/+`, qos: 1 },
      );

      await client.publish(`${base}/a`, "two", { qos: 2 });
      await client.publish(`${base}/a`, "one", { qos: 1 });
      await client.publish(`${base}/b`, "only one", { qos: 2 });

      // A server may send further copies with lower QoS; the highest is what counts.
      const copies = await collect(client, client);
      const highest = (wanted: string): number =>
        Math.max(...copies.filter(({ payload }) => payload === wanted).map(({ qos }) => qos));
      assert.deepEqual(["two", "one", "only one"].map(highest), [2, 1, 1]);
    },
  );

  it("bring the identifiers of all that match, and of no other [MQTT5-3.3.4-3] [MQTT5-3.3.4-4]", async () => {
    const base = unique("t");
    await using client = await suite.client();
    await subscribeAs(client, 1, { filter: `${base}/#`, qos: 0 });
    await subscribeAs(client, 2, { filter: `${base}/a`, qos: 1 });
    await subscribeAs(client, undefined, { filter: `${base}/+`, qos: 2 });
    await subscribeAs(client, 268_435_455, { filter: `${base}/+/#`, qos: 1 });
    await subscribeAs(client, 5, { filter: `${base}/b`, qos: 1 });

    await client.publish(`${base}/a`, "x", { qos: 1 });

    assert.deepEqual(identifiers(await collect(client, client)), [1, 2, 268_435_455]);
  });

  it("may have the same identifier [MQTT5-3.3.4-3] [MQTT5-3.3.4-4]", async () => {
    const base = unique("t");
    await using client = await suite.client();
    await subscribeAs(client, 7, { filter: `${base}/#` }, { filter: `${base}/a` });

    await client.publish(`${base}/a`, "x", { qos: 1 });

    const all = identifiers(await collect(client, client));
    assert.ok(all.length >= 1 && all.every((each) => each === 7));
  });

  it("of two clients each bring their own identifiers [MQTT5-3.3.4-3]", async () => {
    const topic = unique("t");
    await using one = await suite.client();
    await using two = await suite.client();
    await subscribeAs(one, 1, { filter: topic });
    await subscribeAs(two, 2, { filter: topic });

    await one.publish(topic, "x", { qos: 1 });

    assert.deepEqual(identifiers([await one.takeMessage()]), [1]);
    assert.deepEqual(identifiers([await two.takeMessage()]), [2]);
  });
});

describe("a subscription identifier", { timeout: 180_000 }, () => {
  const suite = new Suite();

  it("comes with every message of its filters, retained ones too [MQTT5-3.3.4-3]", async () => {
    const base = unique("t");
    await using client = await suite.client();
    await client.publish(`${base}/a`, "kept", { qos: 1, retain: true });

    await subscribeAs(client, 127, { filter: `${base}/a`, qos: 1 }, { filter: `${base}/b` });
    await client.publish(`${base}/b`, "live", { qos: 1 });

    const messages = await collect(client, client);
    assert.deepEqual(
      messages.map((message) => [message.payload, ...identifiers([message])]),
      [
        ["kept", 127],
        ["live", 127],
      ],
    );
  });

  it("is replaced with its subscription, or goes [MQTT5-3.8.4-3]", async () => {
    const topic = unique("t");
    await using client = await suite.client();
    await subscribeAs(client, 1, { filter: topic });

    await subscribeAs(client, 2, { filter: topic });
    await client.publish(topic, "x");
    const second = await client.takeMessage();
    await subscribeAs(client, undefined, { filter: topic });
    await client.publish(topic, "y");
    const third = await client.takeMessage();

    assert.deepEqual(identifiers([second]), [2]);
    assert.deepEqual(identifiers([third]), []);
  });

  it("stays with a session that lasts [MQTT5-3.3.4-3] [MQTT5-3.1.2-5]", async () => {
    const topic = unique("t");
    const clientId = unique("c");
    await using client = await suite.client({ clientId, ...lasting(5) });
    await using writer = await suite.client();
    await subscribeAs(client, 200, { filter: topic, qos: 1 });
    await client.leave();
    await writer.publish(topic, "waiting", { qos: 1 });

    await using again = await suite.client({ clientId, ...lasting(5) });
    const waiting = await again.takeMessage();
    await writer.publish(topic, "live", { qos: 1 });
    const live = await again.takeMessage();

    assert.deepEqual(identifiers([waiting]), [200]);
    assert.deepEqual(identifiers([live]), [200]);
  });
});
