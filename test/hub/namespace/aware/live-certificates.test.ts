/** Live certificates through a whole hub: what a subscriber gets must be like any retained message. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { connectAsync, type MqttClient } from "mqtt";
import type { IPublishPacket } from "mqtt-packet";
import { metricValue, propertyValue } from "@unshub/sparkplug";
import type { PublishedMessage } from "../../../../hub/src/broker/index.ts";
import { startTestHub, tempDir, type HubTestOptions, type TestHub } from "../../../support/hub.ts";
import { LiveReader, payloadOf } from "../../../support/live-reader.ts";
import { publishPacket } from "../../../support/mqtt-raw-client.ts";
import { dbirth, nbirth, ndeath, speed } from "../../../support/sparkplug-messages.ts";

const ALL = "$UNS/certificates/#";
const NODE = "$UNS/certificates/sparkplug/g/NBIRTH/e";
const DEVICE = "$UNS/certificates/sparkplug/g/DBIRTH/e/d";
const DEVICE_JSON = "$UNS/certificates/json/g/DBIRTH/e/d";
const SPEED = "g/e/d/Motor/Speed";

interface Plant {
  readonly hub: TestHub;
  readonly edge: MqttClient;
  readonly say: (message: PublishedMessage) => Promise<void>;
}

async function openPlant(t: TestContext, options: HubTestOptions = {}): Promise<Plant> {
  const hub = await startTestHub(t, "", options);
  const edge = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, { reconnectPeriod: 0 });
  t.after(() => edge.endAsync(true));
  const say = async ({ topic, payload }: PublishedMessage): Promise<void> => {
    await edge.publishAsync(topic, Buffer.from(payload));
  };
  return { hub, edge, say };
}

/** Edge node `g/e` with device `d`, born, and its speed is 77. */
async function livingPlant(t: TestContext, options: HubTestOptions = {}): Promise<Plant> {
  const plant = await openPlant(t, options);
  await plant.say(nbirth());
  await plant.say(dbirth());
  await plant.say(speed(77, 2));
  await hasSpeed(plant.hub, 77);
  return plant;
}

async function hasSpeed({ hub, until }: TestHub, value: number): Promise<void> {
  await until(() => hub.tree.metric(hub.tree.find(SPEED) ?? 0)?.value === value);
}

function valueIn(packet: IPublishPacket, name: string): unknown {
  const { metrics } = payloadOf(packet);
  const metric = metrics.find((candidate) => candidate.name === name);
  const datatype = name.endsWith("Online") ? "Boolean" : "Int32";
  return metric && metricValue(metric, datatype);
}

function isLastKnown({ payload }: IPublishPacket): boolean {
  return String(payload).includes("last-known");
}

describe("a live certificate", { timeout: 180_000 }, () => {
  it("gives who comes late with a wildcard the state of now, in one message each, without a rebirth", async (t) => {
    const { hub } = await livingPlant(t);

    const late = await LiveReader.open(t, hub.mqttPort);
    await late.subscribe(ALL, { qos: 1 });

    const packet = await late.message(DEVICE);
    const json = JSON.parse(String((await late.message(DEVICE_JSON)).payload));
    await late.message(NODE);
    assert.deepEqual([packet.retain, packet.qos, packet.dup], [true, 1, false]);
    assert.deepEqual(
      [
        valueIn(packet, "Motor/Speed"),
        valueIn(packet, "Device Info/Online"),
        payloadOf(packet).seq,
      ],
      [77, true, 2],
    );
    assert.deepEqual([json.online, json.metrics[0].value], [true, 77]);
    assert.ok(!hub.logged.some(({ message }) => message === "rebirth requested"));
  });

  it("comes with Retain Handling 0 each time, with 1 for a new subscription, with 2 never", async (t) => {
    const { hub } = await livingPlant(t);
    const late = await LiveReader.open(t, hub.mqttPort);

    await late.subscribe(DEVICE, { rh: 2 });
    await late.subscribe(DEVICE, { rh: 1 });
    await late.client.settle();
    const withoutAny = late.topics;
    await late.subscribe(DEVICE_JSON, { rh: 1 });
    await late.subscribe(DEVICE, { rh: 0 });
    await late.subscribe(DEVICE, { rh: 0 });
    await late.subscribe(NODE);
    await late.message(NODE);

    assert.deepEqual(withoutAny, []);
    assert.deepEqual(late.topics, [DEVICE_JSON, DEVICE, DEVICE, NODE]);
  });

  it("comes with the QoS and the identifiers of the subscription, once for each", async (t) => {
    const { hub } = await livingPlant(t);
    const late = await LiveReader.open(t, hub.mqttPort);

    await late.subscribe("$UNS/certificates/sparkplug/+/DBIRTH/#", { qos: 0 }, 7);
    const first = await late.message(DEVICE);
    await late.subscribe("$UNS/certificates/+/g/DBIRTH/+/d", { qos: 2 }, 8);
    const second = await late.message(
      DEVICE,
      ({ properties }) => properties?.subscriptionIdentifier === 8,
    );

    assert.deepEqual([first.qos, first.properties?.subscriptionIdentifier], [0, 7]);
    assert.deepEqual([second.qos, second.retain], [1, true]);
  });

  it("comes to MQTT 3.1.1, and not to shared subscriptions or a wildcard in front", async (t) => {
    const { hub } = await livingPlant(t);
    const old = await LiveReader.open(t, hub.mqttPort, { protocolVersion: 4 });

    await old.subscribe("#");
    await old.subscribe("+/certificates/#");
    await old.subscribe(`$share/group/${ALL}`);
    await old.subscribe(NODE);
    await old.message(NODE);

    assert.deepEqual(
      old.topics.filter((topic) => topic.startsWith("$UNS/")),
      [NODE],
    );
  });

  it("is left out where it is larger than the client takes", async (t) => {
    const { hub } = await livingPlant(t);
    const small = await LiveReader.open(t, hub.mqttPort, {
      properties: { maximumPacketSize: 300 },
    });

    await small.subscribe(DEVICE_JSON, { qos: 1 });
    await small.subscribe(DEVICE, { qos: 1 });
    await small.message(DEVICE);

    assert.deepEqual(small.topics, [DEVICE]);
  });

  it("is told to who is subscribed when its source dies and when it is back", async (t) => {
    const { hub, say } = await livingPlant(t);
    const here = await LiveReader.open(t, hub.mqttPort);
    await here.subscribe(DEVICE, { qos: 1 });
    const asPublished = await LiveReader.open(t, hub.mqttPort, { clientId: "rap" });
    await asPublished.subscribe(DEVICE_JSON, { rap: true, rh: 2 });

    await say(ndeath());
    const death = await here.message(
      DEVICE,
      (packet) => valueIn(packet, "Device Info/Online") === false,
    );
    const deathJson = await asPublished.message(DEVICE_JSON);
    await say(nbirth(1));
    await say(dbirth());
    const birth = await here.message(
      DEVICE,
      (packet) => !packet.retain && valueIn(packet, "Device Info/Online") === true,
    );

    const [motor] = payloadOf(death).metrics;
    assert.deepEqual([death.retain, deathJson.retain], [false, true]);
    assert.equal(propertyValue(motor?.properties.get("Quality")), 500);
    assert.partialDeepStrictEqual(JSON.parse(String(deathJson.payload)), {
      online: false,
      state: "offline",
      metrics: [
        { name: "Motor/Speed", value: 77, quality: "offline", reason: "edge node died" },
        {},
      ],
    });
    assert.equal(valueIn(birth, "Motor/Speed"), 1200);
  });

  it("is told when its source is born again, though it was online all the time", async (t) => {
    const { hub, say } = await livingPlant(t);
    const here = await LiveReader.open(t, hub.mqttPort);
    await here.subscribe(NODE, { rh: 2 });

    await say(nbirth());

    const packet = await here.message(NODE);
    assert.deepEqual([packet.retain, payloadOf(packet).seq], [false, 0]);
  });

  it("is told now and then when its values change, where that is asked for", async (t) => {
    const { hub, say } = await livingPlant(t, {
      sparkplug: ", liveCertificates: { refresh: 1s }",
    });
    const here = await LiveReader.open(t, hub.mqttPort);
    await here.subscribe(DEVICE, { rh: 2 });
    await here.message(DEVICE); // of its birth, or the first one ever

    await say(speed(78, 3));

    const packet = await here.message(DEVICE, (one) => valueIn(one, "Motor/Speed") === 78);
    assert.equal(packet.retain, false);
  });

  it("waits for a session that is away", async (t) => {
    const { hub, say } = await livingPlant(t);
    const session = { clean: false, properties: { sessionExpiryInterval: 1000 } };
    const away = await LiveReader.open(t, hub.mqttPort, session);
    await away.subscribe(DEVICE, { qos: 1, rh: 2 });
    const watching = await LiveReader.open(t, hub.mqttPort, { clientId: "watching" });
    await watching.subscribe(DEVICE, { rh: 2 });
    await away.client[Symbol.asyncDispose]();

    await say(ndeath());
    await watching.message(DEVICE);
    const back = await LiveReader.open(t, hub.mqttPort, session);

    const packet = await back.message(DEVICE);
    assert.equal(valueIn(packet, "Device Info/Online"), false);
  });

  it("survives a restart of the hub, as last known, until the node is heard", async (t) => {
    const dataDir = tempDir(t);
    const first = await livingPlant(t, { dataDir });
    await first.hub.stop();
    const { hub, say } = await openPlant(t, { dataDir });
    const late = await LiveReader.open(t, hub.mqttPort);
    await late.subscribe(DEVICE);
    await late.subscribe(DEVICE_JSON);

    const packet = await late.message(DEVICE);
    const json = JSON.parse(String((await late.message(DEVICE_JSON)).payload));
    await say(speed(78, 3));
    const again = await late.message(DEVICE, (one) => valueIn(one, "Device Info/Online") === true);

    assert.deepEqual(
      [
        valueIn(packet, "Motor/Speed"),
        valueIn(packet, "Device Info/Online"),
        payloadOf(packet).seq,
      ],
      [77, false, undefined],
    );
    assert.partialDeepStrictEqual(json, {
      online: false,
      state: "last-known",
      metrics: [
        { value: 77, quality: "last-known", reason: "not heard since the hub started; was good" },
        {},
      ],
    });
    assert.deepEqual([valueIn(again, "Motor/Speed"), payloadOf(again).seq], [78, 3]);
  });

  it("tells a session that was away during the restart, too", async (t) => {
    const dataDir = tempDir(t);
    const first = await livingPlant(t, { dataDir });
    const session = { clean: false, properties: { sessionExpiryInterval: 1000 } };
    const before = await LiveReader.open(t, first.hub.mqttPort, session);
    await before.subscribe(DEVICE_JSON, { qos: 1, rh: 2 });
    await first.hub.stop();

    const { hub } = await openPlant(t, { dataDir });
    const back = await LiveReader.open(t, hub.mqttPort, session);

    const packet = await back.message(DEVICE_JSON, isLastKnown);
    assert.equal(packet.qos, 1);
  });

  it("is nobody's to publish but the hub's", async (t) => {
    const { hub } = await livingPlant(t);
    const late = await LiveReader.open(t, hub.mqttPort);

    late.client.send(publishPacket(DEVICE, "forged", { qos: 1, retain: true }));
    const { reasonCode } = await late.client.find("puback");
    late.client.send(publishPacket(DEVICE, "", { qos: 1, retain: true, messageId: 8 }));
    await late.client.find("puback", ({ messageId }) => messageId === 8);
    await late.subscribe(DEVICE);

    assert.equal(reasonCode, 0x87);
    assert.equal(valueIn(await late.message(DEVICE), "Motor/Speed"), 77);
  });

  it("is not made of a birth that was refused, nor is that birth kept", async (t) => {
    const { hub, say, edge } = await openPlant(t, { profile: "strict" });
    const ended = new Promise<void>((resolve) => edge.once("close", () => resolve()));
    await say(nbirth()); // without a Will: C03
    await ended;

    const late = await LiveReader.open(t, hub.mqttPort);
    await late.subscribe("$UNS/certificates/#");
    await late.subscribe("$sparkplug/#");
    await late.subscribe("$SYS/broker/version");
    await late.message("$SYS/broker/version"); // in the order of subscriptions

    assert.deepEqual(late.topics, ["$SYS/broker/version"]);
  });
});
