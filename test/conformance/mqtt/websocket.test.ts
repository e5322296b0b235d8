/** MQTT over WebSocket: binary frames, the subprotocol mqtt, and packets that know nothing of frames. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { describe } from "node:test";
import { createWebSocketStream, WebSocket } from "ws";
import { inBoth, inWords, Suite, unique } from "../../support/mqtt-suite.ts";
import { WireClient } from "../../support/mqtt-wire-client.ts";
import { encode, type Version } from "../../support/mqtt-wire-encode.ts";

describe("MQTT over WebSocket", { timeout: 180_000 }, () => {
  const suite = new Suite();

  async function openSocket(protocols: readonly string[] = ["mqtt"]): Promise<WebSocket> {
    const { ws } = suite.server;
    const socket = new WebSocket(`ws://${ws?.host}:${ws?.port}/mqtt`, [...protocols]);
    await once(socket, "open");
    return socket;
  }

  /** A WebSocket to send frames of any kind on, and a client that reads what comes back. */
  async function open(version: Version) {
    const socket = await openSocket();
    return { socket, client: suite.adopt(new WireClient(createWebSocketStream(socket), version)) };
  }

  /** The same test in both versions, skipped when the server has no WebSocket port. */
  function inBothOver(
    title: string,
    ids5: string,
    ids311: string,
    test: (version: 4 | 5) => Promise<void>,
  ): void {
    inBoth(title, ids5, ids311, async (version, context) => {
      if (suite.server.ws === undefined) {
        context.skip("this server has no WebSocket port");
        return;
      }
      await test(version);
    });
  }

  inBothOver(
    "is spoken under the subprotocol mqtt, among whatever else a client offers",
    "[MQTT5-6.0.0-4] [MQTT5-6.0.0-3]",
    "[MQTT311-6.0.0-4] [MQTT311-6.0.0-3]",
    async () => {
      for (const offered of [["mqtt"], ["other", "mqtt"]]) {
        const socket = await openSocket(offered);

        assert.equal(socket.protocol, "mqtt");
        socket.terminate();
      }
    },
  );

  inBothOver(
    "works as over TCP",
    "[MQTT5-6.0.0-1] [MQTT5-6.0.0-2] [MQTT5-4.2.0-1]",
    "[MQTT311-6.0.0-1] [MQTT311-6.0.0-2] [MQTT311-7.1.1-1]",
    async (version) => {
      const topic = unique("t");
      const { client } = await open(version);
      await client.connect({ clientId: unique("c") });
      await client.subscribe(topic);

      for (const qos of [0, 1, 2] as const) await client.publish(topic, `${qos}`, { qos });

      const words = [
        inWords(await client.find("publish")),
        inWords(await client.find("publish")),
        inWords(await client.find("publish")),
      ];
      assert.deepEqual(
        words,
        [0, 1, 2].map((qos) => `${topic} "${qos}" QoS ${qos}`),
      );
    },
  );

  inBothOver(
    "answers in binary frames",
    "[MQTT5-6.0.0-1]",
    "[MQTT311-6.0.0-1]",
    async (version) => {
      const socket = await openSocket();

      socket.send(encode(version, { type: "connect", clientId: unique("c") }));

      const [, isBinary] = await once(socket, "message");
      assert.equal(isBinary, true);
      socket.terminate();
    },
  );

  inBothOver(
    "ends when a text frame comes",
    "[MQTT5-6.0.0-1]",
    "[MQTT311-6.0.0-1]",
    async (version) => {
      const { socket, client } = await open(version);
      await client.connect({ clientId: unique("c") });

      socket.send("text");

      await client.lastWord();
    },
  );

  inBothOver(
    "takes packets that cross frames",
    "[MQTT5-6.0.0-2]",
    "[MQTT311-6.0.0-2]",
    async (version) => {
      const { socket, client } = await open(version);
      const bytes = Buffer.concat([
        encode(version, { type: "connect", clientId: unique("c") }),
        encode(version, { type: "pingreq" }),
      ]);

      for (const byte of bytes) socket.send(Buffer.from([byte]));

      await client.take("connack");
      await client.take("pingresp");
    },
  );

  inBothOver(
    "takes several packets in one frame",
    "[MQTT5-6.0.0-2]",
    "[MQTT311-6.0.0-2]",
    async (version) => {
      const { socket, client } = await open(version);

      socket.send(
        Buffer.concat([
          encode(version, { type: "connect", clientId: unique("c") }),
          encode(version, { type: "pingreq" }),
          encode(version, { type: "pingreq" }),
        ]),
      );

      await client.take("connack");
      await client.take("pingresp");
      await client.take("pingresp");
    },
  );

  inBothOver(
    "takes a frame that is sent in fragments",
    "[MQTT5-6.0.0-2]",
    "[MQTT311-6.0.0-2]",
    async (version) => {
      const { socket, client } = await open(version);
      const bytes = encode(version, { type: "connect", clientId: unique("c") });

      socket.send(bytes.subarray(0, 5), { fin: false });
      socket.send(bytes.subarray(5), { fin: true });

      await client.take("connack");
    },
  );
});
