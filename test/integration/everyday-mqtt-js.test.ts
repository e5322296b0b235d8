/** What people do with MQTT.js every day, in MQTT 3.1.1 and MQTT 5. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { Inbox } from "../support/mqtt-inbox.ts";
import { unique } from "../support/mqtt-suite.ts";
import { type ServerUnderTest, startServerUnderTest } from "../support/server-under-test.ts";

interface Station extends AsyncDisposable {
  readonly client: MqttClient;
  /** Messages as they come: `topic payload`. */
  readonly got: Inbox<string>;
}

async function station(server: ServerUnderTest, options: IClientOptions): Promise<Station> {
  const { host, port } = server.tcp;
  const client = connect({
    clientId: unique("js"),
    reconnectPeriod: 0,
    ...options,
    protocol: "mqtt",
    host,
    port,
  });
  const got = new Inbox<string>();
  client.on("message", (topic, payload) => got.push(`${topic} ${payload.toString()}`));
  await new Promise<void>((resolve, reject) => {
    client.once("connect", () => resolve());
    client.once("error", reject);
  });
  return { client, got, [Symbol.asyncDispose]: () => client.endAsync(true) };
}

async function next(got: Inbox<string>, count: number): Promise<readonly string[]> {
  const messages: string[] = [];
  while (messages.length < count) messages.push(await got.next());
  return messages;
}

for (const protocolVersion of [4, 5] as const) {
  /** A session that lasts beyond the connection. */
  const lasting: IClientOptions = {
    protocolVersion,
    clean: false,
    ...(protocolVersion === 5 && { properties: { sessionExpiryInterval: 300 } }),
  };

  describe(`MQTT.js with version ${protocolVersion}`, { timeout: 180_000 }, () => {
    it("publishes and subscribes with each QoS", async () => {
      await using server = await startServerUnderTest();
      await using reader = await station(server, { protocolVersion });
      await using writer = await station(server, { protocolVersion });
      const topic = unique("t");
      const granted = await reader.client.subscribeAsync(topic, { qos: 2 });
      const qos: number[] = [];
      reader.client.on("message", (_topic, _payload, packet) => qos.push(packet.qos));

      for (const each of [0, 1, 2] as const) {
        await writer.client.publishAsync(topic, `${each}`, { qos: each });
      }

      assert.deepEqual(await next(reader.got, 3), [`${topic} 0`, `${topic} 1`, `${topic} 2`]);
      assert.deepEqual(qos, [0, 1, 2]);
      assert.equal(granted[0]?.qos, 2);
    });

    it("finds a retained message later, until an empty one removes it", async () => {
      await using server = await startServerUnderTest();
      await using writer = await station(server, { protocolVersion });
      const base = unique("t");
      await writer.client.publishAsync(`${base}/kept`, "kept", { qos: 1, retain: true });
      await using reader = await station(server, { protocolVersion });
      await reader.client.subscribeAsync(`${base}/#`, { qos: 1 });
      assert.equal(await reader.got.next(), `${base}/kept kept`);

      await writer.client.publishAsync(`${base}/kept`, "", { qos: 1, retain: true });
      await using later = await station(server, { protocolVersion });
      await later.client.subscribeAsync(`${base}/#`, { qos: 1 });
      await writer.client.publishAsync(`${base}/end`, "end", { qos: 1 });

      assert.equal(await later.got.next(), `${base}/end end`);
    });

    it("finds what came while its session waited", async () => {
      await using server = await startServerUnderTest();
      const clientId = unique("js");
      const topic = unique("t");
      await using writer = await station(server, { protocolVersion });
      const first = await station(server, { ...lasting, clientId });
      await first.client.subscribeAsync(topic, { qos: 1 });
      await first.client.endAsync();

      for (const payload of ["one", "two", "three"]) {
        await writer.client.publishAsync(topic, payload, { qos: 1 });
      }
      await using again = await station(server, { ...lasting, clientId });

      assert.deepEqual(
        await next(again.got, 3),
        ["one", "two", "three"].map((payload) => `${topic} ${payload}`),
      );
    });

    it("sees the Will of a client that is lost, not of one that took its leave", async () => {
      await using server = await startServerUnderTest();
      const topic = unique("will");
      const will = (payload: string) => ({ topic, payload: Buffer.from(payload), qos: 1 }) as const;
      await using watcher = await station(server, { protocolVersion });
      await watcher.client.subscribeAsync(topic, { qos: 1 });
      const leaving = await station(server, { protocolVersion, will: will("left") });
      const dying = await station(server, { protocolVersion, will: will("lost") });

      await leaving.client.endAsync();
      dying.client.stream.destroy();

      assert.equal(await watcher.got.next(), `${topic} lost`);
      await dying.client.endAsync(true);
    });

    it("matches wildcards", async () => {
      await using server = await startServerUnderTest();
      await using reader = await station(server, { protocolVersion });
      await using writer = await station(server, { protocolVersion });
      const base = unique("t");
      await reader.client.subscribeAsync([`${base}/+/temperature`, `${base}/line/#`], { qos: 1 });
      const matching = ["oven/temperature", "line", "line/a/b", "line/speed"];

      for (const topic of ["oven", "oven/speed", "line2/a", ...matching]) {
        await writer.client.publishAsync(`${base}/${topic}`, "x", { qos: 1 });
      }

      assert.deepEqual(
        await next(reader.got, matching.length),
        matching.map((topic) => `${base}/${topic} x`),
      );
    });
  });
}
