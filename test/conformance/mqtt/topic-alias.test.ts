/** Topic aliases, both ways: what they stand for, their bounds, and that they end with the connection. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertEnded, Suite, unique } from "../../support/mqtt-suite.ts";
import type { WireClient } from "../../support/mqtt-wire-client.ts";
import { numberOf, type Property, valueOf } from "../../support/mqtt-wire-properties.ts";

const alias = (number: number): { readonly properties: readonly Property[] } => ({
  properties: [["topicAlias", number]],
});

describe("a topic alias from a client", { timeout: 180_000 }, () => {
  const suite = new Suite();

  /** A client, and how many aliases the server takes from it. */
  async function writing(): Promise<{ readonly client: WireClient; readonly maximum: number }> {
    const client = await suite.open(5);
    const connack = await client.connect({ clientId: unique("c") });
    return { client, maximum: numberOf(connack, "topicAliasMaximum", 0) };
  }

  it("stands for the topic it came with, until it comes with another [MQTT5-3.3.2-12]", async (t) => {
    const { client, maximum } = await writing();
    if (maximum === 0) {
      t.skip("this server takes no aliases");
      return;
    }
    const base = unique("t");
    await using reader = await suite.client();
    await reader.subscribe(`${base}/+`);

    await client.publish(`${base}/one`, "1", alias(1));
    await client.publish("", "2", alias(1));
    await client.publish(`${base}/two`, "3", alias(1));
    await client.publish("", "4", { ...alias(1), qos: 1 });

    const got = (await reader.takeMessages(4)).map(({ topic, payload }) => `${topic} ${payload}`);
    assert.deepEqual(got, [`${base}/one 1`, `${base}/one 2`, `${base}/two 3`, `${base}/two 4`]);
  });

  it("may be every number up to the server's maximum [MQTT5-3.3.2-12]", async (t) => {
    const { client, maximum } = await writing();
    if (maximum === 0) {
      t.skip("this server takes no aliases");
      return;
    }
    const base = unique("t");
    await using reader = await suite.client();
    await reader.subscribe(`${base}/+`);
    const numbers = [...new Set([1, Math.ceil(maximum / 2), maximum])];

    for (const each of numbers) await client.publish(`${base}/${each}`, "set", alias(each));
    for (const each of numbers) await client.publish("", "used", alias(each));

    const topics = (await reader.takeMessages(numbers.length * 2)).map(({ topic }) => topic);
    const expected = numbers.map((each) => `${base}/${each}`);
    assert.deepEqual(topics, [...expected, ...expected]);
  });

  it("is not 0 [MQTT5-3.3.2-8]", async () => {
    const { client } = await writing();

    client.send({ type: "publish", topic: "a", ...alias(0) });

    await assertEnded(client, [0x94, 0x81, 0x82]);
  });

  it("is not above the server's maximum [MQTT5-3.3.2-9] [MQTT5-3.2.2-17] [MQTT5-3.2.2-18]", async (t) => {
    const { client, maximum } = await writing();
    if (maximum === 65_535) {
      t.skip("this server takes every alias");
      return;
    }

    client.send({ type: "publish", topic: "a", ...alias(maximum + 1) });

    await assertEnded(client, [0x94]);
  });

  it("comes once in a packet [MQTT5-4.13.1-1]", async () => {
    const { client } = await writing();

    client.send({
      type: "publish",
      topic: "a",
      properties: [
        ["topicAlias", 1],
        ["topicAlias", 1],
      ],
    });

    await assertEnded(client, [0x81, 0x82, 0x94]);
  });

  it("means nothing before it came with a topic [MQTT5-4.13.1-1]", async () => {
    const { client } = await writing();

    client.send({ type: "publish", topic: "", ...alias(1) });

    await assertEnded(client, [0x82, 0x94]);
  });

  it("is forgotten with its connection, though the session goes on [MQTT5-3.3.2-7]", async () => {
    const clientId = unique("c");
    const lasting = { clientId, clean: false, properties: [["sessionExpiry", 60]] } as const;
    await using first = await suite.client(lasting);
    await first.publish(unique("t"), "x", alias(1));
    await first.leave();
    await using second = await suite.client(lasting);

    second.send({ type: "publish", topic: "", ...alias(1) });

    await assertEnded(second, [0x82, 0x94]);
  });

  it("is not passed on: a subscriber gets the topic [MQTT5-3.1.2-27] [MQTT5-3.3.2-7]", async () => {
    const { client, maximum } = await writing();
    const topic = unique("t");
    await using reader = await suite.client();
    await reader.subscribe(topic);

    await client.publish(topic, "x", maximum > 0 ? alias(1) : {});

    const message = await reader.takeMessage();
    assert.equal(message.topic, topic);
    assert.equal(valueOf(message, "topicAlias"), undefined);
  });
});

describe("a topic alias from the server", { timeout: 180_000 }, () => {
  const suite = new Suite();

  it("never comes to a client that takes none, asked or not [MQTT5-3.1.2-27] [MQTT5-3.3.2-11]", async () => {
    for (const properties of [[], [["topicAliasMaximum", 0]]] as const) {
      const topic = unique("t");
      await using client = await suite.client({ properties });
      await client.subscribe(topic);

      for (const payload of ["1", "2", "3"]) await client.publish(topic, payload);

      for (const message of await client.takeMessages(3)) {
        assert.equal(message.topic, topic);
        assert.equal(valueOf(message, "topicAlias"), undefined);
      }
    }
  });

  it("is at most the client's maximum, never 0, and leads to the right topic [MQTT5-3.1.2-26] [MQTT5-3.3.2-11] [MQTT5-3.3.2-8]", async () => {
    const base = unique("t");
    await using client = await suite.client({ properties: [["topicAliasMaximum", 3]] });
    await using writer = await suite.client();
    await client.subscribe(`${base}/+`);
    const topics = [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 5, 1].map((each) => `${base}/${each}`);

    for (const topic of topics) await writer.publish(topic, topic);

    const known = new Map<number, string>();
    for (const expected of topics) {
      const message = await client.takeMessage();
      assert.equal(resolve(message, known, 3), expected);
      assert.equal(message.payload, expected);
    }
  });

  it("is not used before it was set on this connection [MQTT5-3.3.2-7]", async () => {
    const topic = unique("t");
    const fields = {
      clientId: unique("c"),
      clean: false,
      properties: [
        ["topicAliasMaximum", 10],
        ["sessionExpiry", 60],
      ],
    } as const;
    await using writer = await suite.client();
    await using first = await suite.client(fields);
    await first.subscribe(topic);
    for (const payload of ["1", "2"]) await writer.publish(topic, payload, { qos: 1 });
    await first.takeMessages(2);
    await first.vanish();
    await writer.publish(topic, "3", { qos: 1 });

    await using second = await suite.client(fields);

    assert.equal(resolve(await second.takeMessage(), new Map(), 10), topic);
  });
});

/** The topic of a message, by its alias when it has none itself. */
function resolve(
  message: Awaited<ReturnType<WireClient["takeMessage"]>>,
  known: Map<number, string>,
  maximum: number,
): string | undefined {
  const number = numberOf(message, "topicAlias", -1);
  if (number === -1) return message.topic;
  assert.ok(number > 0 && number <= maximum, `alias ${number}`);
  if (message.topic !== "") known.set(number, message.topic);
  return known.get(number);
}
