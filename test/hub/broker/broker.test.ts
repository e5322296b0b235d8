import assert from "node:assert/strict";
import { duplexPair } from "node:stream";
import { describe, it } from "node:test";
import mqtt from "mqtt";
import { SYSTEM_CLOCK } from "../../../hub/src/broker/clock.ts";
import { totalOf } from "../../../hub/src/broker/counters.ts";
import { startTestBroker, text } from "../../support/mqtt-broker.ts";
import { Inbox } from "../../support/mqtt-inbox.ts";
import {
  mosquittoPub,
  mosquittoSub,
  SKIP_WITHOUT_MOSQUITTO,
} from "../../support/mqtt-mosquitto.ts";
import { publishPacket, RawClient } from "../../support/mqtt-raw-client.ts";

const PROTOCOLS = [
  [3, "3.1"],
  [4, "3.1.1"],
  [5, "5"],
] as const;

describe("messages", { timeout: 180_000 }, () => {
  for (const [protocolVersion, name] of PROTOCOLS) {
    for (const transport of ["mqtt", "ws"] as const) {
      it(`pass from MQTT ${name} over ${transport} with each QoS`, async () => {
        await using hub = await startTestBroker();
        const port = transport === "mqtt" ? hub.port : hub.wsPort;
        const client = await mqtt.connectAsync(`${transport}://127.0.0.1:${port}`, {
          clientId: "js",
          protocolVersion,
          protocolId: protocolVersion === 3 ? "MQIsdp" : "MQTT",
          reconnectPeriod: 0,
        });
        const got = new Inbox<string>();
        client.on("message", (topic, payload, { qos }) =>
          got.push(`${topic} ${text(payload)} ${qos}`),
        );
        await client.subscribeAsync("a/#", { qos: 2 });

        await client.publishAsync("a/0", "zero", { qos: 0 });
        await client.publishAsync("a/1", "one", { qos: 1 });
        await client.publishAsync("a/2", "two", { qos: 2 });

        assert.deepEqual(
          [await got.next(), await got.next(), await got.next()],
          ["a/0 zero 0", "a/1 one 1", "a/2 two 2"],
        );
        assert.equal((await hub.connected.next()).protocol, name);
        await client.endAsync();
      });
    }
  }

  for (const version of ["mqttv31", "mqttv311", "mqttv5"]) {
    it(
      `pass from mosquitto_pub to mosquitto_sub with ${version}`,
      { skip: SKIP_WITHOUT_MOSQUITTO },
      async () => {
        await using hub = await startTestBroker();
        await mosquittoPub(hub.port, "-V", version, "-t", "m/first", "-m", "kept", "-r", "-q", "1");
        await using sub = await mosquittoSub(hub.port, "-V", version, "-t", "m/#", "-q", "2", "-v");
        assert.equal(await sub.lines.next(), "m/first kept");

        await mosquittoPub(hub.port, "-V", version, "-t", "m/next", "-m", "live", "-q", "2");

        assert.equal(await sub.lines.next(), "m/next live");
      },
    );
  }

  it("pass through an attached stream like through any other connection", async () => {
    await using hub = await startTestBroker();
    const [ours, theirs] = duplexPair();
    hub.broker.attach(theirs);
    await using client = new RawClient(ours, 5);

    await client.connect({ clientId: "edge" });
    await client.subscribe("a");
    client.publish("a", "inside");

    assert.equal(String((await client.take("publish")).payload), "inside");
    assert.equal((await hub.connected.next()).address, "in-process");
  });

  it("keep their MQTT 5 properties", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });
    await client.subscribe("a");

    client.send({
      cmd: "publish",
      topic: "a",
      payload: "x",
      qos: 0,
      dup: false,
      retain: false,
      properties: { contentType: "text/plain", userProperties: { line: "7" } },
    });

    const { properties } = await client.take("publish");
    assert.equal(properties?.contentType, "text/plain");
    assert.deepEqual({ ...properties?.userProperties }, { line: "7" });
  });

  it("come once to a client whose subscriptions overlap, with the highest QoS [MQTT5-3.3.4-2]", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.connected(hub.port);
    await client.subscribe("a/#", 0);
    await client.subscribe("a/b", 1);
    await client.subscribe("+/b", 0);

    await hub.broker.publish({ topic: "a/b", payload: Buffer.from("x"), qos: 2, retain: false });
    const { qos } = await client.take("publish");
    await client.ping();

    assert.equal(qos, 1);
  });

  it("that the hub publishes when it is told of one come after that one", async () => {
    const derive = ({ topic }: { topic: string }): void => {
      if (topic !== "cause") return;
      void hub.broker.publish({
        topic: "effect",
        payload: new Uint8Array(1),
        qos: 0,
        retain: false,
      });
    };
    await using hub = await startTestBroker({ published: derive });
    await using client = await RawClient.connected(hub.port);
    await client.subscribe("#");

    client.publish("cause");

    assert.equal((await client.take("publish")).topic, "cause");
    assert.equal((await client.take("publish")).topic, "effect");
  });

  it("of some megabytes pass", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.connected(hub.port);
    await client.subscribe("birth");
    const payload = Buffer.alloc(5_000_000, "b");

    client.send(publishPacket("birth", payload));

    assert.deepEqual((await client.take("publish")).payload, payload);
  });

  it("of 200 publishers reach a subscriber in the order of each", async () => {
    await using hub = await startTestBroker();
    await using subscriber = await RawClient.connected(hub.port, { clientId: "sub" });
    await subscriber.subscribe("#");
    const publishers = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        RawClient.connected(hub.port, { clientId: `p${index}` }),
      ),
    );

    for (const [index, publisher] of publishers.entries()) {
      const packets = Array.from({ length: 100 }, (_, count) =>
        publishPacket(`p/${index}`, String(count)),
      );
      publisher.send(...packets);
    }
    const next = new Map<string, number>();
    for (let count = 0; count < 20_000; count += 1) {
      const { topic, payload } = await subscriber.take("publish");
      assert.equal(Number(payload), next.get(topic) ?? 0, topic);
      next.set(topic, Number(payload) + 1);
    }

    assert.equal(totalOf(hub.broker.counters.received), 20_000);
    for (const publisher of publishers) publisher.vanish();
  });
});

describe("retained messages", { timeout: 180_000 }, () => {
  it("come to a new subscriber once, with the QoS it was granted [MQTT5-3.8.4-8]", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.connected(hub.port);
    await hub.broker.publish({ topic: "r/a", payload: Buffer.from("x"), qos: 2, retain: true });

    const subscriptions = ["r/#", "r/a"].map((topic) => ({ topic, qos: 1 as const }));
    client.send({ cmd: "subscribe", messageId: 1, subscriptions });
    await client.take("suback");
    const { retain, qos } = await client.take("publish");
    await client.ping();

    assert.deepEqual({ retain, qos }, { retain: true, qos: 1 });
  });

  it("are gone after an empty one [MQTT5-3.3.1-6]", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.connected(hub.port);
    client.send(
      publishPacket("r", "x", { retain: true }),
      publishPacket("r", "", { retain: true }),
    );

    await client.subscribe("r");
    await client.ping();

    assert.equal(client.received.filter(({ cmd }) => cmd === "publish").length, 0);
  });

  it("do not change when the publisher's or the reader's buffer is used again", async () => {
    await using hub = await startTestBroker();
    const payload = Buffer.from("first");
    await hub.broker.publish({ topic: "r", payload, qos: 0, retain: true });
    payload.fill("x");

    await using client = await RawClient.connected(hub.port);
    client.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "r", qos: 0 }] });
    await client.take("suback");

    assert.equal(String((await client.take("publish")).payload), "first");
  });
});

describe("what the hub is told", { timeout: 180_000 }, () => {
  it("is each message once, with its publisher and the time", async () => {
    await using hub = await startTestBroker({
      clock: { ...SYSTEM_CLOCK, wall: () => 1_700_000_000_000 },
    });
    await using client = await RawClient.connected(hub.port, { clientId: "plc" });

    client.publish("a", "one", 1);
    await client.take("puback");
    await hub.broker.publish({ topic: "b", payload: Buffer.from("two"), qos: 0, retain: true });

    const { payload, ...first } = await hub.published.next();
    assert.deepEqual(first, {
      topic: "a",
      qos: 1,
      retain: false,
      clientId: "plc",
      receivedAt: 1_700_000_000_000,
    });
    assert.equal(Object.getPrototypeOf(payload), Uint8Array.prototype);
    assert.equal(text(payload), "one");
    assert.equal((await hub.published.next()).clientId, undefined);
  });

  it("is the Will of a client that vanished, before it is told to be gone", async () => {
    const order: string[] = [];
    await using hub = await startTestBroker({
      published: ({ topic, clientId }) => order.push(`${topic} of ${clientId}`),
      disconnected: ({ clientId }) => order.push(`${clientId} left`),
    });
    await using watcher = await RawClient.connected(hub.port, { clientId: "watcher" });
    await watcher.subscribe("#");
    const will = { topic: "death", payload: Buffer.from("x"), qos: 1 as const, retain: false };
    const client = await RawClient.connected(hub.port, { clientId: "node", will });

    client.vanish();
    await watcher.take("publish");
    await watcher.ping();

    assert.deepEqual(order, ["death of node", "node left"]);
  });

  it("is no Will of a client that took its leave [MQTT5-3.14.4-3]", async () => {
    await using hub = await startTestBroker();
    const will = { topic: "death", payload: Buffer.from("x"), qos: 1 as const, retain: false };
    await using client = await RawClient.connected(hub.port, { will });

    client.send({ cmd: "disconnect" });
    await hub.disconnected.next();

    assert.equal(hub.published.all.length, 0);
  });

  it("is who came, with everything but the password in the list of sessions", async () => {
    await using hub = await startTestBroker();
    const will = { topic: "w", payload: Buffer.from("bye"), qos: 1 as const, retain: true };
    await using client = await RawClient.connected(hub.port, {
      clientId: "c",
      username: "u",
      password: Buffer.from("secret"),
      keepalive: 30,
      will,
    });
    await client.subscribe("a/#", 1);

    const came = await hub.connected.next();
    const [session] = hub.broker.sessions();
    assert.equal(text(came.password ?? new Uint8Array()), "secret");
    assert.match(came.address, /^127\.0\.0\.1:\d+$/);
    assert.equal(session?.username, "u");
    assert.equal(session?.keepAliveSeconds, 30);
    assert.equal(session?.will?.topic, "w");
    const options = {
      noLocal: false,
      retainAsPublished: false,
      retainHandling: 0,
      identifier: 0,
    } as const;
    assert.deepEqual(session?.subscriptions, [{ filter: "a/#", qos: 1, options }]);
    assert.ok(session !== undefined && !("password" in session));
  });

  it("may fail there without harm to any client", async () => {
    await using hub = await startTestBroker({
      published: () => {
        throw new Error("a bug in the tree");
      },
    });
    await using client = await RawClient.connected(hub.port);
    await client.subscribe("a");

    client.publish("a", "x", 1);

    await client.take("publish");
    await client.take("puback");
    const line = await hub.log.find(({ level }) => level === "error");
    assert.equal(line.fields["topic"], "a");
  });
});

describe("the hub's own messages", { timeout: 180_000 }, () => {
  it("are refused when their topic is none, or when the server has stopped", async () => {
    await using hub = await startTestBroker();
    const message = { payload: new Uint8Array(), qos: 0, retain: false } as const;

    await assert.rejects(hub.broker.publish({ ...message, topic: "a/#" }), {
      code: "TOPIC_INVALID",
    });
    await hub.broker.stop();

    await assert.rejects(hub.broker.publish({ ...message, topic: "a" }), { code: "STOPPED" });
  });

  it("have topics of at most 65 535 bytes, whatever the letters [MQTT5-4.7.3-3] [MQTT311-4.7.3-3]", async () => {
    await using hub = await startTestBroker();
    await using reader = await RawClient.connected(hub.port);
    await reader.subscribe("#", 0);
    const message = { payload: new Uint8Array(), qos: 0, retain: false } as const;
    const longest = `${"ä".repeat(32_767)}x`;

    await assert.rejects(hub.broker.publish({ ...message, topic: `${longest}x` }), {
      code: "TOPIC_INVALID",
    });
    await hub.broker.publish({ ...message, topic: longest });

    assert.equal((await reader.take("publish")).topic, longest);
  });
});
