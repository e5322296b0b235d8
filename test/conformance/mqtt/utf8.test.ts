/** Text on the wire: what is not UTF-8 ends the connection, what is passes unchanged. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertEnded, assertRefused, inBoth, Suite, unique } from "../../support/mqtt-suite.ts";
import type { ConnectPacket } from "../../support/mqtt-wire-encode.ts";
import type { Property } from "../../support/mqtt-wire-properties.ts";
import { valuesOf } from "../../support/mqtt-wire-properties.ts";

const SURROGATE = Buffer.from("61eda08062", "hex");
const NUL = Buffer.from("610062", "hex");
const ILL_FORMED = [
  ["a stray byte", Buffer.from("61ff62", "hex")],
  ["a longer form than needed", Buffer.from("61c0af62", "hex")],
  ["a character that ends too early", Buffer.from("61e282", "hex")],
  ["a high surrogate", SURROGATE],
  ["a low surrogate", Buffer.from("61edbfbf62", "hex")],
  ["a code point above U+10FFFF", Buffer.from("61f490808062", "hex")],
] as const;

/** Topic name and filter faults have codes of their own besides the general ones. */
const CODES = [0x81, 0x82, 0x90, 0x8f];

describe("a topic name", { timeout: 180_000 }, () => {
  const suite = new Suite();

  for (const [name, topic] of ILL_FORMED) {
    inBoth(
      `is well-formed UTF-8, not ${name}`,
      "[MQTT5-1.5.4-1] [MQTT5-3.3.2-1]",
      "[MQTT311-1.5.3-1] [MQTT311-3.3.2-1]",
      async (version) => {
        await using client = await suite.client({ version });

        client.send({ type: "publish", topic });

        await assertEnded(client, CODES);
      },
    );
  }

  inBoth(
    "holds no U+0000",
    "[MQTT5-1.5.4-2] [MQTT5-4.7.3-2]",
    "[MQTT311-1.5.3-2] [MQTT311-4.7.3-2]",
    async (version) => {
      await using client = await suite.client({ version });

      client.send({ type: "publish", topic: NUL });

      await assertEnded(client, CODES);
    },
  );

  inBoth(
    "keeps U+FEFF at every place, and every other character",
    "[MQTT5-1.5.4-3]",
    "[MQTT311-1.5.3-3]",
    async (version) => {
      await using client = await suite.client({ version });
      const start = unique("\uFEFFa");
      const topics = [`${start}/\uFEFF`, `${start}/b\uFEFFc`, `${start}/ß/温度/😀/\u{10FFFD}`];
      await client.subscribe(`${start}/#`);

      for (const topic of topics) await client.publish(topic, "x");

      const messages = await client.takeMessages(topics.length);
      assert.deepEqual(
        messages.map(({ topic }) => topic),
        topics,
      );
    },
  );
});

describe("a topic filter", { timeout: 180_000 }, () => {
  const suite = new Suite();

  for (const [name, filter] of [...ILL_FORMED, ["U+0000", NUL] as const]) {
    inBoth(
      `of SUBSCRIBE is well-formed UTF-8 without U+0000, not ${name}`,
      "[MQTT5-3.8.3-1] [MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-4.7.3-2]",
      "[MQTT311-3.8.3-1] [MQTT311-1.5.3-1] [MQTT311-1.5.3-2] [MQTT311-4.7.3-2]",
      async (version) => {
        await using client = await suite.client({ version });

        client.send({ type: "subscribe", packetId: 1, filters: [{ filter }] });

        await assertEnded(client, CODES);
      },
    );
  }

  for (const [name, filter] of [
    ["a surrogate", SURROGATE],
    ["U+0000", NUL],
  ] as const) {
    inBoth(
      `of UNSUBSCRIBE is well-formed UTF-8 without U+0000, not ${name}`,
      "[MQTT5-3.10.3-1]",
      "[MQTT311-3.10.3-1]",
      async (version) => {
        await using client = await suite.client({ version });

        client.send({ type: "unsubscribe", packetId: 1, filters: [filter] });

        await assertEnded(client, CODES);
      },
    );
  }
});

describe("the text in CONNECT", { timeout: 180_000 }, () => {
  const suite = new Suite();

  for (const [name, bad] of [
    ["a surrogate", SURROGATE],
    ["U+0000", NUL],
  ] as const) {
    const refused =
      (fields: Partial<ConnectPacket>) =>
      async (version: 4 | 5): Promise<void> => {
        await using client = await suite.open(version);

        client.send({ type: "connect", clientId: unique("c"), ...fields });

        await assertRefused(client, [0x81, 0x82, 0x84, 0x85, 0x86, 0x90]);
      };

    inBoth(
      `is well-formed without U+0000: client identifier with ${name}`,
      "[MQTT5-3.1.3-4]",
      "[MQTT311-3.1.3-4]",
      refused({ clientId: bad }),
    );
    inBoth(
      `is well-formed without U+0000: Will topic with ${name}`,
      "[MQTT5-3.1.3-11]",
      "[MQTT311-3.1.3-10]",
      refused({ will: { topic: bad } }),
    );
    inBoth(
      `is well-formed without U+0000: user name with ${name}`,
      "[MQTT5-3.1.3-12]",
      "[MQTT311-3.1.3-11]",
      refused({ username: bad }),
    );
  }

  inBoth(
    "does not include the password, which may be any bytes",
    "[MQTT5-3.1.2-19]",
    "[MQTT311-3.1.2-21]",
    async (version) => {
      await using client = await suite.client({ version, username: "u", password: SURROGATE });

      await client.ping();
    },
  );
});

describe("the text in properties", { timeout: 180_000 }, () => {
  const suite = new Suite();

  for (const [name, bad] of [
    ["a surrogate", SURROGATE],
    ["U+0000", NUL],
  ] as const) {
    const endedBy = async (property: Property): Promise<void> => {
      await using client = await suite.client();

      client.send({ type: "publish", topic: "a", properties: [property] });

      await assertEnded(client, CODES);
    };

    it(`is well-formed: Response Topic with ${name} [MQTT5-3.3.2-13] [MQTT5-1.5.4-1]`, () =>
      endedBy(["responseTopic", bad]));

    it(`is well-formed: Content Type with ${name} [MQTT5-3.3.2-19] [MQTT5-1.5.4-1]`, () =>
      endedBy(["contentType", bad]));

    it(`is well-formed: both halves of a user property, with ${name} [MQTT5-1.5.7-1]`, async () => {
      await endedBy(["userProperty", [bad, "value"]]);
      await endedBy(["userProperty", ["name", bad]]);
    });
  }

  it("keeps U+FEFF and every other character [MQTT5-1.5.4-3] [MQTT5-3.3.2-17]", async () => {
    await using client = await suite.client();
    const topic = unique("t");
    await client.subscribe(topic);

    await client.publish(topic, "x", {
      properties: [["userProperty", ["\uFEFFname", "ß \uFEFF 😀"]]],
    });

    const message = await client.takeMessage();
    assert.deepEqual(valuesOf(message, "userProperty"), [["\uFEFFname", "ß \uFEFF 😀"]]);
  });
});
