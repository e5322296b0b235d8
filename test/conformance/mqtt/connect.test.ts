/** CONNECT: name and level of the protocol, flags, and the fields that the flags announce. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertRefused, inBoth, inWords, Suite, unique } from "../../support/mqtt-suite.ts";
import type { ConnectPacket } from "../../support/mqtt-wire-encode.ts";

const CODES = [0x81, 0x82];

describe("the protocol", { timeout: 180_000 }, () => {
  const suite = new Suite();

  for (const protocolName of ["MQTX", "mqtt", "MQTTT", ""]) {
    inBoth(
      `has the name MQTT, not "${protocolName}"`,
      "[MQTT5-3.1.2-1]",
      "[MQTT311-3.1.2-1]",
      async (version) => {
        await using client = await suite.open(version);

        client.send({ type: "connect", clientId: unique("c"), protocolName });

        const last = await client.lastWord();
        if (last === undefined) return;
        assert.equal(last.type, "connack");
        assert.ok("reasonCode" in last && [0x01, 0x84].includes(last.reasonCode));
      },
    );
  }

  for (const protocolLevel of [0, 2, 6, 127]) {
    it(`has a level that the server knows, not ${protocolLevel} [MQTT5-3.1.2-2] [MQTT311-3.1.2-2]`, async () => {
      // Read as MQTT 5, because the refusal may come in either form: 0x01 of MQTT 3 or 0x84.
      await using client = await suite.open(5);

      client.send({ type: "connect", clientId: unique("c"), protocolLevel });

      const last = await client.lastWord();
      assert.equal(last?.type, "connack");
      assert.ok("reasonCode" in last && [0x01, 0x84].includes(last.reasonCode));
    });
  }
});

describe("the connect flags", { timeout: 180_000 }, () => {
  const suite = new Suite();

  const refused =
    (fields: Partial<ConnectPacket>) =>
    async (version: 4 | 5): Promise<void> => {
      await using client = await suite.open(version);

      client.send({ type: "connect", clientId: unique("c"), ...fields });

      await assertRefused(client, CODES);
    };

  inBoth(
    "have the reserved one at 0",
    "[MQTT5-3.1.2-3] [MQTT5-3.1.4-1]",
    "[MQTT311-3.1.2-3] [MQTT311-3.1.4-1] [MQTT311-3.2.2-6]",
    refused({ connectFlags: 0x03 }),
  );

  inBoth(
    "have Will QoS 0 without a Will",
    "[MQTT5-3.1.2-11]",
    "[MQTT311-3.1.2-11] [MQTT311-3.1.2-13]",
    refused({ connectFlags: 0x0a }),
  );

  inBoth(
    "have Will Retain 0 without a Will",
    "[MQTT5-3.1.2-13]",
    "[MQTT311-3.1.2-11] [MQTT311-3.1.2-15]",
    refused({ connectFlags: 0x22 }),
  );

  inBoth(
    "have no Will QoS 3",
    "[MQTT5-3.1.2-12]",
    "[MQTT311-3.1.2-14]",
    refused({ connectFlags: 0x1e, will: { topic: "a" } }),
  );

  inBoth(
    "announce a Will that is there",
    "[MQTT5-3.1.2-9]",
    "[MQTT311-3.1.2-9]",
    refused({ connectFlags: 0x06 }),
  );

  inBoth(
    "announce the Will that is there",
    "[MQTT5-3.1.4-1]",
    "[MQTT311-3.1.2-11]",
    refused({ connectFlags: 0x02, will: { topic: "a", payload: "x" } }),
  );

  inBoth(
    "announce a user name that is there",
    "[MQTT5-3.1.2-17]",
    "[MQTT311-3.1.2-19]",
    refused({ connectFlags: 0x82 }),
  );

  inBoth(
    "announce the user name that is there",
    "[MQTT5-3.1.2-16]",
    "[MQTT311-3.1.2-18]",
    refused({ connectFlags: 0x02, username: "u" }),
  );

  inBoth(
    "announce a password that is there",
    "[MQTT5-3.1.2-19]",
    "[MQTT311-3.1.2-21]",
    refused({ connectFlags: 0xc2, username: "u" }),
  );

  inBoth(
    "announce the password that is there",
    "[MQTT5-3.1.2-18]",
    "[MQTT311-3.1.2-20]",
    refused({ connectFlags: 0x82, username: "u", password: "p" }),
  );

  it("announce no password without a user name, MQTT 3.1.1 [MQTT311-3.1.2-22]", () =>
    refused({ password: "p" })(4));

  it("may announce a password without a user name in MQTT 5 [MQTT5-3.1.4-5]", async () => {
    await using client = await suite.client({ password: "p" });

    await client.ping();
  });
});

describe("the fields of CONNECT", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "come in their order: the Will that was sent first goes out as it was meant",
    "[MQTT5-3.1.3-1]",
    "[MQTT311-3.1.3-1]",
    async (version) => {
      const topic = unique("will");
      await using watcher = await suite.client({ version });
      await watcher.subscribe(topic);
      await using client = await suite.client({
        version,
        will: { topic, payload: "gone", qos: 1 },
        username: "user",
        password: "secret",
      });

      await client.vanish();

      assert.equal(inWords(await watcher.takeMessage()), `${topic} "gone" QoS 1`);
    },
  );

  inBoth(
    "begin with a client identifier",
    "[MQTT5-3.1.3-3] [MQTT5-3.1.4-1]",
    "[MQTT311-3.1.3-3] [MQTT311-3.1.4-1]",
    async (version) => {
      await using client = await suite.open(version);
      const name = [0x00, 0x04, 0x4d, 0x51, 0x54, 0x54];
      const head = [...name, version, 0x02, 0x00, 0x00, ...(version === 5 ? [0x00] : [])];

      client.sendBytes(Buffer.from([0x10, head.length, ...head]));

      await assertRefused(client, CODES);
    },
  );

  inBoth(
    "do not go on after the last one",
    "[MQTT5-3.1.4-1]",
    "[MQTT311-3.1.4-1]",
    async (version) => {
      await using client = await suite.open(version);

      client.send({ type: "connect", clientId: unique("c"), connectFlags: 2, password: "more" });

      await assertRefused(client, CODES);
    },
  );

  inBoth(
    "hold no Will topic with wildcards",
    "[MQTT5-4.7.0-1] [MQTT5-3.1.4-2]",
    "[MQTT311-4.7.1-1]",
    async (version) => {
      await using client = await suite.open(version);

      client.send({ type: "connect", clientId: unique("c"), will: { topic: "a/#" } });

      const last = await client.lastWord();
      if (last === undefined) return;
      assert.equal(last.type, "connack");
      assert.ok("reasonCode" in last && last.reasonCode > 0);
    },
  );
});

describe("MQTT 3.1", { timeout: 180_000 }, () => {
  const suite = new Suite();

  it("is spoken too: MQIsdp, level 3", async () => {
    const topic = unique("t");
    await using reader = await suite.client({ version: 3 });
    await using writer = await suite.client({ version: 3, username: "u", password: "p" });
    assert.deepEqual(await reader.subscribe({ filter: topic, qos: 2 }), [2]);

    for (const qos of [0, 1, 2] as const) await writer.publish(topic, `qos ${qos}`, { qos });

    assert.deepEqual((await reader.takeMessages(3)).map(inWords), [
      `${topic} "qos 0" QoS 0`,
      `${topic} "qos 1" QoS 1`,
      `${topic} "qos 2" QoS 2`,
    ]);
  });

  it("goes only with its own name: not MQTT with level 3, not MQIsdp with level 4 [MQTT311-3.1.2-1] [MQTT311-3.1.2-2]", async () => {
    for (const [protocolName, protocolLevel] of [
      ["MQTT", 3],
      ["MQIsdp", 4],
    ] as const) {
      await using client = await suite.open(4);

      client.send({ type: "connect", clientId: unique("c"), protocolName, protocolLevel });

      const last = await client.lastWord();
      assert.ok(last === undefined || ("reasonCode" in last && last.reasonCode === 1));
    }
  });
});
