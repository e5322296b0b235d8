/** The rebirth shield between real hosts and an edge node that counts what it is asked. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { connectAsync, type MqttClient } from "mqtt";
import type { IPubackPacket } from "mqtt-packet";
import {
  commandMessage,
  decodePayload,
  readTopic,
  rebirthRequest,
  type SparkplugMessage,
} from "@unshub/sparkplug";
import { unshub } from "../support/cli.ts";
import { startTestHub, type TestHub } from "../support/hub.ts";
import { Inbox } from "../support/mqtt-inbox.ts";
import { dbirth, nbirth, speed } from "../support/sparkplug-messages.ts";

const NODE = { groupId: "g", edgeNodeId: "e" };
/** Long enough that it does not end within a test. */
const SHIELD = ", rebirthShield: { window: 5m }";

interface Plant {
  readonly hub: TestHub;
  readonly edge: MqttClient;
  /** Metric names of each command that reached the edge node. */
  readonly commands: Inbox<readonly (string | undefined)[]>;
}

async function connect(t: TestContext, port: number, clientId: string): Promise<MqttClient> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
    reconnectPeriod: 0,
    protocolVersion: 5,
    clientId,
  });
  t.after(() => client.endAsync(true));
  return client;
}

async function openPlant(t: TestContext, sparkplug: string): Promise<Plant> {
  const hub = await startTestHub(t, "", { sparkplug });
  const edge = await connect(t, hub.mqttPort, "gw");
  const commands = new Inbox<readonly (string | undefined)[]>();
  edge.on("message", (_topic, payload) =>
    commands.push(decodePayload(payload).metrics.map(({ name }) => name)),
  );
  await edge.subscribeAsync("spBv1.0/g/NCMD/e", { qos: 1 });
  await giveBirth(edge);
  return { hub, edge, commands };
}

async function giveBirth(edge: MqttClient): Promise<void> {
  for (const { topic, payload } of [nbirth(), dbirth()])
    await edge.publishAsync(topic, Buffer.from(payload), { qos: 1 });
}

/** A host that has subscribed; `births` are the NBIRTHs that it gets. */
async function openHost(t: TestContext, { hub }: Plant, clientId: string) {
  const client = await connect(t, hub.mqttPort, clientId);
  const births = new Inbox<string>();
  const pubacks = new Inbox<IPubackPacket>();
  client.on("packetreceive", (packet) => {
    if (packet.cmd === "puback") pubacks.push(packet);
  });
  client.on("message", (topic) => {
    const reading = readTopic(topic);
    if (reading.kind === "sparkplug" && reading.topic.kind === "node") births.push(topic);
  });
  await client.subscribeAsync("spBv1.0/+/NBIRTH/#");
  const say = async ({ topic, payload }: SparkplugMessage): Promise<number> => {
    const told = client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    const { reasonCode = 0 } = await pubacks.next();
    await told;
    return reasonCode;
  };
  return { births, say, ask: () => say(rebirthRequest(NODE, Date.now())) };
}

function named(name: string) {
  return { name, datatype: "Boolean", tellDatatype: true, value: true } as const;
}

function reboot(isRebirth: boolean): SparkplugMessage {
  const rebirth = isRebirth ? [named("Node Control/Rebirth")] : [];
  const metrics = [...rebirth, named("Node Control/Reboot")];
  return commandMessage(NODE, { timestamp: Date.now(), metrics });
}

async function reported({ hub }: Plant): Promise<Record<string, unknown>> {
  const answer = await fetch(`http://127.0.0.1:${hub.httpPort}/api/v1/rebirths`);
  return Object(await answer.json());
}

/** Proves that nothing else is on its way to the edge node. */
async function settle(plant: Plant, host: Awaited<ReturnType<typeof openHost>>): Promise<void> {
  await host.say(reboot(false));
  await plant.commands.find((names) => names.includes("Node Control/Reboot"));
}

describe("the rebirth shield", { timeout: 180_000 }, () => {
  it("makes one request of those of several hosts, and the answer reaches them all", async (t) => {
    const plant = await openPlant(t, SHIELD);
    const [one, two] = [await openHost(t, plant, "scada"), await openHost(t, plant, "mes")];

    const told = [await one.ask(), await two.ask(), await two.ask()];
    assert.deepEqual(await plant.commands.next(), ["Node Control/Rebirth"]);
    await giveBirth(plant.edge);
    await Promise.all([one.births.next(), two.births.next()]);
    await settle(plant, one);

    assert.deepEqual(told, [0, 0x10, 0x10]);
    assert.equal(plant.commands.all.filter(([name]) => name === "Node Control/Rebirth").length, 1);
    assert.partialDeepStrictEqual(await reported(plant), {
      shield: { on: true, windowMs: 300_000 },
      passed: 1,
      held: 2,
      askings: [
        { edgeNode: "g/e", clientId: "scada", passed: 1, held: 0 },
        { edgeNode: "g/e", clientId: "mes", passed: 0, held: 2 },
      ],
    });
  });

  it("lets a new request pass after the answer", async (t) => {
    const plant = await openPlant(t, SHIELD);
    const host = await openHost(t, plant, "scada");
    await host.ask();
    await plant.commands.next();
    await giveBirth(plant.edge);
    await host.births.next();

    const told = await host.ask();

    assert.equal(told, 0);
    assert.deepEqual(await plant.commands.next(), ["Node Control/Rebirth"]);
  });

  it("never swallows another command, alone or beside a request", async (t) => {
    const plant = await openPlant(t, SHIELD);
    const host = await openHost(t, plant, "scada");
    await host.ask();
    await plant.commands.next();

    const told = [await host.say(reboot(true)), await host.say(reboot(false))];

    assert.deepEqual(told, [0, 0]);
    assert.deepEqual(await plant.commands.next(), ["Node Control/Rebirth", "Node Control/Reboot"]);
    assert.deepEqual(await plant.commands.next(), ["Node Control/Reboot"]);
  });

  it("spares the edge node the hub's own request, and says why the hub would have asked", async (t) => {
    const plant = await openPlant(t, SHIELD);
    const host = await openHost(t, plant, "scada");
    await host.ask();
    await plant.commands.next();

    const { topic, payload } = speed(1, 99); // a gap
    await plant.edge.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    for (;;) if ((await reported(plant))["held"] === 1) break;
    await settle(plant, host);

    assert.equal(plant.commands.all.filter(([name]) => name === "Node Control/Rebirth").length, 1);
    const { askings } = await reported(plant);
    assert.partialDeepStrictEqual(askings, [
      {},
      { edgeNode: "g/e", hostId: "test", cause: "sequence gap", passed: 0, held: 1 },
    ]);
  });

  it("is off where nothing is said: all pass, and are counted", async (t) => {
    const plant = await openPlant(t, "");
    const host = await openHost(t, plant, "scada");

    const told = [await host.ask(), await host.ask()];
    await plant.commands.next();
    await plant.commands.next();

    const { exitCode, out } = await unshub("rebirths", "--url", urlOf(plant));
    const metrics = await (await fetch(`${urlOf(plant)}/metrics`)).text();
    assert.deepEqual([told, exitCode], [[0, 0], 0]);
    assert.match(out, /^2 requests passed, 0 were held back; the shield is off/);
    assert.match(out, /^g\/e +scada +2 +0 /m);
    assert.match(metrics, /^unshub_sparkplug_rebirth_requests_total\{group="g",node="e"\} 2$/m);
    assert.match(
      metrics,
      /^unshub_sparkplug_rebirth_requests_held_total\{group="g",node="e"\} 0$/m,
    );
  });
});

function urlOf({ hub }: Plant): string {
  return `http://127.0.0.1:${hub.httpPort}`;
}
