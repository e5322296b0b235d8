/** What went wrong in plants, one test each. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { startTestHub, pressAdapter, pressMemory } from "../../../support/hub.ts";
import {
  dbirth,
  deathWill,
  GuardPlant,
  nbirth,
  now,
  sent,
  SPEED,
  stateWill,
  type Ids,
  type Sent,
} from "../../../support/guard-plant.ts";
import { openModbusServer } from "../../../support/modbus-server.ts";
import { publishPacket, RawClient } from "../../../support/mqtt-raw-client.ts";

const IDS: Ids = { clientId: "gw", edge: "e", host: "h" };
const BD_SEQ = (value: number) => ({ name: "bdSeq", datatype: 4, long: value });

function send(client: RawClient, ...messages: readonly Sent[]): void {
  for (const { topic, payload, ...flags } of messages)
    client.send(publishPacket(topic, Buffer.from(payload), flags));
}

/** An edge node that was born in order, with device `d`. */
async function bornNode(
  t: TestContext,
  plant: GuardPlant,
  bdSeq = 0,
  clientId = "gw",
): Promise<RawClient> {
  const client = await plant.client({ clientId, will: deathWill(IDS, {}, bdSeq) });
  t.after(() => client[Symbol.asyncDispose]());
  const filters = ["spBv1.0/G/NCMD/e", "spBv1.0/G/DCMD/e/+"];
  client.send({
    cmd: "subscribe",
    messageId: 1,
    subscriptions: filters.map((topic) => ({ topic, qos: 1 as const })),
  });
  await client.find("suback");
  const birth = nbirth(IDS);
  const metrics = [
    { ...BD_SEQ(bdSeq), timestamp: 1 },
    { name: "Node Control/Rebirth", datatype: 11, boolean: false, timestamp: 1 },
  ];
  send(client, { ...birth, ...sent(IDS, "NBIRTH", { seq: 0, metrics }) }, dbirth(IDS));
  await client.settle();
  return client;
}

/** Only Linux answers on all of 127.0.0.0/8. */
const NEEDS_ADDRESSES = { skip: process.platform !== "linux" };

/** The gateway `gw` as it connects from one of the addresses of this machine. */
async function gatewayAt(
  t: TestContext,
  { hub }: GuardPlant,
  localAddress: string,
  bdSeq: number,
): Promise<RawClient> {
  const socket = connect({ port: hub.mqttPort, host: "127.0.0.1", localAddress });
  await once(socket, "connect");
  const client = new RawClient(socket, 5);
  t.after(() => client[Symbol.asyncDispose]());
  await client.connect({ clientId: "gw", will: deathWill(IDS, {}, bdSeq) });
  return client;
}

const codesIn = ({ hub }: GuardPlant): readonly string[] =>
  hub.hub.guard.findings().map(({ code }) => code);
const isOnline = ({ hub }: GuardPlant, path: string): boolean => {
  const id = hub.hub.tree.find(path);
  return id !== undefined && hub.hub.tree.metric(id)?.quality === "good";
};

describe("the guard in the field", () => {
  it("finds nothing wrong with an edge node in order, nor with those of the hub itself", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const plain = await startTestHub(t, pressAdapter(plc.port), { profile: "strict" });
    const running = "Plant1/gw-press/press-01/Running";
    await plain.until(() => plain.hub.tree.find(running) !== undefined);
    const plant = await GuardPlant.open(t);
    const client = await bornNode(t, plant);
    send(
      client,
      sent(IDS, "DDATA/d", { seq: 2, metrics: [{ name: "Speed", int: 7, timestamp: 2 }] }),
    );
    await client.settle();

    assert.deepEqual(plain.hub.guard.findings(), []);
    assert.deepEqual(codesIn(plant), []);
    const [grade] = plain.hub.guard.grades().filter(({ kind }) => kind === "edge node");
    assert.deepEqual(grade?.broken, []);
    assert.ok(grade?.fine.includes("tck-id-topics-nbirth-seq-num"));
  });

  it("tells an NDEATH with an old bdSeq after a new NBIRTH, lets it pass, and the node lives on", async (t) => {
    const plant = await GuardPlant.open(t);
    plant.hub.rules.S07 = "reject";
    const client = await bornNode(t, plant, 4);
    const death = sent(IDS, "NDEATH", { metrics: [BD_SEQ(3)] });

    send(
      client,
      death,
      sent(IDS, "DDATA/d", { seq: 2, metrics: [{ name: "Speed", int: 8, timestamp: 3 }] }),
    );
    await client.settle();

    assert.deepEqual(codesIn(plant), ["S07"]);
    assert.ok(await plant.passed(death));
    assert.ok(isOnline(plant, "G/e/d/Speed"));
  });

  it("finds a metric that is not in the birth also among messages that are not looked at whole", async (t) => {
    const plant = await GuardPlant.open(t);
    const client = await bornNode(t, plant);
    for (let seq = 2; seq < 50; seq += 1)
      send(
        client,
        sent(IDS, "DDATA/d", { seq, metrics: [{ name: "Speed", int: seq, timestamp: seq }] }),
      );

    send(
      client,
      sent(IDS, "DDATA/d", { seq: 50, metrics: [{ name: "Torque", int: 1, timestamp: 60 }] }),
    );
    await client.settle();

    assert.deepEqual(codesIn(plant), ["M09"]);
    assert.match(plant.hub.hub.guard.findings()[0]?.because ?? "", /"Torque" is not in the birth/);
  });

  it("tells an alias on Node Control/Rebirth", async (t) => {
    const plant = await GuardPlant.open(t);
    const client = await bornNode(t, plant);
    const metrics = [
      { ...BD_SEQ(0), timestamp: 1 },
      { name: "Node Control/Rebirth", alias: 1, datatype: 11, boolean: false, timestamp: 1 },
    ];

    send(client, sent(IDS, "NBIRTH", { seq: 0, metrics }));
    await client.settle();

    assert.deepEqual(codesIn(plant), ["M11"]);
  });

  it("warns of retained births at strict and does not refuse them: too many plants have them", async (t) => {
    const plant = await GuardPlant.open(t, "strict");
    const client = await plant.client({ clientId: "gw", will: deathWill(IDS) });
    t.after(() => client[Symbol.asyncDispose]());
    client.send({
      cmd: "subscribe",
      messageId: 1,
      subscriptions: [{ topic: "spBv1.0/G/NCMD/e", qos: 1 }],
    });
    await client.find("suback");
    const birth = { ...nbirth(IDS), retain: true };

    send(client, birth);
    await client.settle();

    const [finding] = plant.hub.hub.guard.findings();
    assert.deepEqual([finding?.code, finding?.level], ["F02", "warn"]);
    assert.ok(await plant.passed(birth));
  });

  it("names both metrics that differ only in case", async (t) => {
    const plant = await GuardPlant.open(t);
    const client = await bornNode(t, plant);

    send(
      client,
      sent(IDS, "DDEATH/d", { seq: 2 }),
      dbirth(IDS, [SPEED, { ...SPEED, name: "SPEED" }], 3),
    );
    await client.settle();

    assert.deepEqual(codesIn(plant), ["M12"]);
    assert.match(plant.hub.hub.guard.findings()[0]?.because ?? "", /"SPEED" and "Speed"/);
  });

  it("names two gateways with one id, with their addresses, the moment the second one connects", async (t) => {
    const plant = await GuardPlant.open(t);
    await bornNode(t, plant);

    const second = await plant.client({ clientId: "gw-copy", will: deathWill(IDS) });
    t.after(() => second[Symbol.asyncDispose]());

    const [finding] = plant.hub.hub.guard.findings();
    assert.deepEqual([finding?.code, finding?.clientId], ["S08", "gw-copy"]);
    assert.match(
      finding?.because ?? "",
      /"G\/e" belongs to client "gw" \(127\.0\.0\.1:\d+\), not to client "gw-copy" \(127\.0\.0\.1:\d+\)/,
    );
  });

  it(
    "names two gateways with one client id, with their addresses, once each has taken over from the other",
    NEEDS_ADDRESSES,
    async (t) => {
      const plant = await GuardPlant.open(t);
      const first = await gatewayAt(t, plant, "127.0.0.2", 0);
      const second = await gatewayAt(t, plant, "127.0.0.3", 1);
      await first.closed;
      const before = codesIn(plant);

      await gatewayAt(t, plant, "127.0.0.2", 2);
      await second.closed;

      const [finding] = plant.hub.hub.guard.findings();
      assert.deepEqual([before, finding?.code], [[], "S08"]);
      assert.match(
        finding?.because ?? "",
        /^client "gw" \(127\.0\.0\.3:\d+\) and client "gw" \(127\.0\.0\.2:\d+\) take "G\/e" from each other/,
      );
    },
  );

  it(
    "keeps the first of two gateways with one client id from coming back at level reject",
    NEEDS_ADDRESSES,
    async (t) => {
      const plant = await GuardPlant.open(t);
      plant.hub.rules.S08 = "reject";
      await gatewayAt(t, plant, "127.0.0.2", 0);
      const owner = await gatewayAt(t, plant, "127.0.0.3", 1);

      const back = await gatewayAt(t, plant, "127.0.0.2", 2);
      await owner.settle();

      const { reasonCode, properties } = await back.find("connack");
      assert.equal(reasonCode, 0x87);
      assert.match(String(properties?.reasonString), /^S08: /);
    },
  );

  it(
    "takes a gateway that comes back from where it was for a takeover, as often as it does",
    NEEDS_ADDRESSES,
    async (t) => {
      const plant = await GuardPlant.open(t);

      for (const bdSeq of [0, 1, 2, 3]) await gatewayAt(t, plant, "127.0.0.2", bdSeq);

      assert.deepEqual(codesIn(plant), []);
    },
  );

  it("names this hub and whoever uses its host id, and refuses that whatever the level", async (t) => {
    const plant = await GuardPlant.open(t);
    plant.hub.rules.S16 = "off";
    const host = { host: "test" };
    const client = await plant.client({ clientId: "scada" });
    const byWill = await plant.client({ clientId: "scada 2", will: stateWill(host) });
    for (const each of [client, byWill]) t.after(() => each[Symbol.asyncDispose]());

    client.publish("spBv1.0/STATE/test", JSON.stringify({ online: false, timestamp: now() }), 1);

    assert.equal((await client.find("puback")).reasonCode, 0x87);
    assert.equal((await byWill.find("connack")).reasonCode, 0x87);
    const found = plant.hub.hub.guard.findings().filter(({ code }) => code === "S16");
    const told = found.map(({ because, level }) => [level, because]);
    assert.deepEqual(
      told.map(([level]) => level),
      ["reject", "reject"],
    );
    for (const [, because = ""] of told)
      assert.match(
        because,
        /^host id "test" is used by this hub and by client "scada.*" \(127\.0\.0\.1:\d+\)$/,
      );
  });

  it("never reads STATE as protobuf", async (t) => {
    const plant = await GuardPlant.open(t);
    const host = await plant.client({ clientId: "scada", will: stateWill(IDS) });
    t.after(() => host[Symbol.asyncDispose]());

    send(host, {
      topic: "spBv1.0/STATE/h",
      payload: JSON.stringify({ online: false, timestamp: now() }),
      qos: 1,
      retain: true,
    });
    await host.find("puback");

    assert.deepEqual(codesIn(plant), []);
  });

  it("lets a late Will of the old connection pass after a takeover, without harm to the new session", async (t) => {
    const plant = await GuardPlant.open(t, "strict");
    const old = await bornNode(t, plant, 0);

    const client = await bornNode(t, plant, 1);
    await old.closed;
    send(
      client,
      sent(IDS, "DDATA/d", { seq: 2, metrics: [{ name: "Speed", int: 9, timestamp: 4 }] }),
    );
    await client.settle();

    await plant.listener.find("publish", ({ topic }) => topic === "spBv1.0/G/NDEATH/e");
    assert.deepEqual(codesIn(plant), []);
    assert.ok(isOnline(plant, "G/e/d/Speed"));
  });

  it("takes a message that comes again at QoS 1 for a repetition, not for a gap", async (t) => {
    const plant = await GuardPlant.open(t);
    plant.hub.rules.F01 = "off";
    const client = await bornNode(t, plant);
    const data = sent(
      IDS,
      "DDATA/d",
      { seq: 2, metrics: [{ name: "Speed", int: 7, timestamp: 2 }] },
      { qos: 1 },
    );

    send(client, data, data, sent(IDS, "DDATA/d", { seq: 3 }));
    await client.settle();

    assert.deepEqual(codesIn(plant), []);
  });

  it("answers MQTT 3.1.1 as it can: QoS 1 is acknowledged and dropped, a refused birth ends the connection", async (t) => {
    const plant = await GuardPlant.open(t);
    plant.hub.rules.S01 = "reject";
    plant.hub.rules.S11 = "reject";
    const client = await plant.client({ clientId: "gw", protocolVersion: 4, will: deathWill(IDS) });
    t.after(() => client[Symbol.asyncDispose]());
    const data = sent(IDS, "NDATA", { seq: 1 }, { qos: 1 });

    send(client, data);
    await client.find("puback");
    const hasPassed = await plant.passed(data);
    send(client, nbirth(IDS));
    await client.closed;

    assert.ok(!hasPassed);
    assert.ok(client.received.every(({ cmd }) => cmd !== "disconnect"));
    assert.ok(!(await plant.passed(nbirth(IDS))));
  });

  it("lets nobody publish findings but the hub", async (t) => {
    const plant = await GuardPlant.open(t);
    const client = await plant.client({ clientId: "liar" });
    t.after(() => client[Symbol.asyncDispose]());

    send(client, { topic: "$UNS/findings/S08/gw", payload: "{}", qos: 1 });

    assert.equal((await client.find("puback")).reasonCode, 0x87);
  });

  it("clears the topics of its findings when the hub stops", async (t) => {
    const plant = await GuardPlant.open(t);
    const client = await plant.client({ clientId: "gw", will: deathWill(IDS) });
    t.after(() => client[Symbol.asyncDispose]());
    send(client, sent(IDS, "NDATA", { seq: 1 }));
    await plant.finding("S01", "gw");

    await plant.hub.stop();

    const last = plant.listener.received.findLast(
      (packet) => packet.cmd === "publish" && packet.topic === "$UNS/findings/S01/gw",
    );
    assert.ok(last?.cmd === "publish");
    assert.equal(last.payload.length, 0);
  });

  it("ends the connection of a client whose messages are refused again and again", async (t) => {
    const plant = await GuardPlant.open(t, "strict");
    const client = await plant.client({ clientId: "gw", will: deathWill(IDS) });
    t.after(() => client[Symbol.asyncDispose]());

    for (let count = 0; count < 20; count += 1) send(client, sent(IDS, "DDATA/d", { seq: count }));

    const { reasonCode, properties } = await client.find("disconnect");
    assert.equal(reasonCode, 0x83);
    assert.match(String(properties?.reasonString), /^S01: DDATA before NBIRTH/);
  });
});
