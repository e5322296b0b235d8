import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type BrokerClock, SYSTEM_CLOCK } from "../../../hub/src/broker/clock.ts";
import { hubVersion } from "../../../hub/src/version.ts";
import { startTestHub } from "../../support/hub.ts";
import { startTestBroker } from "../../support/mqtt-broker.ts";
import { RawClient } from "../../support/mqtt-raw-client.ts";

const AVERAGED = [
  "messages/received",
  "messages/sent",
  "publish/received",
  "publish/sent",
  "publish/dropped",
  "bytes/received",
  "bytes/sent",
  "sockets",
  "connections",
];

/** All that Mosquitto 2.0 publishes. */
const KNOWN = [
  "version",
  "uptime",
  "clients/total",
  "clients/connected",
  "clients/active",
  "clients/disconnected",
  "clients/inactive",
  "clients/maximum",
  "clients/expired",
  "messages/received",
  "messages/sent",
  "messages/stored",
  "store/messages/count",
  "store/messages/bytes",
  "publish/messages/received",
  "publish/messages/sent",
  "publish/messages/dropped",
  "publish/bytes/received",
  "publish/bytes/sent",
  "bytes/received",
  "bytes/sent",
  "retained messages/count",
  "subscriptions/count",
  "shared_subscriptions/count",
  "heap/current",
  "heap/maximum",
  ...AVERAGED.flatMap((what) => ["1min", "5min", "15min"].map((span) => `load/${what}/${span}`)),
];

/** A clock of which the test says when $SYS is renewed. */
function renewedByHand(): { readonly clock: BrokerClock; readonly renew: () => void } {
  const renewals: (() => void)[] = [];
  const every = (ms: number, run: () => void): (() => void) => {
    if (ms === 10_000) renewals.push(run);
    return () => undefined;
  };
  return {
    clock: { ...SYSTEM_CLOCK, every },
    renew: () => {
      for (const renew of renewals) renew();
    },
  };
}

async function figures(client: RawClient): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  client.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "$SYS/#", qos: 0 }] });
  await client.take("suback");
  while (!KNOWN.every((name) => found.has(`$SYS/broker/${name}`))) {
    const { topic, payload } = await client.take("publish");
    found.set(topic, String(payload));
  }
  return found;
}

describe("$SYS", { timeout: 180_000 }, () => {
  it("has the figures that users of Mosquitto look for, retained, as texts", async () => {
    await using hub = await startTestBroker({ version: "1.2.3" });
    await using client = await RawClient.connected(hub.port);

    const found = await figures(client);

    assert.equal(found.get("$SYS/broker/version"), "UNS Hub 1.2.3");
    assert.match(found.get("$SYS/broker/uptime") ?? "", /^\d+ seconds$/);
  });

  it("says which hub it is", async (t) => {
    const { mqttPort } = await startTestHub(t);
    await using client = await RawClient.connected(mqttPort);

    await client.subscribe("$SYS/broker/version");

    const { payload } = await client.take("publish");
    assert.equal(String(payload), `UNS Hub ${hubVersion()}`);
    assert.match(hubVersion(), /^\d/);
  });

  it("is renewed every ten seconds with what has changed", async () => {
    const { clock, renew } = renewedByHand();
    await using hub = await startTestBroker({ clock });
    await using client = await RawClient.connected(hub.port);
    await client.subscribe("$SYS/broker/clients/connected");
    assert.equal(String((await client.take("publish")).payload), "0");

    renew();

    const { payload, retain } = await client.take("publish");
    assert.deepEqual([String(payload), retain], ["1", false]);
  });

  it("counts packets of all kinds as messages, and payloads as the bytes of PUBLISH", async () => {
    const { clock, renew } = renewedByHand();
    await using hub = await startTestBroker({ clock });
    await using silent = await RawClient.connected(hub.port, { clientId: "gone" }); // and DISCONNECT
    silent.send({ cmd: "disconnect" });
    await hub.disconnected.next();
    await using client = await RawClient.connected(hub.port); // CONNECT, CONNACK
    await client.subscribe("a/b"); // SUBSCRIBE, SUBACK
    client.publish("a/b", "twelve bytes", 0); // PUBLISH, both ways
    await client.take("publish");
    client.publish("a/b", "eleven byte", 1, 9); // PUBLISH, both ways, PUBACK
    await client.find("puback");
    await client.settle(); // PINGREQ, PINGRESP

    renew();
    const found = await figures(client); // SUBSCRIBE comes after

    assert.equal(found.get("$SYS/broker/messages/received"), "7");
    assert.equal(found.get("$SYS/broker/publish/messages/received"), "2");
    assert.equal(found.get("$SYS/broker/publish/bytes/received"), "23");
    assert.equal(found.get("$SYS/broker/messages/sent"), "7");
    assert.equal(found.get("$SYS/broker/publish/messages/sent"), "2");
    assert.equal(found.get("$SYS/broker/publish/bytes/sent"), "23");
    assert.equal(found.get("$SYS/broker/clients/maximum"), "1");
  });

  it("counts what waits and what is retained as stored", async () => {
    const { clock, renew } = renewedByHand();
    await using hub = await startTestBroker({ clock });
    await using away = await RawClient.connected(hub.port, { clientId: "away", clean: false });
    await away.subscribe("a/b", 1);
    away.send({ cmd: "disconnect" });
    await hub.disconnected.next();
    await using client = await RawClient.connected(hub.port);
    client.publish("a/b", "waits", 1);
    await client.take("puback");
    const { retained, retainedBytes, queuedBytes } = hub.broker.counters;

    renew();
    const found = await figures(client);

    assert.equal(found.get("$SYS/broker/store/messages/count"), String(1 + retained));
    assert.equal(found.get("$SYS/broker/messages/stored"), String(1 + retained));
    assert.equal(
      found.get("$SYS/broker/store/messages/bytes"),
      String(queuedBytes + retainedBytes),
    );
    assert.ok(queuedBytes >= 5);
    assert.equal(found.get("$SYS/broker/clients/disconnected"), "1");
  });

  it("counts no socket as a client that has not said who it is", async () => {
    const { clock, renew } = renewedByHand();
    await using hub = await startTestBroker({ clock });
    await using silent = await RawClient.open(hub.port);
    await using client = await RawClient.connected(hub.port);

    renew();
    const found = await figures(client);

    assert.deepEqual(silent.received, []);
    assert.equal(hub.broker.counters.connections, 2);
    assert.equal(found.get("$SYS/broker/clients/connected"), "1");
    assert.equal(found.get("$SYS/broker/clients/maximum"), "1");
  });

  it("does not come with # or +/… [MQTT5-4.7.2-1]", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.connected(hub.port);

    await client.subscribe("#");
    await client.subscribe("+/broker/version");

    await client.ping();
  });
});
