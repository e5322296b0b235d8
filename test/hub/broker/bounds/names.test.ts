/** How long names may be, and how many a client may have. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startTestBroker, type TestBroker } from "../../../support/mqtt-broker.ts";
import { repeated } from "../../../support/mqtt-hostile.ts";
import { publishPacket, RawClient, subscribePacket } from "../../../support/mqtt-raw-client.ts";

describe("names", { timeout: 180_000 }, () => {
  it("of clients have at most 256 bytes", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.open(hub.port, 5);
    assert.equal((await client.connect({ clientId: "é".repeat(128) })).reasonCode, 0);

    await using other = await RawClient.open(hub.port, 5);
    assert.equal((await other.connect({ clientId: "é".repeat(128) + "x" })).reasonCode, 0x85);

    assert.equal(hub.broker.counters.refused, 1);
  });

  for (const [what, topic] of [
    ["1 024 bytes", "é".repeat(512)],
    ["32 levels", Array.from({ length: 32 }, () => "a").join("/")],
  ] as const) {
    it(`of topics have at most ${what}; a message beyond is refused and counted`, async () => {
      await using hub = await startTestBroker();
      await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });
      const tooMuch = what.endsWith("bytes") ? `${topic}x` : `${topic}/a`;

      client.send(publishPacket(topic, "", { qos: 1 }), publishPacket(tooMuch, "", { qos: 1 }));

      assert.equal((await client.take("puback")).reasonCode, 0);
      assert.equal((await client.take("puback")).reasonCode, 0x90);
      assert.equal(hub.broker.counters.dropped.refused, 1);
    });

    it(`of topic filters have at most ${what}`, async () => {
      await using hub = await startTestBroker();
      await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });
      const tooMuch = what.endsWith("bytes") ? `${topic}x` : `${topic}/+`;

      client.send(subscribePacket(topic, tooMuch));

      assert.deepEqual((await client.take("suback")).granted, [0, 0x8f]);
    });

    it(`of a Will's topic have at most ${what}`, async () => {
      await using hub = await startTestBroker();
      const tooMuch = what.endsWith("bytes") ? `${topic}x` : `${topic}/a`;
      const will = { payload: Buffer.of(1), qos: 0, retain: false } as const;
      await using fits = await RawClient.open(hub.port, 5);
      await using client = await RawClient.open(hub.port, 5);

      const taken = await fits.connect({ clientId: "fits", will: { ...will, topic } });
      const refused = await client.connect({ will: { ...will, topic: tooMuch } });

      assert.equal(taken.reasonCode, 0);
      assert.equal(refused.reasonCode, 0x90);
    });
  }

  it("that a client quotes to itself in a reason string are cut: 60 000 bytes of authentication method", async () => {
    await using hub = await startTestBroker({ limits: { maxConnectBytes: 70_000 } });
    await using client = await RawClient.open(hub.port, 5);

    const authenticationMethod = "\u0001".repeat(60_000);
    const connack = await client.connect({ properties: { authenticationMethod } });

    assert.equal(connack.reasonCode, 0x8c);
    assert.ok((connack.properties?.reasonString ?? "").length < 400);
  });

  it("that a client quotes to itself in a DISCONNECT are cut: a shared filter of 60 000 bytes", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });

    const topic = `$share/g/${"x".repeat(60_000)}`;
    client.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos: 0, nl: true }] });

    const { reasonCode, properties } = await client.take("disconnect");
    assert.equal(reasonCode, 0x82);
    assert.ok(String(properties?.["reasonString"]).length < 400);
  });

  it("are not told to a client that takes no packet so large [MQTT5-3.14.2-3]", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.connected(hub.port, {
      protocolVersion: 5,
      properties: { maximumPacketSize: 20 },
    });

    client.send({
      cmd: "subscribe",
      messageId: 1,
      subscriptions: [{ topic: "$share/g/a", qos: 0, nl: true }],
    });

    const { reasonCode, properties } = await client.take("disconnect");
    assert.equal(reasonCode, 0x82);
    assert.equal(properties, undefined);
  });
});

describe("subscriptions", { timeout: 180_000 }, () => {
  it("of one client are at most 500; the others stay as they are", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });

    const granted: number[] = [];
    for (let part = 0; part < 6; part += 1) {
      const filters = Array.from({ length: 90 }, (_, index) => `t/${part}/${index}`);
      client.send(subscribePacket(...filters));
      granted.push(...(await client.take("suback")).granted.map(Number));
    }

    assert.equal(granted.filter((code) => code === 0).length, 500);
    assert.equal(granted.filter((code) => code === 0x97).length, 40);
    assert.deepEqual([...hub.broker.counters.subscriptionsRefused], [[0x97, 40]]);
    assert.equal(hub.broker.counters.subscriptions, 500);
    client.send(subscribePacket("t/0/0")); // one that it has
    assert.deepEqual((await client.take("suback")).granted, [0]);
    client.send({ cmd: "unsubscribe", messageId: 2, unsubscriptions: ["t/0/0"] });
    await client.take("unsuback");
    client.send(subscribePacket("new"));
    assert.deepEqual((await client.take("suback")).granted, [0]);
  });

  it("in one packet are at most 100: more are refused, each of them", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });

    client.send(subscribePacket(...Array.from({ length: 101 }, (_, index) => `t/${index}`)));

    const { granted } = await client.take("suback");
    assert.deepEqual([...new Set(granted)], [0x97]);
    assert.equal(hub.broker.counters.subscriptions, 0);
  });

  for (const [cmd, frame] of [
    ["SUBSCRIBE", manyFilters(0x82, "00016100")],
    ["UNSUBSCRIBE", manyFilters(0xa2, "000161")],
  ] as const) {
    it(`in one packet are not even looked at when there are thousands: ${cmd}`, async () => {
      await using hub = await startTestBroker();
      await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });

      client.sendBytes(frame);

      assert.equal((await client.take("disconnect")).reasonCode, 0x97);
    });
  }

  it("of all clients together take a bounded amount of memory", async () => {
    await using hub = await startTestBroker({ limits: { maxSubscriptionBytes: 100_000 } });
    const grantedTo = async (clientId: string): Promise<number> => {
      const client = await RawClient.connected(hub.port, { clientId, protocolVersion: 5 });
      const filters = Array.from({ length: 20 }, (_, index) => `${index}/${"a/".repeat(30)}b`);
      client.send(subscribePacket(...filters)); // 8.5 KB each
      const { granted } = await client.take("suback");
      clients.use(client);
      return granted.filter((code) => code === 0).length;
    };
    await using clients = new AsyncDisposableStack();

    assert.equal(await grantedTo("a"), 11);
    assert.equal(await grantedTo("b"), 0);
    await kicked(hub, "a");

    assert.equal(await grantedTo("c"), 11);
  });
});

describe("connected clients", { timeout: 180_000 }, () => {
  it("are at most as many as may be; more get 0x89, and who is among them may come back over another connection", async () => {
    await using hub = await startTestBroker({ limits: { maxConnections: 2 } });
    const five = { protocolVersion: 5 } as const;
    await using one = await RawClient.connected(hub.port, { clientId: "1", ...five });
    await using two = await RawClient.connected(hub.port, { clientId: "2", ...five });
    await using three = await RawClient.open(hub.port, 5);
    assert.equal((await three.connect({ clientId: "3" })).reasonCode, 0x89);
    await three.closed;

    await using again = await RawClient.open(hub.port, 5);
    const { reasonCode } = await again.connect({ clientId: "1" });

    assert.equal(reasonCode, 0);
    assert.equal((await one.find("disconnect")).reasonCode, 0x8e);
    await two.ping();
    await using four = await RawClient.open(hub.port, 5);
    assert.equal((await four.connect({ clientId: "4" })).reasonCode, 0x89);
  });
});

describe("sessions", { timeout: 180_000 }, () => {
  it("are at most as many as may be kept; who has one may come back to it", async () => {
    await using hub = await startTestBroker({ limits: { maxSessions: 2 } });
    const keep = { clean: false } as const;
    await using first = await RawClient.connected(hub.port, { clientId: "1", ...keep });
    first.vanish();
    await hub.disconnected.next();
    await using second = await RawClient.connected(hub.port, { clientId: "2", ...keep });
    await second.ping();
    await using third = await RawClient.open(hub.port);
    assert.equal((await third.connect({ clientId: "3" })).returnCode, 3);

    await using again = await RawClient.open(hub.port);
    const { returnCode, sessionPresent } = await again.connect({ clientId: "1", ...keep });

    assert.deepEqual([returnCode, sessionPresent], [0, true]);
    assert.equal(hub.broker.counters.sessions, 2);
    assert.equal(hub.broker.counters.refused, 1);
  });
});

async function kicked(hub: TestBroker, clientId: string): Promise<void> {
  hub.broker.kick(clientId, { endSession: true });
  await hub.disconnected.next();
}

/** A packet with 20 000 filters. */
function manyFilters(firstByte: number, filterHex: string): Buffer {
  const filters = repeated(20_000, () => Buffer.from(filterHex, "hex"));
  const body = Buffer.concat([Buffer.from("000100", "hex"), filters]);
  const { length } = body;
  const header = [firstByte, (length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14];
  return Buffer.concat([Uint8Array.from(header), body]);
}
