import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { IPublishPacket } from "mqtt-packet";
import type { Broker, Watcher } from "../../../hub/src/broker/contract.ts";
import { startTestBroker, type TestBroker } from "../../support/mqtt-broker.ts";
import { publishPacket, RawClient } from "../../support/mqtt-raw-client.ts";

const DISCONNECT = { cmd: "disconnect" } as const;
const LASTING = { clean: false, protocolVersion: 5 } as const;
const HOUR = { sessionExpiryInterval: 3600 } as const;

function say(hub: TestBroker, topic: string, payload: string, qos: 0 | 1 | 2): Promise<void> {
  return hub.broker.publish({ topic, payload: Buffer.from(payload), qos, retain: false });
}

async function takePublishes(client: RawClient, count: number): Promise<IPublishPacket[]> {
  const got: IPublishPacket[] = [];
  while (got.length < count) got.push(await client.take("publish"));
  return got;
}

function texts(packets: readonly IPublishPacket[]): string[] {
  return packets.map(({ payload }) => String(payload));
}

function publishesOf(client: RawClient): string[] {
  return client.received
    .filter((packet) => packet.cmd === "publish")
    .map(({ payload }) => String(payload));
}

/** A folder for a store, gone afterwards. */
async function storeFolder(): Promise<AsyncDisposable & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), "unshub-delivery-"));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

describe("the order of a session's messages", { timeout: 180_000 }, () => {
  it("keeps QoS 0 behind QoS 1 messages that wait on disk alone", async () => {
    const more = 10_200; // than memory holds for one session
    await using hub = await startTestBroker({
      limits: { maxInFlight: 50, outgoingSoftBytes: 16_000_000 },
    });
    await using reader = await RawClient.connected(hub.port, { clean: false });
    await reader.subscribe("a", 1);
    for (let count = 1; count <= more; count += 1) void say(hub, "a", String(count), 1);
    await say(hub, "a", "last", 0);

    const got: IPublishPacket[] = [];
    while (got.length <= more) {
      const packet = await reader.take("publish");
      got.push(packet);
      if (packet.qos > 0) reader.send({ cmd: "puback", messageId: packet.messageId ?? 0 });
    }

    assert.equal(texts(got).at(-1), "last");
    assert.deepEqual(
      texts(got).slice(0, -1).map(Number),
      Array.from({ length: more }, (_, index) => index + 1),
    );
  });

  it("is the same after a restart, QoS 1 and QoS 2 together [MQTT5-4.6.0-1] [MQTT311-4.6.0-1]", async () => {
    await using store = await storeFolder();
    const storage = { folder: store.folder, durability: "process" } as const;
    const first = await startTestBroker({ storage });
    const before = await RawClient.connected(first.port, { clean: false });
    await before.subscribe("a", 2);
    for (const [index, qos] of ([1, 2, 1, 2] as const).entries())
      await say(first, "a", String(index), qos);
    await takePublishes(before, 4);
    await first.broker.stop();

    await using second = await startTestBroker({ storage });
    await using again = await RawClient.connected(second.port, { clean: false });
    const got = await takePublishes(again, 4);

    assert.deepEqual(texts(got), ["0", "1", "2", "3"]);
    assert.deepEqual(
      got.map(({ dup }) => dup),
      [true, true, true, true],
    );
  });

  it("drops the oldest of a full queue, nothing of QoS 0 and nothing under way", async () => {
    await using hub = await startTestBroker({ limits: { maxInFlight: 1, maxQueuedMessages: 3 } });
    await using reader = await RawClient.connected(hub.port, { clean: false });
    await reader.subscribe("a", 1);
    await say(hub, "a", "under way", 1);
    await say(hub, "a", "QoS 0", 0);
    for (const text of ["1", "2", "3", "4", "5"]) await say(hub, "a", text, 1);

    const got: IPublishPacket[] = [];
    while (got.length < 5) {
      const packet = await reader.take("publish");
      got.push(packet);
      if (packet.qos > 0) reader.send({ cmd: "puback", messageId: packet.messageId ?? 0 });
    }

    assert.deepEqual(texts(got), ["under way", "QoS 0", "3", "4", "5"]);
  });
});

describe("messages that come again", { timeout: 180_000 }, () => {
  it("do not exceed a Receive Maximum that is smaller than before [MQTT5-3.3.4-9]", async () => {
    await using hub = await startTestBroker();
    const before = await RawClient.connected(hub.port, { ...LASTING, properties: HOUR });
    await before.subscribe("a", 1);
    for (const text of ["1", "2", "3"]) await say(hub, "a", text, 1);
    await takePublishes(before, 3);
    before.vanish();
    await hub.disconnected.next();

    const properties = { ...HOUR, receiveMaximum: 2 };
    await using again = await RawClient.connected(hub.port, { ...LASTING, properties });
    const first = await takePublishes(again, 2);
    await again.ping();
    again.send({ cmd: "puback", messageId: first[0]?.messageId ?? 0 });
    const [third] = await takePublishes(again, 1);

    assert.deepEqual(texts(first), ["1", "2"]);
    assert.equal(String(third?.payload), "3");
    assert.equal(third?.dup, true);
  });

  it("all come, however large they are", async () => {
    await using store = await storeFolder();
    const storage = { folder: store.folder, durability: "process" } as const;
    await using hub = await startTestBroker({ storage });
    const before = await RawClient.connected(hub.port, { clean: false });
    await before.subscribe("a", 1);
    for (const text of ["1", "2", "3"]) await say(hub, "a", text.repeat(600_000), 1);
    await takePublishes(before, 3);
    before.vanish();
    await hub.disconnected.next();

    await using again = await RawClient.connected(hub.port, { clean: false });
    const got = await takePublishes(again, 3);

    assert.deepEqual(
      texts(got).map((text) => text.slice(0, 1)),
      ["1", "2", "3"],
    );
  });
});

describe("who gets a message", { timeout: 180_000 }, () => {
  it("is a session once for its own and once for its shared subscription, away or not", async () => {
    await using hub = await startTestBroker();
    const before = await RawClient.connected(hub.port, { clean: false });
    await before.subscribe("a", 1);
    await before.subscribe("$share/group/a", 1);
    before.send(DISCONNECT);
    await hub.disconnected.next();
    await say(hub, "a", "x", 1);

    await using again = await RawClient.connected(hub.port, { clean: false });
    const got = await takePublishes(again, 2);

    assert.deepEqual(texts(got), ["x", "x"]);
  });

  it("is decided for each topic, where No Local holds for some filters only [MQTT5-3.8.3-3]", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });
    const filters = [
      { topic: "+/x", qos: 1 },
      { topic: "b/+", qos: 1, nl: true },
    ] as const;
    client.send({
      cmd: "subscribe",
      messageId: 1,
      subscriptions: [...filters, { topic: "b/x", qos: 0 }],
    });
    await client.take("suback");
    client.send({ cmd: "unsubscribe", messageId: 2, unsubscriptions: ["+/x"] });
    await client.take("unsuback");
    client.send({ cmd: "subscribe", messageId: 3, subscriptions: [{ topic: "c/x", qos: 1 }] });
    await client.take("suback");

    client.publish("c/x", "1", 1, 11);
    const first = await client.take("publish");
    await client.take("puback");
    client.publish("b/x", "2", 1, 12);
    const second = await client.take("publish");

    assert.deepEqual([first.qos, second.qos], [1, 0]);
  });

  it("is no member of a shared subscription that may not receive it", async () => {
    await using hub = await startTestBroker({ mayReceive: (clientId) => clientId !== "forbidden" });
    await using forbidden = await RawClient.connected(hub.port, { clientId: "forbidden" });
    await forbidden.subscribe("$share/group/a", 1);
    await using allowed = await RawClient.connected(hub.port, { clientId: "allowed" });
    await allowed.subscribe("$share/group/a", 1);

    for (const text of ["1", "2", "3"]) await say(hub, "a", text, 0);
    const got = await takePublishes(allowed, 3);
    await forbidden.ping();

    assert.deepEqual(texts(got), ["1", "2", "3"]);
    assert.deepEqual(publishesOf(forbidden), []);
  });
});

describe("a publisher", { timeout: 180_000 }, () => {
  it("may send as many QoS 2 messages at once as Receive Maximum says [MQTT5-3.3.4-7]", async () => {
    await using hub = await startTestBroker({ limits: { receiveMaximum: 10 } });
    await using client = await RawClient.connected(hub.port, { ...LASTING, properties: HOUR });
    const messages = Array.from({ length: 10 }, (_, index) =>
      publishPacket("a", "x", { qos: 2, messageId: index + 1 }),
    );

    client.send(...messages);
    for (let count = 1; count <= 10; count += 1)
      assert.equal((await client.take("pubrec")).messageId, count);
  });
});

describe("retained messages", { timeout: 180_000 }, () => {
  it("come once for several filters of one SUBSCRIBE, with the highest QoS [MQTT311-3.3.5-1]", async () => {
    await using hub = await startTestBroker();
    await hub.broker.publish({ topic: "a/b", payload: Buffer.from("x"), qos: 2, retain: true });
    await using client = await RawClient.connected(hub.port);

    const subscriptions = [
      { topic: "a/#", qos: 0 },
      { topic: "a/b", qos: 1 },
    ] as const;
    client.send({ cmd: "subscribe", messageId: 1, subscriptions: [...subscriptions] });
    await client.take("suback");
    const got = await client.take("publish");
    await client.ping();

    assert.equal(got.qos, 1);
    assert.equal(publishesOf(client).length, 1);
  });

  it("do not repeat what came after the subscription", async () => {
    await using hub = await startTestBroker({ limits: { maxInFlight: 1 } });
    await using client = await RawClient.connected(hub.port);
    await client.subscribe("a", 1);
    await say(hub, "a", "under way", 1);
    const { messageId = 0 } = await client.take("publish");
    await say(hub, "a", "waits", 1);
    await client.subscribe("b", 0);
    await hub.broker.publish({ topic: "b", payload: Buffer.from("new"), qos: 0, retain: true });

    client.send({ cmd: "puback", messageId });
    const next = await client.take("publish");
    client.send({ cmd: "puback", messageId: next.messageId ?? 0 });
    await client.ping().catch(() => undefined);
    await client.ping();

    assert.deepEqual(publishesOf(client), ["under way", "waits", "new"]);
  });
});

describe("a watcher", { timeout: 180_000 }, () => {
  it("may change permissions while messages of the same piece wait", async () => {
    let broker: Broker | undefined;
    const watch: Watcher = ({ payload }) => {
      if (String(payload) === "2") broker?.permissionsChanged();
      return undefined;
    };
    await using hub = await startTestBroker({ watcherOf: () => watch });
    broker = hub.broker;
    await using reader = await RawClient.connected(hub.port, { clientId: "5", protocolVersion: 5 });
    await reader.subscribe("a");
    await using publisher = await RawClient.connected(hub.port);

    publisher.send(...["1", "2", "3"].map((text) => publishPacket("a", text)));
    const got = await takePublishes(reader, 3);

    assert.deepEqual(texts(got), ["1", "2", "3"]);
  });

  it("may end the client that it watches: its Will comes after its message", async () => {
    let broker: Broker | undefined;
    const watch: Watcher = ({ payload }) => {
      if (String(payload) === "bad") broker?.kick("watched");
      return undefined;
    };
    await using hub = await startTestBroker({ watcherOf: () => watch });
    broker = hub.broker;
    await using reader = await RawClient.connected(hub.port);
    await reader.subscribe("#", 1);
    const will = { topic: "will", payload: Buffer.from("gone"), qos: 1, retain: false } as const;
    await using watched = await RawClient.connected(hub.port, { clientId: "watched", will });

    watched.send(publishPacket("a", "good"), publishPacket("a", "bad"));
    const got = await takePublishes(reader, 3);

    assert.deepEqual(texts(got), ["good", "bad", "gone"]);
  });
});

describe("a Will", { timeout: 180_000 }, () => {
  it("is kept, not published, when a server with storage stops", async () => {
    await using store = await storeFolder();
    const storage = { folder: store.folder, durability: "process" } as const;
    const first = await startTestBroker({ storage });
    const reader = await RawClient.connected(first.port, { clean: false, clientId: "reader" });
    await reader.subscribe("will", 1);
    const will = { topic: "will", payload: Buffer.from("gone"), qos: 1, retain: false } as const;
    await RawClient.connected(first.port, { clean: false, clientId: "other", will });
    await first.broker.stop();

    await using second = await startTestBroker({ storage });
    await using other = await RawClient.connected(second.port, { clean: false, clientId: "other" });
    await using again = await RawClient.connected(second.port, {
      clean: false,
      clientId: "reader",
    });
    await say(second, "will", "later", 1);
    const got = await again.take("publish");
    await other.ping();

    assert.equal(String(got.payload), "later");
    assert.deepEqual(publishesOf(reader), []);
  });

  it("that waited before a restart goes out when its session ends [MQTT5-3.1.3-9]", async () => {
    await using store = await storeFolder();
    const storage = { folder: store.folder, durability: "process" } as const;
    const first = await startTestBroker({ storage });
    const properties = { willDelayInterval: 200 };
    const will = {
      topic: "will",
      payload: Buffer.from("gone"),
      qos: 1,
      retain: false,
      properties,
    } as const;
    const dying = await RawClient.connected(first.port, { ...LASTING, properties: HOUR, will });
    dying.vanish();
    await first.disconnected.next();
    await first.broker.stop();

    await using second = await startTestBroker({ storage });
    await using reader = await RawClient.connected(second.port, { clientId: "reader" });
    await reader.subscribe("will", 1);
    await using again = await RawClient.connected(second.port, { protocolVersion: 5, clean: true });
    const got = await reader.take("publish");

    assert.equal(String(got.payload), "gone");
    await again.ping();
  });
});
