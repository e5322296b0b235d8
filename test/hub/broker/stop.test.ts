import assert from "node:assert/strict";
import { duplexPair } from "node:stream";
import { describe, it } from "node:test";
import { WebSocket } from "ws";
import { AwakeTime } from "../../support/awake-time.ts";
import { startTestBroker } from "../../support/mqtt-broker.ts";
import { openSocket, publishPacket, RawClient } from "../../support/mqtt-raw-client.ts";

describe("stopping", { timeout: 180_000 }, () => {
  it("tells MQTT 5 clients that the server shuts down, and closes all [MQTT5-3.14.4-1]", async () => {
    await using hub = await startTestBroker();
    await using modern = await RawClient.connected(hub.port, { clientId: "a", protocolVersion: 5 });
    await using old = await RawClient.connected(hub.port, { clientId: "b" });

    await hub.broker.stop();

    assert.equal((await modern.take("disconnect")).reasonCode, 0x8b);
    await modern.closed;
    await old.closed;
    await assert.rejects(openSocket(hub.port), { code: "ECONNREFUSED" });
  });

  it("publishes the Wills of those who were connected, delayed ones too, before it is done", async () => {
    await using hub = await startTestBroker();
    const will = {
      topic: "death",
      payload: Buffer.from("x"),
      qos: 1 as const,
      retain: false,
      properties: { willDelayInterval: 3600 },
    };
    await RawClient.connected(hub.port, {
      protocolVersion: 5,
      properties: { sessionExpiryInterval: 7200 },
      will,
    });

    await hub.broker.stop();

    assert.deepEqual(
      hub.published.all.map(({ topic, clientId }) => [topic, clientId]),
      [["death", "raw"]],
    );
    assert.equal(hub.disconnected.all.length, 1);
  });

  it("takes less than two seconds though clients neither read nor leave", async () => {
    await using hub = await startTestBroker();
    await using stalled = await RawClient.connected(hub.port, { protocolVersion: 5 });
    await stalled.subscribe("#");
    stalled.pauseReading();
    await using publisher = await RawClient.connected(hub.port, { clientId: "pub" });
    for (let count = 0; count < 10; count += 1) {
      publisher.send(publishPacket("a", Buffer.alloc(1_000_000)));
    }
    await publisher.ping();
    await using silent = await RawClient.open(hub.port);
    silent.pauseReading();
    await using silentToo = await RawClient.open(hub.wsPort);
    silentToo.pauseReading();
    const [ours, theirs] = duplexPair();
    ours.pause();
    hub.broker.attach(theirs);
    const socket = new WebSocket(`ws://127.0.0.1:${hub.wsPort}`, ["mqtt"]);
    await new Promise((resolve) => socket.once("open", resolve));
    socket.pause();
    using took = new AwakeTime();

    await hub.broker.stop();

    assert.ok(took.ms < 2000, `${took.ms} ms`);
    socket.terminate();
  });

  it("twice does no harm", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.connected(hub.port);

    await Promise.all([hub.broker.stop(), hub.broker.stop()]);
    await hub.broker.stop();

    await client.closed;
  });

  it("ends streams that are attached afterwards", async () => {
    await using hub = await startTestBroker();
    await hub.broker.stop();
    const [ours, theirs] = duplexPair();

    hub.broker.attach(theirs);

    await new RawClient(ours).closed;
  });
});
