/** The hub as Sparkplug Compliant and Sparkplug Aware MQTT Server. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dbirth, deathWill, GuardPlant, nbirth, type Ids } from "../../support/guard-plant.ts";
import { publishPacket, RawClient } from "../../support/mqtt-raw-client.ts";

const IDS: Ids = { clientId: "gw", edge: "e", host: "h" };

describe("the hub as MQTT server of a plant", () => {
  it("publishes and subscribes at QoS 0 [tck-id-conformance-mqtt-qos0]", async (t) => {
    assert.equal(await carriedAt(0, await GuardPlant.open(t)), 0);
  });

  it("publishes and subscribes at QoS 1 [tck-id-conformance-mqtt-qos1]", async (t) => {
    assert.equal(await carriedAt(1, await GuardPlant.open(t)), 1);
  });

  it("sends Wills, at QoS 1 and retained [tck-id-conformance-mqtt-will-messages]", async (t) => {
    const plant = await GuardPlant.open(t);
    const will = {
      topic: "plain/will",
      payload: Buffer.from("gone"),
      qos: 1,
      retain: true,
    } as const;
    const client = await plant.client({ clientId: "gw", will });

    client.vanish();
    await plant.listener.find("publish", ({ topic }) => topic === "plain/will");

    await using late = await RawClient.connected(plant.hub.mqttPort, { clientId: "late" });
    late.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "plain/will", qos: 1 }] });
    const { payload, qos, retain } = await late.find("publish");
    assert.deepEqual([String(payload), qos, retain], ["gone", 1, true]);
  });

  it("keeps retained messages until they are replaced by nothing [tck-id-conformance-mqtt-retained]", async (t) => {
    const plant = await GuardPlant.open(t);
    await using client = await plant.client({ clientId: "gw" });
    client.send(publishPacket("plain/kept", "1", { retain: true }));
    await client.settle();
    client.send({
      cmd: "subscribe",
      messageId: 1,
      subscriptions: [{ topic: "plain/kept", qos: 0 }],
    });
    const { retain } = await client.find("publish");

    client.send(publishPacket("plain/kept", "", { retain: true }));
    await client.settle();

    await using late = await RawClient.connected(plant.hub.mqttPort, { clientId: "late" });
    await late.subscribe("plain/kept");
    await late.ping();
    assert.equal(retain, true);
    assert.ok(late.received.every(({ cmd }) => cmd !== "publish"));
  });

  it(
    "stores each NBIRTH and DBIRTH and offers their bytes, retained, on their certificate topics " +
      "[tck-id-conformance-mqtt-aware-basic] [tck-id-conformance-mqtt-aware-store] " +
      "[tck-id-conformance-mqtt-aware-nbirth-mqtt-topic] [tck-id-conformance-mqtt-aware-nbirth-mqtt-retain] " +
      "[tck-id-conformance-mqtt-aware-dbirth-mqtt-topic] [tck-id-conformance-mqtt-aware-dbirth-mqtt-retain]",
    async (t) => {
      const plant = await GuardPlant.open(t);
      await using client = await plant.client({ clientId: "gw", will: deathWill(IDS) });
      const births = [nbirth(IDS), dbirth(IDS)];
      for (const { topic, payload } of births)
        client.send(publishPacket(topic, Buffer.from(payload)));
      await client.settle();

      await using late = await RawClient.connected(plant.hub.mqttPort, { clientId: "late" });
      late.send({
        cmd: "subscribe",
        messageId: 1,
        subscriptions: [{ topic: "$sparkplug/certificates/#", qos: 0 }],
      });

      for (const { topic, payload } of births) {
        const kept = await late.find(
          "publish",
          (packet) => packet.topic === `$sparkplug/certificates/${topic}`,
        );
        assert.deepEqual([kept.payload, kept.retain], [payload, true]);
      }
    },
  );
});

/** At which QoS a message arrives that was sent and subscribed to at `qos`. */
async function carriedAt(qos: 0 | 1, plant: GuardPlant): Promise<number> {
  await using client = await plant.client({ clientId: "gw" });
  client.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "plain/x", qos }] });
  await client.find("suback");
  client.send(publishPacket("plain/x", "1", { qos }));
  const message = await client.find("publish");
  return message.qos;
}
