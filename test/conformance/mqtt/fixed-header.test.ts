/** The first bytes of a packet: type, flags, length; and CONNECT before everything else. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertEnded, inBoth, Suite, unique } from "../../support/mqtt-suite.ts";
import { byte, counted, twoBytes } from "../../support/mqtt-wire-bytes.ts";
import { encode, frame } from "../../support/mqtt-wire-encode.ts";

const MALFORMED = [0x81, 0x82];

describe("a connection", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "ends when its first packet is not CONNECT",
    "[MQTT5-3.1.0-1]",
    "[MQTT311-3.1.0-1] [MQTT311-4.8.0-1]",
    async (version) => {
      await using client = await suite.open(version);

      client.send({ type: "pingreq" });

      await client.closed();
    },
  );

  inBoth(
    "ends when a second CONNECT comes",
    "[MQTT5-3.1.0-2] [MQTT5-3.2.0-2]",
    "[MQTT311-3.1.0-2]",
    async (version) => {
      await using client = await suite.client({ version });

      client.send({ type: "connect", clientId: unique("c") });

      await assertEnded(client, [0x82]);
    },
  );

  inBoth(
    "carries packets in whatever pieces they come",
    "[MQTT5-4.2.0-1]",
    "[MQTT311-7.1.1-1]",
    async (version) => {
      await using client = await suite.open(version);

      for (const each of encode(version, { type: "connect", clientId: unique("c") })) {
        client.sendBytes(byte(each));
      }
      await client.take("connack");
      client.send({ type: "pingreq" }, { type: "pingreq" });

      await client.take("pingresp");
      await client.take("pingresp");
    },
  );
});

describe("the flags of the fixed header", { timeout: 180_000 }, () => {
  const suite = new Suite();

  inBoth(
    "are 0 for CONNECT",
    "[MQTT5-2.1.3-1] [MQTT5-3.1.4-1]",
    "[MQTT311-2.2.2-1] [MQTT311-2.2.2-2] [MQTT311-3.1.4-1]",
    async (version) => {
      await using client = await suite.open(version);

      client.send({ type: "connect", clientId: unique("c"), flags: 1 });

      // Which version is spoken is not known yet: the server may close without a word.
      const last = await client.lastWord();
      assert.ok(last === undefined || ("reasonCode" in last && last.reasonCode > 0));
    },
  );

  for (const flags of [0, 3, 6, 10]) {
    inBoth(
      `are 2 for SUBSCRIBE, not ${flags}`,
      "[MQTT5-3.8.1-1] [MQTT5-2.1.3-1] [MQTT5-4.13.1-1]",
      "[MQTT311-3.8.1-1] [MQTT311-2.2.2-2]",
      async (version) => {
        await using client = await suite.client({ version });

        client.send({ type: "subscribe", packetId: 1, filters: [{ filter: "a" }], flags });

        await assertEnded(client, MALFORMED);
      },
    );
  }

  for (const flags of [0, 3]) {
    inBoth(
      `are 2 for UNSUBSCRIBE, not ${flags}`,
      "[MQTT5-3.10.1-1]",
      "[MQTT311-3.10.1-1]",
      async (version) => {
        await using client = await suite.client({ version });

        client.send({ type: "unsubscribe", packetId: 1, filters: ["a"], flags });

        await assertEnded(client, MALFORMED);
      },
    );

    inBoth(
      `are 2 for PUBREL, not ${flags}`,
      "[MQTT5-3.6.1-1]",
      "[MQTT311-3.6.1-1]",
      async (version) => {
        await using client = await suite.client({ version });
        client.send({ type: "publish", topic: unique("t"), qos: 2, packetId: 1 });
        await client.take("pubrec");

        client.send({ type: "pubrel", packetId: 1, flags });

        await assertEnded(client, MALFORMED);
      },
    );
  }

  inBoth(
    "are 0 for DISCONNECT, and one with others is no leave",
    "[MQTT5-3.14.1-1]",
    "[MQTT311-3.14.1-1]",
    async (version) => {
      const will = { topic: unique("will"), payload: "gone" };
      await using watcher = await suite.client({ version });
      await watcher.subscribe(will.topic);
      await using client = await suite.client({ version, will });

      client.send({ type: "disconnect", flags: 1 });

      await assertEnded(client, [0x81]);
      await watcher.takeMessage();
    },
  );

  for (const [name, packet] of [
    ["PINGREQ", { type: "pingreq", flags: 8 }],
    ["PUBACK", { type: "puback", packetId: 1, flags: 1 }],
  ] as const) {
    inBoth(
      `are 0 for ${name}`,
      "[MQTT5-2.1.3-1]",
      "[MQTT311-2.2.2-1] [MQTT311-2.2.2-2]",
      async (version) => {
        await using client = await suite.client({ version });

        client.send(packet);

        await assertEnded(client, MALFORMED);
      },
    );
  }

  it("are 0 for AUTH [MQTT5-3.15.1-1]", async () => {
    await using client = await suite.client();

    client.send({ type: "auth", reasonCode: 0x19, flags: 2 });

    await assertEnded(client, MALFORMED);
  });
});

describe("the type of a packet", { timeout: 180_000 }, () => {
  const suite = new Suite();

  for (const [type, name] of [
    [0, "the reserved type 0"],
    [2, "CONNACK"],
    [9, "SUBACK"],
    [11, "UNSUBACK"],
    [13, "PINGRESP"],
  ] as const) {
    inBoth(
      `is one that a client may send, not ${name}`,
      "[MQTT5-2.1.3-1] [MQTT5-4.13.1-1]",
      "[MQTT311-4.8.0-1]",
      async (version) => {
        await using client = await suite.client({ version });

        client.sendBytes(frame(type << 4, Buffer.concat([twoBytes(1), byte(0), byte(0)])));

        await assertEnded(client, MALFORMED);
      },
    );
  }

  it("is not AUTH in MQTT 3.1.1 [MQTT311-4.8.0-1]", async () => {
    await using client = await suite.client({ version: 4 });

    client.sendBytes(frame(0xf0, Buffer.alloc(0)));

    await client.closed();
  });
});

describe("the length of a packet", { timeout: 180_000 }, () => {
  const suite = new Suite();

  it("takes as few bytes as possible [MQTT5-1.5.5-1]", async () => {
    await using client = await suite.client();

    client.sendBytes(frame(0xc0, Buffer.alloc(0), 2));

    await assertEnded(client, MALFORMED);
  });

  inBoth("takes at most four bytes", "[MQTT5-4.13.1-1]", "[MQTT311-4.8.0-1]", async (version) => {
    await using client = await suite.client({ version });

    client.sendBytes(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]));

    await assertEnded(client, [0x81, 0x82, 0x95]);
  });

  inBoth(
    "holds the whole packet: a topic does not reach beyond it",
    "[MQTT5-4.13.1-1]",
    "[MQTT311-4.8.0-1]",
    async (version) => {
      await using client = await suite.client({ version });

      client.sendBytes(frame(0x30, Buffer.concat([twoBytes(40), Buffer.from("short")])));

      await assertEnded(client, MALFORMED);
    },
  );

  for (const [name, first, body] of [
    ["SUBSCRIBE", 0x82, Buffer.concat([twoBytes(1), counted("a"), byte(0), byte(0), byte(0)])],
    ["PINGREQ", 0xc0, byte(0)],
    ["PUBACK", 0x40, Buffer.concat([twoBytes(1), byte(0), byte(0), byte(7)])],
  ] as const) {
    inBoth(
      `ends with the packet: nothing follows the last field of ${name}`,
      "[MQTT5-4.13.1-1]",
      "[MQTT311-4.8.0-1]",
      async (version) => {
        await using client = await suite.client({ version });

        client.sendBytes(frame(first, body));

        await assertEnded(client, MALFORMED);
      },
    );
  }
});
