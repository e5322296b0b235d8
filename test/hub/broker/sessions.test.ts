import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startTestBroker } from "../../support/mqtt-broker.ts";
import { RawClient } from "../../support/mqtt-raw-client.ts";

const WILL = { topic: "death", payload: Buffer.from("x"), qos: 1, retain: false } as const;

describe("a stored session", { timeout: 180_000 }, () => {
  it("gets what was published while its client was away, in order", async () => {
    await using hub = await startTestBroker();
    const first = await RawClient.connected(hub.port, { clean: false });
    await first.subscribe("a/#", 1);
    first.send({ cmd: "disconnect" });
    await hub.disconnected.next();
    for (const count of [1, 2, 3]) {
      const payload = Buffer.from(String(count));
      await hub.broker.publish({ topic: "a/b", payload, qos: 2, retain: true });
    }

    await using again = await RawClient.open(hub.port);
    const connack = await again.connect({ clean: false });
    const got = [
      await again.take("publish"),
      await again.take("publish"),
      await again.take("publish"),
    ];

    assert.equal(connack.sessionPresent, true);
    assert.deepEqual(
      got.map(({ payload, qos, retain }) => [String(payload), qos, retain]),
      [
        ["1", 1, false],
        ["2", 1, false],
        ["3", 1, false],
      ],
    );
  });

  it("gets nothing again that was acknowledged", async () => {
    await using hub = await startTestBroker();
    const first = await RawClient.connected(hub.port, { clean: false });
    await first.subscribe("a", 1);
    await hub.broker.publish({ topic: "a", payload: Buffer.from("x"), qos: 1, retain: false });
    const { messageId = 0 } = await first.take("publish");
    first.send({ cmd: "puback", messageId });
    await first.ping();
    first.vanish();
    await hub.disconnected.next();

    await using again = await RawClient.connected(hub.port, { clean: false });
    await again.ping();

    assert.equal(again.received.filter(({ cmd }) => cmd === "publish").length, 0);
  });

  it("is gone when its client starts clean [MQTT5-3.1.2-4]", async () => {
    await using hub = await startTestBroker();
    const first = await RawClient.connected(hub.port, { clean: false });
    await first.subscribe("a", 1);
    first.vanish();
    await hub.disconnected.next();
    await hub.broker.publish({ topic: "a", payload: Buffer.from("x"), qos: 1, retain: false });

    const clean = await RawClient.connected(hub.port, { clean: true });
    await clean.ping();
    clean.vanish();
    await hub.disconnected.next();
    await using again = await RawClient.open(hub.port);
    const connack = await again.connect({ clean: false });

    assert.equal(connack.sessionPresent, false);
    assert.equal(clean.received.filter(({ cmd }) => cmd === "publish").length, 0);
  });

  it("completes QoS 2 towards its client: once, over PUBREC and PUBREL", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.connected(hub.port, { clean: false });
    await client.subscribe("a", 2);

    await hub.broker.publish({ topic: "a", payload: Buffer.from("x"), qos: 2, retain: false });
    const { messageId = 0, qos } = await client.take("publish");
    client.send({ cmd: "pubrec", messageId });
    await client.take("pubrel");
    client.send({ cmd: "pubcomp", messageId });
    await client.ping();

    assert.equal(qos, 2);
  });
});

describe("a client id that is used again", { timeout: 180_000 }, () => {
  it("ends the connection that had it, with its Will before anything of the new one", async () => {
    const order: string[] = [];
    await using hub = await startTestBroker({
      published: ({ topic }) => order.push(topic),
      connected: () => order.push("connected"),
      disconnected: () => order.push("disconnected"),
    });
    await using old = await RawClient.connected(hub.port, { protocolVersion: 5, will: WILL });

    await using successor = await RawClient.connected(hub.port);
    successor.publish("birth", "", 1);
    await successor.take("puback");

    assert.equal((await old.take("disconnect")).reasonCode, 0x8e);
    assert.deepEqual(order, ["connected", "death", "disconnected", "connected", "birth"]);
  });

  it("is held by one connection in the end, however many want it at once", async () => {
    await using hub = await startTestBroker();
    const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.open(hub.port)));

    for (const client of clients) client.send(client.connectPacket());
    const left = new Set(clients);
    const { promise: others, resolve } = Promise.withResolvers<void>();
    const leave = async (client: RawClient): Promise<void> => {
      await client.closed;
      left.delete(client);
      if (left.size === 1) resolve();
    };
    for (const client of clients) void leave(client);
    await others;
    const [last] = left; // whichever the broker heard last

    await last?.take("connack");
    await last?.ping();
    assert.equal(hub.broker.sessions().length, 1);
    assert.equal(hub.connected.all.length, hub.disconnected.all.length + 1);
    last?.vanish();
  });

  it("keeps the session's subscriptions and messages", async () => {
    await using hub = await startTestBroker();
    await using old = await RawClient.connected(hub.port, { clean: false });
    await old.subscribe("a", 1);

    await using successor = await RawClient.open(hub.port);
    const { sessionPresent } = await successor.connect({ clean: false });
    await hub.broker.publish({ topic: "a", payload: Buffer.from("x"), qos: 1, retain: false });

    assert.equal(sessionPresent, true);
    assert.equal((await successor.take("publish")).topic, "a");
  });
});

describe("a client that falls silent", { timeout: 180_000 }, () => {
  it("is ended after one and a half times its keep-alive [MQTT5-3.1.2-24]", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.connected(hub.port, { keepalive: 1, will: WILL });

    await client.closed;

    assert.equal((await hub.published.next()).topic, "death");
  });
});
