import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SYSTEM_CLOCK } from "../../../hub/src/broker/clock.ts";
import { startTestBroker } from "../../support/mqtt-broker.ts";
import { RawClient } from "../../support/mqtt-raw-client.ts";

/** What Mosquitto's users look for. */
const KNOWN = [
  "version",
  "uptime",
  "clients/connected",
  "clients/total",
  "clients/maximum",
  "clients/expired",
  "messages/received",
  "messages/sent",
  "publish/messages/dropped",
  "bytes/received",
  "bytes/sent",
  "retained messages/count",
  "subscriptions/count",
  "shared_subscriptions/count",
];

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

  it("is renewed every ten seconds with what has changed", async () => {
    const renewals: (() => void)[] = [];
    const every = (ms: number, run: () => void): (() => void) => {
      if (ms === 10_000) renewals.push(run);
      return () => undefined;
    };
    await using hub = await startTestBroker({ clock: { ...SYSTEM_CLOCK, every } });
    await using client = await RawClient.connected(hub.port);
    await client.subscribe("$SYS/broker/clients/connected");
    assert.equal(String((await client.take("publish")).payload), "0");

    for (const renew of renewals) renew();

    const { payload, retain } = await client.take("publish");
    assert.deepEqual([String(payload), retain], ["1", false]);
  });

  it("does not come with # or +/… [MQTT5-4.7.2-1]", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.connected(hub.port);

    await client.subscribe("#");
    await client.subscribe("+/broker/version");

    await client.ping();
  });
});
