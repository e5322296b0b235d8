/**
 * What aedes 2.0.0-beta.1 does by itself and this broker must not do, one test per trap (A1 … A22).
 * They stay when the engine is replaced: they are the list that any engine is tested against.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import mqtt from "mqtt";
import { generate } from "mqtt-packet";
import { startTestBroker, text } from "../../support/mqtt-broker.ts";
import { openSocket, publishPacket, RawClient } from "../../support/mqtt-raw-client.ts";

/** Words that every plain object of JavaScript knows. */
const OBJECT_WORDS = ["__proto__", "constructor", "toString", "hasOwnProperty", "prototype"];

describe("the broker", { timeout: 180_000 }, () => {
  for (const word of OBJECT_WORDS) {
    it(`is not ended by a CONNECT whose client id is ${word} (A1)`, async () => {
      await using hub = await startTestBroker();
      await using first = await RawClient.connected(hub.port, { clientId: word });

      await using second = await RawClient.connected(hub.port, { clientId: word });

      await first.closed;
      await second.ping();
      assert.deepEqual(
        hub.broker.sessions().map(({ clientId }) => clientId),
        [word],
      );
    });

    it(`is not ended by a SUBSCRIBE or UNSUBSCRIBE of ${word} (A2)`, async () => {
      await using hub = await startTestBroker();
      await using client = await RawClient.connected(hub.port);

      client.send({ cmd: "unsubscribe", messageId: 3, unsubscriptions: [word] });
      await client.take("unsuback");
      await client.subscribe(word);
      client.publish(word, "hello");

      assert.equal((await client.take("publish")).topic, word);
    });
  }

  it("is not ended by an MQTT 5 SUBSCRIBE of two filters, one of them __proto__ (A3)", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });

    const subscriptions = ["__proto__", "a"].map((topic) => ({ topic, qos: 0 as const }));
    client.send({ cmd: "subscribe", messageId: 1, subscriptions });

    assert.deepEqual((await client.take("suback")).granted, [0, 0]);
    await using other = await RawClient.connected(hub.port, { clientId: "other" });
    await other.ping();
  });

  it("is not ended by two PUBRELs for one message in one segment (A4)", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.connected(hub.port);
    client.publish("a", "once", 2, 9);
    await client.take("pubrec");

    client.send({ cmd: "pubrel", messageId: 9 }, { cmd: "pubrel", messageId: 9 });

    await client.take("pubcomp");
    await client.take("pubcomp");
    await client.ping();
  });

  it("does not hold against a new session what an old one never released (A5)", async () => {
    await using hub = await startTestBroker();
    const first = await RawClient.connected(hub.port);
    first.publish("a", "old", 2, 9);
    await first.take("pubrec");
    first.vanish();
    await hub.disconnected.next();

    await using second = await RawClient.connected(hub.port, { clean: false });
    second.publish("a", "new", 2, 9);
    await second.take("pubrec");

    assert.deepEqual(
      hub.published.all.map(({ payload }) => text(payload)),
      ["old", "new"],
    );
  });

  it("does not publish a QoS 2 message twice when it is repeated [MQTT5-4.3.3-10]", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.connected(hub.port);

    client.publish("a", "once", 2, 9);
    await client.take("pubrec");
    client.send(publishPacket("a", "once", { qos: 2, messageId: 9, dup: true }));
    await client.take("pubrec");
    client.send({ cmd: "pubrel", messageId: 9 });
    await client.take("pubcomp");

    assert.equal(hub.published.all.length, 1);
  });

  it("neither loses nor reorders live messages of mixed QoS and retain (A6)", async () => {
    await using hub = await startTestBroker();
    await using subscriber = await RawClient.connected(hub.port, { clientId: "sub" });
    await subscriber.subscribe("#", 1);
    await using publisher = await RawClient.connected(hub.port, { clientId: "pub" });

    const packets = Array.from({ length: 300 }, (_, index) =>
      publishPacket(`t${index % 3}`, String(index), {
        qos: index % 3 === 0 ? 0 : 1,
        retain: index % 2 === 0,
        messageId: index + 1,
      }),
    );
    publisher.send(...packets);

    const got: string[] = [];
    for (let count = 0; count < 300; count += 1) {
      const { payload, messageId } = await subscriber.take("publish");
      got.push(String(payload));
      if (messageId !== undefined) subscriber.send({ cmd: "puback", messageId });
    }
    assert.deepEqual(
      got,
      Array.from({ length: 300 }, (_, index) => String(index)),
    );
  });

  it("does not acknowledge a message before it has passed (A7)", async () => {
    const order: string[] = [];
    await using hub = await startTestBroker({ published: () => order.push("published") });
    await using client = await RawClient.connected(hub.port);

    client.publish("a", "", 1);
    await client.take("puback");
    order.push("acknowledged");

    assert.deepEqual(order, ["published", "acknowledged"]);
  });

  it("does not let one subscriber that stops reading hold up the others (A8)", async () => {
    await using hub = await startTestBroker({ limits: { outgoingSoftBytes: 1e6 } });
    await using stalled = await RawClient.connected(hub.port, { clientId: "stalled" });
    await stalled.subscribe("#");
    stalled.pauseReading();
    await using reader = await RawClient.connected(hub.port, { clientId: "reader" });
    await reader.subscribe("#");
    await using publisher = await RawClient.connected(hub.port, { clientId: "pub" });

    const payload = "x".repeat(50_000);
    for (let count = 0; count < 400; count += 1) {
      publisher.publish("a", payload);
      await reader.take("publish");
    }

    assert.ok(hub.broker.counters.dropped.slow > 0);
  });

  it("does not count a connection that closed while its CONNECT was handled (A9)", async () => {
    await using hub = await startTestBroker();

    for (let count = 0; count < 50; count += 1) {
      const client = await RawClient.open(hub.port);
      client.send({ ...client.connectPacket(), clientId: `flap-${count}` });
      client.vanish();
    }
    await using last = await RawClient.connected(hub.port, { clientId: "last" });
    await last.ping();
    while (hub.disconnected.all.length < hub.connected.all.length - 1)
      await hub.disconnected.next();

    assert.deepEqual(
      hub.broker.sessions().map(({ clientId }) => clientId),
      ["last"],
    );
  });

  it("does not send a Will's delay on with the Will (A11)", async () => {
    await using hub = await startTestBroker();
    await using subscriber = await RawClient.connected(hub.port, { protocolVersion: 5 });
    await subscriber.subscribe("will");
    const leaving = await RawClient.connected(hub.port, {
      clientId: "leaving",
      protocolVersion: 5,
      will: {
        topic: "will",
        payload: Buffer.from("gone"),
        qos: 0,
        retain: false,
        properties: { willDelayInterval: 3600, contentType: "text/plain" },
      },
    });

    leaving.vanish();

    // its session expires with the connection, and no Will waits longer than that
    const { properties } = await subscriber.take("publish");
    assert.equal(properties?.contentType, "text/plain");
    assert.ok(properties !== undefined && !("willDelayInterval" in properties));
  });

  it("does not throw away the queue of a session that is resumed with Session Expiry 0 (A12)", async () => {
    await using hub = await startTestBroker();
    const first = await RawClient.connected(hub.port, {
      protocolVersion: 5,
      properties: { sessionExpiryInterval: 3600 },
    });
    await first.subscribe("a", 1);
    first.vanish();
    await hub.disconnected.next();
    await hub.broker.publish({ topic: "a", payload: Buffer.from("kept"), qos: 1, retain: false });

    await using again = await RawClient.open(hub.port, 5);
    const connack = await again.connect({ clean: false });

    assert.equal(connack.sessionPresent, true);
    assert.equal(String((await again.take("publish")).payload), "kept");
  });

  it("gives shared subscriptions their messages, in MQTT 3.1.1 as in 5 (A14)", async () => {
    await using hub = await startTestBroker();
    await using old = await RawClient.connected(hub.port, { clientId: "old" });
    await using modern = await RawClient.connected(hub.port, {
      clientId: "new",
      protocolVersion: 5,
    });
    const subscriptions = [{ topic: "$share/g/a", qos: 0 as const }];

    old.send({ cmd: "subscribe", messageId: 1, subscriptions });
    modern.send({ cmd: "subscribe", messageId: 1, subscriptions });

    await old.take("suback");
    await modern.take("suback");
    await hub.broker.publish({ topic: "a", payload: Buffer.from("1"), qos: 0, retain: false });
    await hub.broker.publish({ topic: "a", payload: Buffer.from("2"), qos: 0, retain: false });

    const got = [await old.take("publish"), await modern.take("publish")];
    assert.deepEqual(got.map(({ payload }) => String(payload)).toSorted(), ["1", "2"]);
  });

  it("does not repeat a message without DUP (A15) [MQTT5-3.3.1-1]", async () => {
    await using hub = await startTestBroker();
    const first = await RawClient.connected(hub.port, { clean: false });
    await first.subscribe("a", 1);
    await hub.broker.publish({ topic: "a", payload: Buffer.from("m"), qos: 1, retain: false });
    const sent = await first.take("publish");
    first.vanish(); // without PUBACK
    await hub.disconnected.next();

    await using again = await RawClient.connected(hub.port, { clean: false });
    const repeated = await again.take("publish");

    assert.equal(sent.dup, false);
    assert.equal(repeated.dup, true);
    assert.equal(repeated.messageId, sent.messageId);
  });

  it("does not tell its clients about each other under $SYS (A20)", async () => {
    await using hub = await startTestBroker();
    await using spy = await RawClient.connected(hub.port, { clientId: "spy" });
    await spy.subscribe("$SYS/#");

    await using other = await RawClient.connected(hub.port, { clientId: "other" });
    await other.subscribe("secret/#");
    spy.send({ cmd: "pingreq" });
    while (!spy.received.some(({ cmd }) => cmd === "pingresp")) await other.ping();

    const told = spy.received.map((packet) => JSON.stringify(packet)).join("\n");
    assert.doesNotMatch(told, /secret|other/);
  });

  it("does not buffer a packet that is larger than allowed (A21)", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });

    client.sendBytes(Buffer.from("30ffffff7f", "hex")); // the header of 256 MB

    assert.equal((await client.take("disconnect")).reasonCode, 0x95);
    await client.closed;
  });

  it("does not wait for the rest of a CONNECT that is there already, in pieces (A22)", async () => {
    await using hub = await startTestBroker();
    // MQTT.js sends every field of a packet as a WebSocket message of its own
    const url = `ws://127.0.0.1:${hub.wsPort}`;

    const client = await mqtt.connectAsync(url, { clientId: "pieces", reconnectPeriod: 0 });

    assert.equal(client.connected, true);
    await client.endAsync();
  });

  it("does not lock a client out whose session holds an illegal filter (S3)", async () => {
    await using hub = await startTestBroker();
    await using first = await RawClient.connected(hub.port, { clean: false });
    const subscriptions = ["fine", "not/#/fine"].map((topic) => ({ topic, qos: 1 as const }));
    first.send({ cmd: "subscribe", messageId: 1, subscriptions });
    assert.deepEqual((await first.take("suback")).granted, [1, 0x80]);
    first.vanish();
    await first.closed;

    await using again = await RawClient.open(hub.port);
    const connack = await again.connect({ clean: false });

    assert.equal(connack.returnCode, 0);
  });

  it("does not look at anything before CONNECT is decided, however much follows it (S1)", async () => {
    await using hub = await startTestBroker();
    const socket = await openSocket(hub.port);
    await using client = new RawClient(socket);
    const packets = Array.from({ length: 500 }, (_, index) => publishPacket("a", String(index)));
    const frames = [client.connectPacket(), ...packets].map((packet) => generate(packet));

    socket.write(Buffer.concat(frames));
    await client.take("connack");
    await client.ping();

    assert.deepEqual(
      hub.published.all.map(({ payload }) => text(payload)),
      packets.map((_, index) => String(index)),
    );
  });
});
