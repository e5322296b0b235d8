import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { BrokerLives } from "../../support/broker-lives.ts";
import { startTestBroker, text } from "../../support/mqtt-broker.ts";
import { Inbox } from "../../support/mqtt-inbox.ts";

const GROUP = "$share/g/a/#";

/** What a client got: topic, payload, QoS, and `again` where DUP says so. */
type Got = Inbox<string>;

interface Member {
  readonly client: MqttClient;
  readonly got: Got;
}

async function connected(t: TestContext, port: number, options: IClientOptions): Promise<Member> {
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
    protocolVersion: 5,
    reconnectPeriod: 0,
    ...options,
  });
  t.after(() => client.end(true));
  const got: Got = new Inbox();
  client.on("message", (topic, payload, { qos, dup }) =>
    got.push(`${topic} ${text(payload)} ${qos}${dup ? " again" : ""}`),
  );
  await new Promise((resolve) => client.once("connect", resolve));
  return { client, got };
}

/** A client that gets messages and acknowledges none. */
async function silent(t: TestContext, port: number, options: IClientOptions): Promise<Member> {
  const member = await connected(t, port, options);
  const got: Got = new Inbox();
  member.client.handleMessage = ({ topic, payload, qos }): void =>
    got.push(`${topic} ${String(payload)} ${qos}`); // and never calls back
  return { client: member.client, got };
}

async function taken({ got }: Member, count: number): Promise<string[]> {
  const all: string[] = [];
  while (all.length < count) all.push(await got.next());
  return all;
}

/** Says something to everybody and waits until this member has it: all that was said before has come, or never will. */
async function nothingMore(writer: Member, member: Member): Promise<void> {
  await member.client.subscribeAsync("end", { qos: 1 });
  await writer.client.publishAsync("end", "x", { qos: 1 });
  assert.equal(await member.got.next(), "end x 1");
}

const LASTING: IClientOptions = { clean: true, properties: { sessionExpiryInterval: 60 } };

describe("what a member of a shared subscription leaves behind", { timeout: 180_000 }, () => {
  for (const protocolVersion of [4, 5] as const) {
    it(`goes to another one, QoS 1 in its order, when the session ends with its connection (${protocolVersion})`, async (t) => {
      await using hub = await startTestBroker({ limits: { maxInFlight: 2 } });
      const writer = await connected(t, hub.port, { clientId: "writer" });
      const leaver = await silent(t, hub.port, { clientId: "leaver", protocolVersion });
      await leaver.client.subscribeAsync(GROUP, { qos: 1 });
      for (const word of ["1", "2", "3", "4"])
        await writer.client.publishAsync("a/b", word, { qos: 1 });
      assert.equal(await leaver.got.next(), "a/b 1 1");
      const other = await connected(t, hub.port, { clientId: "other", protocolVersion });
      await other.client.subscribeAsync(GROUP, { qos: 1 });

      leaver.client.stream.destroy();

      assert.deepEqual(await taken(other, 4), ["a/b 1 1", "a/b 2 1", "a/b 3 1", "a/b 4 1"]);
      await nothingMore(writer, other);
    });
  }

  it("is not what was acknowledged", async (t) => {
    await using hub = await startTestBroker();
    const writer = await connected(t, hub.port, { clientId: "writer" });
    const leaver = await connected(t, hub.port, { clientId: "leaver" });
    await leaver.client.subscribeAsync(GROUP, { qos: 1 });
    await writer.client.publishAsync("a/b", "done", { qos: 1 });
    assert.equal(await leaver.got.next(), "a/b done 1");
    const other = await connected(t, hub.port, { clientId: "other" });
    await other.client.subscribeAsync(GROUP, { qos: 1 });

    await leaver.client.endAsync();
    await hub.disconnected.next();

    await nothingMore(writer, other);
  });

  it("goes on where QoS 2 was not begun, and to nobody where it was [MQTT5-4.8.2-5]", async (t) => {
    await using hub = await startTestBroker({ limits: { maxInFlight: 1 } });
    const writer = await connected(t, hub.port, { clientId: "writer" });
    const leaver = await silent(t, hub.port, { clientId: "leaver" });
    await leaver.client.subscribeAsync(GROUP, { qos: 2 });
    for (const word of ["begun", "waiting"])
      await writer.client.publishAsync("a/b", word, { qos: 2 });
    assert.equal(await leaver.got.next(), "a/b begun 2");
    const other = await connected(t, hub.port, { clientId: "other" });
    await other.client.subscribeAsync(GROUP, { qos: 2 });

    leaver.client.stream.destroy();

    assert.equal(await other.got.next(), "a/b waiting 2");
    await nothingMore(writer, other);
  });

  it("goes only to a member who may have it", async (t) => {
    await using hub = await startTestBroker({
      mayReceive: (clientId, topic) => clientId !== "barred" || !topic.startsWith("a/"),
    });
    const writer = await connected(t, hub.port, { clientId: "writer" });
    const leaver = await silent(t, hub.port, { clientId: "leaver" });
    await leaver.client.subscribeAsync(GROUP, { qos: 1 });
    for (const word of ["1", "2", "3"]) await writer.client.publishAsync("a/b", word, { qos: 1 });
    await leaver.got.next();
    const barred = await connected(t, hub.port, { clientId: "barred" });
    await barred.client.subscribeAsync(GROUP, { qos: 1 });
    const other = await connected(t, hub.port, { clientId: "other" });
    await other.client.subscribeAsync(GROUP, { qos: 1 });

    leaver.client.stream.destroy();

    assert.deepEqual(await taken(other, 3), ["a/b 1 1", "a/b 2 1", "a/b 3 1"]);
    await nothingMore(writer, barred);
  });

  it("is not given when its time is over, and is counted", async (t) => {
    const lives = new BrokerLives(t);
    const hub = await lives.start();
    const writer = await connected(t, hub.port, { clientId: "writer" });
    const leaver = await silent(t, hub.port, { clientId: "leaver" });
    await leaver.client.subscribeAsync(GROUP, { qos: 1 });
    const properties = { messageExpiryInterval: 10 };
    await writer.client.publishAsync("a/b", "short", { qos: 1, properties });
    await writer.client.publishAsync("a/b", "long", { qos: 1 });
    await leaver.got.next();
    const other = await connected(t, hub.port, { clientId: "other" });
    await other.client.subscribeAsync(GROUP, { qos: 1 });
    lives.clock.pass(11);

    leaver.client.stream.destroy();

    assert.equal(await other.got.next(), "a/b long 1");
    assert.equal(hub.broker.counters.dropped.expired, 1);
  });

  it("goes from the disk to another one when the session expires, QoS 2 that was begun excepted", async (t) => {
    const lives = new BrokerLives(t);
    const hub = await lives.start({ limits: { maxInFlight: 2 } });
    const writer = await connected(t, hub.port, { clientId: "writer", keepalive: 0 });
    const leaver = await silent(t, hub.port, { clientId: "leaver", keepalive: 0, ...LASTING });
    await leaver.client.subscribeAsync(GROUP, { qos: 2 });
    for (const [word, qos] of [
      ["begun", 2],
      ["sent", 1],
      ["1", 1],
      ["2", 2],
    ] as const)
      await writer.client.publishAsync("a/b", word, { qos });
    await leaver.got.next(); // either of two: MQTT.js shows a QoS 2 message when PUBREL has come
    const other = await connected(t, hub.port, { clientId: "other", keepalive: 0 });
    await other.client.subscribeAsync(GROUP, { qos: 2 });
    leaver.client.stream.destroy();
    await hub.disconnected.next();

    lives.clock.pass(61);

    assert.deepEqual(await taken(other, 3), ["a/b sent 1", "a/b 1 1", "a/b 2 2"]);
    await nothingMore(writer, other);
    assert.equal(hub.broker.counters.sessionsExpired, 1);
  });

  it("goes from the disk to another one when its client ends the session as it leaves", async (t) => {
    const lives = new BrokerLives(t);
    const hub = await lives.start();
    const writer = await connected(t, hub.port, { clientId: "writer" });
    const leaver = await silent(t, hub.port, { clientId: "leaver", ...LASTING });
    await leaver.client.subscribeAsync(GROUP, { qos: 1 });
    for (let count = 0; count < 450; count += 1)
      await writer.client.publishAsync("a/b", String(count), { qos: 1 });
    await leaver.got.next();
    const other = await connected(t, hub.port, { clientId: "other", ...LASTING });
    await other.client.subscribeAsync(GROUP, { qos: 1 });

    leaver.client.end({ properties: { sessionExpiryInterval: 0 } });

    const words = Array.from({ length: 450 }, (_, count) => `a/b ${count} 1`);
    assert.deepEqual(await taken(other, 450), words);
    await nothingMore(writer, other);
    assert.deepEqual(
      hub.broker.sessions().map(({ clientId }) => clientId),
      ["writer", "other"],
    );
  });

  it("is given in several turns of the hub when it is much, also where nothing is on disk", async (t) => {
    await using hub = await startTestBroker();
    const writer = await connected(t, hub.port, { clientId: "writer" });
    const leaver = await silent(t, hub.port, { clientId: "leaver", ...LASTING });
    await leaver.client.subscribeAsync(GROUP, { qos: 1 });
    for (let count = 0; count < 450; count += 1)
      await writer.client.publishAsync("a/b", String(count), { qos: 1 });
    await leaver.got.next();
    const other = await connected(t, hub.port, { clientId: "other" });
    await other.client.subscribeAsync(GROUP, { qos: 1 });
    leaver.client.end({ properties: { sessionExpiryInterval: 0 } });
    await hub.disconnected.next();

    await turn();

    const isThere = hub.broker.sessions().some(({ clientId }) => clientId === "leaver");
    assert.ok(isThere, "all was given in one turn");
    assert.equal((await taken(other, 450)).at(-1), "a/b 449 1");
  });

  it("goes on in the next life of a hub that ended meanwhile, and the session that its client ended does not live on", async (t) => {
    const lives = new BrokerLives(t);
    const first = await lives.start();
    const other = await connected(t, first.port, { clientId: "other", ...LASTING });
    const writer = await connected(t, first.port, { clientId: "writer" });
    const leaver = await silent(t, first.port, { clientId: "leaver", ...LASTING });
    await leaver.client.subscribeAsync(GROUP, { qos: 1 });
    const numbers = Array.from({ length: 450 }, (_, count) => String(count));
    for (const one of numbers) await writer.client.publishAsync("a/b", one, { qos: 1 });
    await leaver.got.next();
    await other.client.subscribeAsync(GROUP, { qos: 1 });
    for (const { client } of [other, writer]) {
      await client.endAsync();
      await first.disconnected.next();
    }
    leaver.client.end({ properties: { sessionExpiryInterval: 0 } });
    await first.disconnected.next();

    await lives.stop(first);

    const hub = await lives.start();
    lives.clock.pass(1);
    const back = await connected(t, hub.port, {
      clientId: "other",
      keepalive: 0,
      ...LASTING,
      clean: false,
    });
    assert.deepEqual(
      await taken(back, 450),
      numbers.map((one) => `a/b ${one} 1`),
    );
    assert.deepEqual(
      hub.broker.sessions().map(({ clientId }) => clientId),
      ["other"],
    );
  });

  it("goes on after a restart too, where it cannot come twice", async (t) => {
    const lives = new BrokerLives(t);
    const first = await lives.start();
    const leaver = await connected(t, first.port, { clientId: "leaver", ...LASTING });
    await leaver.client.subscribeAsync(GROUP, { qos: 2 });
    await leaver.client.endAsync();
    await first.disconnected.next();
    const before = await connected(t, first.port, { clientId: "writer" });
    await before.client.publishAsync("a/b", "twice", { qos: 2 });
    await before.client.publishAsync("a/b", "once", { qos: 1 });
    await lives.stop(first, 120);
    const hub = await lives.start();
    const writer = await connected(t, hub.port, { clientId: "writer", keepalive: 0 });
    const other = await connected(t, hub.port, { clientId: "other", keepalive: 0 });
    await other.client.subscribeAsync(GROUP, { qos: 2 });

    lives.clock.pass(1);

    assert.equal(await other.got.next(), "a/b once 1");
    await nothingMore(writer, other);
  });

  it("stays with it when it may be of another subscription of the same client", async (t) => {
    const lives = new BrokerLives(t);
    const hub = await lives.start();
    const writer = await connected(t, hub.port, { clientId: "writer" });
    const leaver = await silent(t, hub.port, { clientId: "leaver", ...LASTING });
    await leaver.client.subscribeAsync([GROUP, "a/own"], { qos: 1 });
    const other = await connected(t, hub.port, { clientId: "other" });
    await writer.client.publishAsync("a/own", "mine", { qos: 1 });
    await writer.client.publishAsync("a/b", "ours", { qos: 1 });
    await leaver.got.next();
    await other.client.subscribeAsync(GROUP, { qos: 1 });

    leaver.client.end({ properties: { sessionExpiryInterval: 0 } });

    assert.equal(await other.got.next(), "a/b ours 1");
    await nothingMore(writer, other);
  });

  it("goes to nobody where nobody else is, and the session ends at once", async (t) => {
    const lives = new BrokerLives(t);
    const hub = await lives.start();
    const writer = await connected(t, hub.port, { clientId: "writer" });
    const leaver = await silent(t, hub.port, { clientId: "leaver", ...LASTING });
    await leaver.client.subscribeAsync(GROUP, { qos: 1 });
    await writer.client.publishAsync("a/b", "x", { qos: 1 });
    await leaver.got.next();

    leaver.client.end({ properties: { sessionExpiryInterval: 0 } });
    await hub.disconnected.next();

    assert.deepEqual(
      hub.broker.sessions().map(({ clientId }) => clientId),
      ["writer"],
    );
    assert.equal(hub.broker.counters.queued, 0);
  });
});
