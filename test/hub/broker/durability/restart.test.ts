/** P5, P6: what survives a restart, and how much time it has left then, whatever the wall clock shows. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IConnectPacket } from "mqtt-packet";
import { BrokerLives } from "../../../support/broker-lives.ts";
import type { TestBroker } from "../../../support/mqtt-broker.ts";
import { publishPacket, RawClient } from "../../../support/mqtt-raw-client.ts";

const HOUR = 3600;
const DAY = 24 * HOUR;
const JUMPS = [2 * HOUR, -2 * HOUR, 30 * DAY, -30 * DAY] as const;

function lasting(seconds: number): Partial<IConnectPacket> {
  return {
    protocolVersion: 5,
    clientId: "lasting",
    clean: false,
    properties: { sessionExpiryInterval: seconds },
  };
}

function will(qos: 0 | 1 | 2 = 1, willDelayInterval = 0) {
  const plain = { topic: "death", payload: Buffer.from("x"), qos, retain: false };
  return willDelayInterval > 0 ? { ...plain, properties: { willDelayInterval } } : plain;
}

/** A session with one subscription, whose client has gone. */
async function leaveSession(hub: TestBroker, seconds: number): Promise<void> {
  const client = await RawClient.connected(hub.port, lasting(seconds));
  await client.subscribe("a", 1);
  client.vanish();
  await hub.disconnected.next();
}

async function isPresent(hub: TestBroker, seconds: number): Promise<boolean> {
  await using client = await RawClient.open(hub.port, 5);
  return (await client.connect(lasting(seconds))).sessionPresent;
}

async function publishExpiring(hub: TestBroker, messageExpiryInterval: number): Promise<void> {
  await using client = await RawClient.connected(hub.port, {
    protocolVersion: 5,
    clientId: "source",
  });
  client.send({
    cmd: "publish",
    topic: "a",
    payload: "x",
    qos: 1,
    messageId: 1,
    dup: false,
    retain: false,
    properties: { messageExpiryInterval },
  });
  await client.take("puback");
}

/** Seconds that the one message of the session has left; `undefined` when there is none. */
async function secondsLeft(hub: TestBroker, seconds: number): Promise<number | undefined> {
  await using client = await RawClient.connected(hub.port, lasting(seconds));
  await hub.broker.publish({ topic: "a", payload: Buffer.from("last"), qos: 1, retain: false });
  const got = await client.take("publish");
  return got.properties?.messageExpiryInterval;
}

async function write({ broker }: TestBroker): Promise<void> {
  await broker.publish({ topic: "r", payload: Buffer.from("x"), qos: 1, retain: true });
}

function deaths({ published }: TestBroker): number {
  return published.all.filter(({ topic }) => topic === "death").length;
}

describe("a session over a restart", { timeout: 180_000 }, () => {
  it("ends when its time is over, the time without a hub included [MQTT5-3.1.2-23]", async (t) => {
    for (const [away, isThere] of [
      [50, true],
      [61, false],
    ] as const) {
      const lives = new BrokerLives(t);
      const first = await lives.start();
      await leaveSession(first, 100);
      lives.clock.pass(40);
      await lives.kill(first, away);

      const second = await lives.start();

      assert.equal(await isPresent(second, 100), isThere, `${away} seconds away`);
    }
  });

  it("begins its time when the hub is back, if its client was there to the end, and not anew with every start", async (t) => {
    const lives = new BrokerLives(t);
    const first = await lives.start();
    await RawClient.connected(first.port, lasting(100));
    await lives.kill(first, 1000);
    const second = await lives.start();
    lives.clock.pass(31);
    await lives.kill(second, 60);
    const third = await lives.start();
    const sessions = third.broker.sessions().length;
    await lives.kill(third, 10);

    const fourth = await lives.start();

    assert.equal(sessions, 1);
    assert.equal(await isPresent(fourth, 100), false);
  });

  it("keeps its subscriptions with all their options", async (t) => {
    const lives = new BrokerLives(t);
    const first = await lives.start();
    const client = await RawClient.connected(first.port, lasting(100));
    client.send({
      cmd: "subscribe",
      messageId: 1,
      subscriptions: [{ topic: "a/#", qos: 2, nl: true, rap: true, rh: 2 }],
      properties: { subscriptionIdentifier: 268_435_455 },
    });
    await client.take("suback");
    await lives.kill(first);

    const second = await lives.start();
    await using again = await RawClient.connected(second.port, lasting(100));
    again.publish("a/own", "", 0);
    await second.broker.publish({ topic: "a/b", payload: Buffer.from("x"), qos: 2, retain: true });
    const got = await again.take("publish");

    assert.deepEqual([got.topic, got.qos, got.retain], ["a/b", 2, true]);
    assert.equal(got.properties?.subscriptionIdentifier, 268_435_455);
  });

  for (const jump of JUMPS) {
    const hours = jump / HOUR;
    it(`neither ends nor lives longer when the wall clock jumps by ${hours} h while the hub runs`, async (t) => {
      const lives = new BrokerLives(t);
      const first = await lives.start();
      await leaveSession(first, HOUR);
      await publishExpiring(first, HOUR);

      lives.clock.jump(jump);
      lives.clock.pass(600);
      await lives.kill(first, 300);
      const second = await lives.start();
      lives.clock.pass(300);

      assert.equal(await secondsLeft(second, HOUR), HOUR - 1200);
    });
  }

  for (const jump of JUMPS.filter((seconds) => seconds < 0)) {
    it(`has no more time than it was given when the wall clock jumps by ${jump / HOUR} h between two runs`, async (t) => {
      const lives = new BrokerLives(t);
      const first = await lives.start();
      await leaveSession(first, HOUR);
      await publishExpiring(first, HOUR);
      lives.clock.pass(599);
      await write(first); // with the note that was due since the first half second
      await write(first);
      lives.clock.pass(1);
      await lives.kill(first);
      lives.clock.jump(jump);

      const second = await lives.start();
      const left = await secondsLeft(second, HOUR);
      lives.clock.pass(HOUR);

      assert.ok(left === HOUR - 600 || left === HOUR - 599, `${left} seconds`);
      assert.equal(await isPresent(second, HOUR), true, "it was here just now");
    });
  }
});

describe("a message over a restart", { timeout: 180_000 }, () => {
  it("expires when its time is over, the time without a hub included [MQTT5-3.3.2-5] [MQTT5-3.3.2-6]", async (t) => {
    for (const [away, left] of [
      [30, 40],
      [71, undefined],
    ] as const) {
      const lives = new BrokerLives(t);
      const first = await lives.start();
      await leaveSession(first, HOUR);
      await publishExpiring(first, 100);
      lives.clock.pass(30);
      await lives.kill(first, away);

      const second = await lives.start();

      assert.equal(await secondsLeft(second, HOUR), left, `${away} seconds away`);
    }
  });

  it("is not passed over when its client comes back for few of them, goes, and comes back for all", async (t) => {
    const lives = new BrokerLives(t);
    const first = await lives.start();
    const receiver = await RawClient.connected(first.port, lasting(HOUR));
    await receiver.subscribe("a", 1);
    for (let count = 1; count <= 20; count += 1) {
      // oxlint-disable-next-line no-await-in-loop -- each is sent before the next one comes
      await publishExpiring(first, HOUR);
    }
    await lives.kill(first);

    const second = await lives.start();
    const properties = { sessionExpiryInterval: HOUR, receiveMaximum: 5 };
    const few = await RawClient.connected(second.port, { ...lasting(HOUR), properties });
    for (let count = 1; count <= 5; count += 1) {
      // oxlint-disable-next-line no-await-in-loop
      await few.take("publish");
    }
    few.vanish();
    await second.disconnected.next();
    await using all = await RawClient.connected(second.port, lasting(HOUR));
    const dups: boolean[] = [];
    for (let count = 1; count <= 20; count += 1) {
      // oxlint-disable-next-line no-await-in-loop
      dups.push((await all.take("publish")).dup);
    }

    assert.deepEqual(dups, Array(20).fill(true));
  });

  it("of QoS 2 may come a whole Receive Maximum at once, before the first is stored [MQTT5-3.3.4-9]", async (t) => {
    const hub = await new BrokerLives(t).start();
    await leaveSession(hub, HOUR);
    await using publisher = await RawClient.connected(hub.port, {
      ...lasting(HOUR),
      clientId: "publisher",
    });

    const ids = Array.from({ length: 100 }, (_, at) => at + 1);
    publisher.send(...ids.map((messageId) => publishPacket("a", "x", { qos: 2, messageId })));
    const got: unknown[] = [];
    for (const _ of ids) {
      // oxlint-disable-next-line no-await-in-loop
      got.push((await publisher.take("pubrec")).messageId);
    }

    assert.deepEqual(got, ids);
  });

  it("is retained at once with QoS 1, and within a second with QoS 0", async (t) => {
    const lives = new BrokerLives(t);
    const first = await lives.start();
    const payload = Buffer.from("x");
    await first.broker.publish({ topic: "r/1", payload, qos: 1, retain: true });
    await first.broker.publish({ topic: "r/0", payload, qos: 0, retain: true });
    lives.clock.pass(1);
    await first.broker.publish({ topic: "r/late", payload, qos: 0, retain: true });
    await lives.kill(first);

    const second = await lives.start();
    await using client = await RawClient.connected(second.port);
    await client.subscribe("r/#");
    const got = [await client.take("publish"), await client.take("publish")];
    await client.ping();

    assert.deepEqual(got.map(({ topic }) => topic).toSorted(), ["r/0", "r/1"]);
  });
});

describe("a Will over a restart", { timeout: 180_000 }, () => {
  it("keeps the rest of its delay [MQTT5-3.1.3-9]", async (t) => {
    const lives = new BrokerLives(t);
    const first = await lives.start();
    const client = await RawClient.connected(first.port, { ...lasting(HOUR), will: will(1, 100) });
    client.vanish();
    await first.disconnected.next();
    lives.clock.pass(40);
    await lives.kill(first, 30);

    const second = await lives.start();
    lives.clock.pass(29);
    const before = deaths(second);
    lives.clock.pass(2);

    assert.deepEqual([before, deaths(second)], [0, 1]);
  });

  for (const clean of [true, false]) {
    const kind = clean ? "a clean" : "a lasting";
    it(`of a client with ${kind} session that was there to the end goes out once, when it does not come back`, async (t) => {
      const lives = new BrokerLives(t);
      const first = await lives.start();
      await RawClient.connected(first.port, { clean, will: will() });
      await lives.kill(first);
      const second = await lives.start();
      lives.clock.pass(29);
      const early = deaths(second);
      lives.clock.pass(2);
      const late = deaths(second);
      await lives.kill(second);
      const third = await lives.start();
      lives.clock.pass(60);

      assert.deepEqual([early, late, deaths(third)], [0, 1, 0]);
    });

    it(`of a client with ${kind} session that comes back in time is not published`, async (t) => {
      const lives = new BrokerLives(t);
      const first = await lives.start();
      await RawClient.connected(first.port, { clean, will: will() });
      await lives.kill(first, 10);
      const second = await lives.start();
      lives.clock.pass(20);
      await using client = await RawClient.connected(second.port, { clean, will: will() });
      lives.clock.pass(600);
      await client.ping();

      assert.equal(deaths(second), 0);
    });
  }

  it("waits its time again when the hub dies before that was over", async (t) => {
    const lives = new BrokerLives(t);
    const first = await lives.start();
    await RawClient.connected(first.port, { clean: true, will: will() });
    await lives.kill(first);
    const second = await lives.start();
    lives.clock.pass(20);
    await lives.kill(second);
    const third = await lives.start();
    lives.clock.pass(20);
    const early = deaths(third);
    lives.clock.pass(11);

    assert.deepEqual([deaths(second), early, deaths(third)], [0, 0, 1]);
  });
});

describe("a hub that is stopped in order", { timeout: 180_000 }, () => {
  it("keeps its sessions and publishes no Will, neither then nor when the clients are back", async (t) => {
    const lives = new BrokerLives(t);
    const first = await lives.start();
    const client = await RawClient.connected(first.port, { ...lasting(HOUR), will: will() });
    await client.subscribe("a", 1);
    await lives.stop(first, 5);
    const { reasonCode } = await client.take("disconnect");

    const second = await lives.start();
    const isThere = await isPresent(second, HOUR);

    assert.deepEqual([reasonCode, isThere], [0x8b, true]);
    assert.deepEqual([deaths(first), deaths(second)], [0, 0]);
  });
});
