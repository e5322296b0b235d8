import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { returnCodeFor } from "../../../hub/src/broker/connack.ts";
import type { Broker, Verdict } from "../../../hub/src/broker/contract.ts";
import { BrokerLives } from "../../support/broker-lives.ts";
import { tempDir } from "../../support/hub.ts";
import { startTestBroker, text } from "../../support/mqtt-broker.ts";
import { publishPacket, RawClient } from "../../support/mqtt-raw-client.ts";

const REFUSED: Verdict = { allow: false, reasonCode: 0x99, because: "no NBIRTH before this NDATA" };

describe("a client that may not connect", { timeout: 180_000 }, () => {
  it("is told the reason in MQTT 5 [MQTT5-3.2.2-7]", async () => {
    await using hub = await startTestBroker({
      mayConnect: () => ({ allow: false, reasonCode: 0x87, because: "unknown user" }),
    });
    await using client = await RawClient.open(hub.port, 5);

    const connack = await client.connect();

    assert.equal(connack.reasonCode, 0x87);
    assert.equal(connack.properties?.reasonString, "unknown user");
    await client.closed;
    assert.equal(hub.connected.all.length, 0);
  });

  it("is told the nearest return code in MQTT 3.1.1 [MQTT311-3.2.2-4]", async () => {
    await using hub = await startTestBroker({
      mayConnect: () => ({ allow: false, reasonCode: 0x86, because: "wrong password" }),
    });
    await using client = await RawClient.open(hub.port);

    assert.equal((await client.connect()).returnCode, 4);
    await client.closed;
    assert.deepEqual([0x84, 0x85, 0x88, 0x87, 0x99].map(returnCodeFor), [1, 2, 3, 5, 5]);
  });

  it("does not disturb the one who holds its client id", async () => {
    await using hub = await startTestBroker({
      mayConnect: ({ username }) =>
        username === "owner" ? { allow: true } : { allow: false, reasonCode: 0x87, because: "no" },
    });
    await using owner = await RawClient.connected(hub.port, { clientId: "plc", username: "owner" });

    await using thief = await RawClient.open(hub.port);
    await thief.connect({ clientId: "plc" });

    await thief.closed;
    await owner.ping();
  });

  it("is not let in when it is sent off while its CONNACK waits for the store", async (t) => {
    let broker: Broker | undefined;
    await using hub = await startTestBroker({
      storage: { folder: tempDir(t), durability: "process" },
      mayConnect: ({ clientId }) => {
        queueMicrotask(() => broker?.kick(clientId));
        return { allow: true };
      },
    });
    broker = hub.broker;
    await using client = await RawClient.open(hub.port);

    client.send({ ...client.connectPacket(), clientId: "late", clean: false });

    await client.closed;
    assert.deepEqual(client.received, []);
    assert.equal(hub.connected.all.length, 0);
  });

  it("is refused as well when the decision fails", async () => {
    await using hub = await startTestBroker({
      mayConnect: () => {
        throw new Error("a bug in identity");
      },
    });
    await using client = await RawClient.open(hub.port, 5);

    assert.equal((await client.connect()).reasonCode, 0x80);
    assert.equal((await hub.log.find(({ level }) => level === "error")).fields["clientId"], "raw");
  });

  it("is one whose Will is for a topic that no client may publish to", async () => {
    await using hub = await startTestBroker();
    for (const topic of ["$SYS/x", "a/#"]) {
      await using client = await RawClient.open(hub.port, 5);
      const will = { topic, payload: Buffer.alloc(0), qos: 0 as const, retain: false };

      assert.equal((await client.connect({ will })).reasonCode, 0x90);
    }
  });

  it("is one without client id that wants a session kept, in MQTT 3.1.1 [MQTT311-3.1.3-8]", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.open(hub.port);

    client.sendBytes(Buffer.from("100c00044d5154540400003c0000", "hex"));

    assert.equal((await client.take("connack")).returnCode, 2);
  });

  it("is one that speaks a version of MQTT that is not known here [MQTT311-3.1.2-2]", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.open(hub.port);

    client.sendBytes(Buffer.from("100d00044d5154540902003c000178", "hex"));

    assert.equal((await client.take("connack")).returnCode, 1);
    await client.closed;
  });

  it("is one that wants to authenticate in a way that is not offered [MQTT5-4.12.0-1]", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.open(hub.port, 5);

    const connack = await client.connect({ properties: { authenticationMethod: "SCRAM-SHA-1" } });

    assert.equal(connack.reasonCode, 0x8c);
  });
});

describe("a client without client id", { timeout: 180_000 }, () => {
  it("is given one and told so in MQTT 5 [MQTT5-3.2.2-16]", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.open(hub.port, 5);

    const connack = await client.connect({ clientId: "" });

    const given = connack.properties?.assignedClientIdentifier;
    assert.match(given ?? "", /^unshub-/);
    assert.equal((await hub.connected.next()).clientId, given);
  });
});

describe("a message that may not be published", { timeout: 180_000 }, () => {
  it("is refused with reason code and words in MQTT 5, for QoS 1 and 2", async () => {
    await using hub = await startTestBroker({ mayPublish: () => REFUSED });
    await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });

    client.publish("a", "x", 1, 5);
    const puback = await client.take("puback");
    client.publish("a", "x", 2, 6);
    const pubrec = await client.take("pubrec");

    assert.deepEqual([puback.messageId, puback.reasonCode], [5, 0x99]);
    assert.deepEqual([pubrec.messageId, pubrec.reasonCode], [6, 0x99]);
    assert.equal(puback.properties?.reasonString, "no NBIRTH before this NDATA");
    assert.equal(hub.published.all.length, 0);
  });

  it("is refused without words when the client wants none [MQTT5-3.1.2-29]", async () => {
    await using hub = await startTestBroker({ mayPublish: () => REFUSED });
    await using client = await RawClient.connected(hub.port, {
      protocolVersion: 5,
      properties: { requestProblemInformation: false },
    });

    client.publish("a", "x", 1);

    const puback = await client.take("puback");
    assert.equal(puback.reasonCode, 0x99);
    assert.equal(puback.properties?.reasonString, undefined);
  });

  it("is acknowledged and dropped in MQTT 3.1.1, and the connection stays", async () => {
    await using hub = await startTestBroker({ mayPublish: () => REFUSED });
    await using client = await RawClient.connected(hub.port);
    await client.subscribe("#");

    client.publish("a", "x", 0);
    client.publish("a", "x", 1, 5);
    await client.take("puback");
    client.publish("a", "x", 2, 6);
    await client.take("pubrec");
    client.send({ cmd: "pubrel", messageId: 6 });
    await client.take("pubcomp");
    await client.ping();

    assert.equal(hub.published.all.length, 0);
  });

  it("is judged by client and topic, once", async () => {
    const asked: string[] = [];
    await using hub = await startTestBroker({
      mayPublish: ({ clientId }, topic) => {
        asked.push(`${clientId} ${topic}`);
        return { allow: true };
      },
    });
    await using client = await RawClient.connected(hub.port, { clientId: "plc" });

    for (const topic of ["a/b", "a/c", "a/b"]) client.publish(topic, "42");
    await client.ping();

    assert.deepEqual(asked, ["plc a/b", "plc a/c"]);
  });

  it("is judged again when permissions have changed", async () => {
    let verdict: Verdict = { allow: true };
    await using hub = await startTestBroker({ mayPublish: () => verdict });
    await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });
    client.publish("a", "x", 1);
    await client.take("puback");

    verdict = REFUSED;
    hub.broker.permissionsChanged();
    client.publish("a", "x", 1);

    assert.equal((await client.take("puback")).reasonCode, 0x99);
  });

  it("is judged again under its alias, which stands for its topic as long as the connection [MQTT5-3.3.2-7]", async () => {
    const refused = new Set<string>();
    const mayPublish = (_client: unknown, topic: string): Verdict =>
      refused.has(topic) ? REFUSED : { allow: true };
    await using hub = await startTestBroker({ mayPublish });
    await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });
    for (const [index, topic] of ["a", "b"].entries()) {
      const properties = { topicAlias: index + 1 };
      client.send({ ...publishPacket(topic, "x", { qos: 1 }), properties });
      await client.take("puback");
    }

    refused.add("a");
    hub.broker.permissionsChanged();
    const reasonCodes: unknown[] = [];
    for (const topicAlias of [1, 2]) {
      client.send({ ...publishPacket("", "x", { qos: 1 }), properties: { topicAlias } });
      reasonCodes.push((await client.take("puback")).reasonCode ?? 0);
    }

    assert.deepEqual(reasonCodes, [0x99, 0]);
    assert.equal(hub.published.all.at(-1)?.topic, "b");
  });

  it("may be one that a watcher refuses for what is in it", async () => {
    await using hub = await startTestBroker({
      watcherOf:
        () =>
        ({ payload }) =>
          text(payload) === "bad" ? REFUSED : undefined,
    });
    await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });
    await client.subscribe("a");

    client.publish("a", "bad", 1);
    const puback = await client.take("puback");
    client.publish("a", "good");

    assert.equal(puback.reasonCode, 0x99);
    assert.equal(String((await client.take("publish")).payload), "good");
  });

  it("is any on $SYS, which is the server's", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });

    client.publish("$SYS/hub/heartbeat", "x", 1);

    assert.equal((await client.take("puback")).reasonCode, 0x90);
  });

  it("is refused as well when the decision fails", async () => {
    await using hub = await startTestBroker({
      mayPublish: () => {
        throw new Error("a bug in the guard");
      },
    });
    await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });

    client.publish("a", "x", 1);

    assert.equal((await client.take("puback")).reasonCode, 0x80);
    assert.equal(hub.published.all.length, 0);
  });

  it("is never a Will that was accepted: it is not judged again when it goes out", async () => {
    await using hub = await startTestBroker({ mayPublish: () => REFUSED });
    const will = { topic: "death", payload: Buffer.from("x"), qos: 1 as const, retain: false };
    const client = await RawClient.connected(hub.port, { will });

    client.vanish();

    assert.equal((await hub.published.next()).topic, "death");
  });
});

describe("a client that goes on publishing what it may not", { timeout: 180_000 }, () => {
  for (const version of [4, 5] as const) {
    for (const qos of [0, 1] as const) {
      it(`is disconnected in the end, with MQTT ${version === 4 ? "3.1.1" : "5"} and QoS ${qos}`, async () => {
        await using hub = await startTestBroker({
          limits: { refusedPerMinute: 3 },
          mayPublish: (_client, topic) =>
            topic === "mine" ? { allow: true } : { allow: false, reasonCode: 0x87, because: "no" },
        });
        await using client = await RawClient.open(hub.port, version);
        await client.connect();

        for (let times = 0; times < 3; times += 1) client.publish("other", "", qos, times + 1);
        client.publish("mine", "", 1, 9);
        await client.find("puback", ({ messageId }) => messageId === 9);
        client.publish("other", "", qos, 10);

        await client.closed;
        if (version === 5) {
          const { reasonCode, properties } = await client.find("disconnect");
          assert.equal(reasonCode, 0x87);
          assert.match(properties?.reasonString ?? "", /more than 3 messages in a minute/);
        }
      });
    }
  }
});

describe("a message that waits in a queue", { timeout: 180_000 }, () => {
  for (const qos of [1, 2] as const) {
    it(`is not given to who may no longer have it (S2), QoS ${qos}`, async () => {
      const taken = new Set<string>();
      const mayReceive = (_clientId: string, topic: string): boolean => !taken.has(topic);
      await using hub = await startTestBroker({ mayReceive });
      await using away = await RawClient.connected(hub.port, { clientId: "away", clean: false });
      await away.subscribe("a/+", qos);
      away.vanish();
      await hub.disconnected.next();
      await using publisher = await RawClient.connected(hub.port);
      await publishAcknowledged(publisher, qos, "a/secret", "a/open");

      taken.add("a/secret");
      hub.broker.permissionsChanged();
      await using back = await RawClient.connected(hub.port, { clientId: "away", clean: false });

      assert.equal((await back.take("publish")).topic, "a/open");
      assert.equal(hub.broker.counters.dropped.acl, 1);
    });

    it(`is not given again either, QoS ${qos}`, async () => {
      const taken = new Set<string>();
      const mayReceive = (_clientId: string, topic: string): boolean => !taken.has(topic);
      await using hub = await startTestBroker({ mayReceive });
      await using away = await RawClient.connected(hub.port, { clientId: "away", clean: false });
      await away.subscribe("a/+", qos);
      await using publisher = await RawClient.connected(hub.port);
      await publishAcknowledged(publisher, qos, "a/secret", "a/open");
      await away.find("publish", ({ topic }) => topic === "a/open"); // and acknowledges neither
      away.vanish();
      await hub.disconnected.next();

      taken.add("a/secret");
      hub.broker.permissionsChanged();
      await using back = await RawClient.connected(hub.port, { clientId: "away", clean: false });

      const { topic, dup, messageId } = await back.find("publish");
      assert.deepEqual([topic, dup], ["a/open", true]);
      const others = back.received.filter(({ cmd }) => cmd !== "connack" && cmd !== "publish");
      assert.deepEqual(
        others.map(({ cmd, messageId: id }) => [cmd, id !== messageId]),
        qos === 1 ? [] : [["pubrel", true]],
      );
      assert.equal(hub.broker.counters.dropped.acl, 1);
    });
  }
});

describe("a QoS 2 message that a client was told to forget", { timeout: 180_000 }, () => {
  it("is not given to it after a restart either, though it may have it again (S2)", async (t) => {
    const taken = new Set<string>();
    const mayReceive = (_clientId: string, topic: string): boolean => !taken.has(topic);
    const lives = new BrokerLives(t, { mayReceive });
    const hub = await lives.start();
    const away = await RawClient.connected(hub.port, { clientId: "away", clean: false });
    await away.subscribe("a/+", 2);
    const publisher = await RawClient.connected(hub.port);
    await publishAcknowledged(publisher, 2, "a/secret");
    const { messageId } = await away.find("publish");
    away.vanish();
    await hub.disconnected.next();
    taken.add("a/secret");
    hub.broker.permissionsChanged();
    const back = await RawClient.connected(hub.port, { clientId: "away", clean: false });
    assert.equal((await back.find("pubrel")).messageId, messageId);
    await hub.broker.stop();

    taken.clear();
    const next = await lives.start();
    await using again = await RawClient.connected(next.port, { clientId: "away", clean: false });

    assert.equal((await again.take("pubrel")).messageId, messageId);
  });
});

async function publishAcknowledged(
  client: RawClient,
  qos: 1 | 2,
  ...topics: readonly string[]
): Promise<void> {
  for (const [index, topic] of topics.entries()) {
    client.publish(topic, "x", qos, index + 1);
    if (qos === 1) await client.take("puback");
    else {
      await client.take("pubrec");
      client.send({ cmd: "pubrel", messageId: index + 1 });
      await client.take("pubcomp");
    }
  }
}
