/** Sparkplug carried on to another MQTT server: a second hub, whose guard finds every fault, and Mosquitto. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { describe, it, type TestContext } from "node:test";
import { decodePayload, deviceCommand, encodePayload, rebirthRequest } from "@unshub/sparkplug";
import mqtt from "mqtt";
import { startTestHub, tempDir, type TestHub } from "../../support/hub.ts";
import { liveEdge } from "../../support/live-edge.ts";
import {
  mosquittoServer,
  SKIP_WITHOUT_MOSQUITTO_SERVER as skip,
} from "../../support/mosquitto-server.ts";
import { mqttListener, type MqttListener } from "../../support/mqtt-listener.ts";
import { FreezableProxy } from "../../support/opcua-proxy.ts";
import { asking, startSinkHub } from "../../support/sink-hub.ts";

const OFTEN = "every: 20ms, retryAfter: 20ms, retryAtMost: 100ms, timeout: 1m";
const REPLAY = "replay: { sparkplug: {} }";
const PARTS = "Plant1/gw/press/Parts";

function linkTo(port: number): string {
  return `{ name: far, type: sparkplug, url: "mqtt://127.0.0.1:${port}", ${OFTEN} }`;
}

function reading(value: number) {
  return { name: "Parts", value, quality: "good", timestamp: Date.now() } as const;
}

const nobody = (): void => undefined;

/** A conformant edge node with a device and one metric that counts. */
function edgeNode(t: TestContext, { mqttPort }: Pick<TestHub, "mqttPort">) {
  const written: string[] = [];
  const session = liveEdge(`mqtt://127.0.0.1:${mqttPort}`, {
    random: () => 0.5,
    onWrite: ({ metric }) => written.push(metric),
  });
  session.node.born("press", [{ ...reading(0), datatype: "Int32", writable: true }]);
  session.start();
  t.after(() => session.stop());
  const count = (value: number): void => session.node.changed("press", [reading(value)]);
  return { session, count, written };
}

/** What a hub shows of the metric: `good 7`. */
function shown({ hub }: TestHub): string {
  const id = hub.tree.find(PARTS);
  const now = id === undefined ? undefined : hub.tree.metric(id);
  return now === undefined ? "nothing" : `${now.quality} ${JSON.stringify(now.value)}`;
}

/** Messages of a type as they came: topic, QoS, RETAIN, and the payload in hexadecimal. */
function raw({ got }: MqttListener, type: string): readonly string[] {
  return got
    .filter(({ topic }) => topic.includes(`/${type}/`))
    .map(({ topic, packet: { qos, retain, payload } }) =>
      [topic, qos, retain, Buffer.from(payload).toString("hex")].join(" "),
    );
}

/** What the guard of a hub found, in its words. */
function found({ hub }: TestHub): readonly string[] {
  return hub.guard.findings().map(({ code, topic, because }) => `${code} ${topic}: ${because}`);
}

async function heard(t: TestContext, { mqttPort }: Pick<TestHub, "mqttPort">) {
  return await mqttListener(t, `mqtt://127.0.0.1:${mqttPort}`, "spBv1.0/Plant1/#");
}

describe("the Sparkplug sink and another hub", { timeout: 180_000 }, () => {
  it("carries each edge node on byte for byte, in a session of its own, in which a strict guard finds no fault", async (t) => {
    const far = await startTestHub(t, "", { id: "far", profile: "strict" });
    const near = await startSinkHub(t, [linkTo(far.mqttPort)], { more: REPLAY });
    await near.untilSink("far", ({ status }) => status === "up");
    const [heardFar, heardNear] = [await heard(t, far), await heard(t, near)];
    const { session, count, written } = edgeNode(t, near);
    await far.until(() => shown(far) === "good 0");

    for (let value = 1; value <= 300; value += 1) count(value);
    await far.until(() => shown(far) === "good 300");
    const host = await mqtt.connectAsync(`mqtt://127.0.0.1:${far.mqttPort}`);
    t.after(() => host.endAsync(true));
    const node = { groupId: "Plant1", edgeNodeId: "gw" } as const;
    const write = {
      ...node,
      deviceId: "press",
      metric: "Parts",
      datatype: "Int32",
      value: 7,
    } as const;
    for (const { topic, payload } of [
      deviceCommand(write, Date.now()),
      rebirthRequest(node, Date.now()),
    ])
      await host.publishAsync(topic, Buffer.from(payload));
    await near.untilLogged(/a command of the other side is not carried out/);
    await heardFar.until(() => raw(heardFar, "DBIRTH").length === 2);
    await session.stop();
    await far.until(() => shown(far) === "offline 300");
    for (const one of [heardFar, heardNear])
      await one.until(() => raw(one, "DDATA").length === 300 && raw(one, "DBIRTH").length === 2);

    const types = ["NBIRTH", "DBIRTH", "DDATA"];
    assert.deepEqual(
      types.map((type) => raw(heardFar, type)),
      types.map((type) => raw(heardNear, type)),
    );
    assert.deepEqual(written, []);
    assert.deepEqual(found(far), []);
  });

  it("says what came while the other hub could not be reached as values of the past, and then what is now", async (t) => {
    const far = await startTestHub(t, "", { id: "far", profile: "strict" });
    await using proxy = await FreezableProxy.start(far.mqttPort);
    const near = await startSinkHub(t, [linkTo(proxy.port)], { more: REPLAY });
    await near.untilSink("far", ({ status }) => status === "up");
    const { count } = edgeNode(t, near);
    await far.until(() => shown(far) === "good 0");
    for (let value = 1; value <= 50; value += 1) count(value);
    await far.until(() => shown(far) === "good 50");

    proxy.refuse();
    await far.until(() => shown(far) === "offline 50");
    for (let value = 51; value <= 400; value += 1) count(value);
    await near.untilSink("far", ({ status, backlogRows }) => status === "down" && backlogRows > 0);
    const seen: string[] = [];
    proxy.allow();
    await far.until(() => {
      seen.push(shown(far));
      return shown(far) === "good 400";
    });

    const values = new Set((await asking(far.httpPort).rows()).map(({ value }) => value));
    assert.deepEqual(
      Array.from({ length: 401 }, (_, at) => at).filter((value) => !values.has(value)),
      [],
    );
    assert.deepEqual(
      seen.filter((one) => one.startsWith("good") && one !== "good 400"),
      [],
    );
    assert.deepEqual(found(far), []);
  });

  it("goes on where it was after a restart of its own hub, with the next bdSeq", async (t) => {
    const far = await startTestHub(t, "", { id: "far", profile: "strict" });
    const dataDir = tempDir(t);
    const sinks = [linkTo(far.mqttPort)];
    const first = await startSinkHub(t, sinks, { more: REPLAY, dataDir });
    const ports = { mqtt: first.mqttPort };
    await first.untilSink("far", ({ status }) => status === "up");
    const { session, count } = edgeNode(t, first);
    await far.until(() => shown(far) === "good 0");

    await first.stop();
    await far.until(() => shown(far) === "offline 0");
    count(1);
    const second = await startSinkHub(t, sinks, { more: REPLAY, dataDir, ports });
    await far.until(() => shown(far) === "good 1");
    await session.stop();
    await far.until(() => shown(far) === "offline 1");

    const { findings } = await second.ask("/api/v1/findings");
    assert.deepEqual(
      findings.filter(({ code }: { code: string }) => code.startsWith("SINK")),
      [],
    );
    assert.deepEqual(found(far), []);
  });

  it("passes over an edge node that the other side refuses, and carries on the others", async (t) => {
    const far = await startTestHub(t, "", { id: "far", profile: "strict" });
    const near = await startSinkHub(t, [linkTo(far.mqttPort)], { more: REPLAY });
    await near.untilSink("far", ({ status }) => status === "up");
    const wrong = await mqtt.connectAsync(`mqtt://127.0.0.1:${near.mqttPort}`);
    t.after(() => wrong.endAsync(true));
    const bdSeq = { name: "bdSeq", datatype: "Int64", tellDatatype: true, value: 0 } as const;
    const birth = encodePayload({ timestamp: Date.now(), seq: 7, metrics: [bdSeq] });

    await wrong.publishAsync("spBv1.0/Plant1/NBIRTH/wrong", Buffer.from(birth), { qos: 0 });
    await near.untilSink("far", ({ missedRows }) => missedRows > 0);
    edgeNode(t, near);
    await far.until(() => shown(far) === "good 0");

    const { findings } = await near.ask("/api/v1/findings");
    const told = findings.filter(({ code }: { code: string }) => code === "SINK-REFUSED");
    assert.equal(told.length, 1);
    assert.match(told[0].because, /^the edge node Plant1\/wrong: .*S05/);
    assert.equal((await near.sink("far")).status, "up");
  });

  it("sends nothing back to the hub that it came from", async (t) => {
    await using toSecond = await FreezableProxy.start(1);
    const first = await startSinkHub(t, [linkTo(toSecond.port)], { more: REPLAY, id: "first" });
    const second = await startSinkHub(t, [linkTo(first.mqttPort)], { more: REPLAY, id: "second" });
    toSecond.targetPort = second.mqttPort;
    await first.untilSink("far", ({ status }) => status === "up");
    await second.untilSink("far", ({ status }) => status === "up");
    const { count } = edgeNode(t, first);
    await second.until(() => shown(second) === "good 0");

    count(1);
    await second.until(() => shown(second) === "good 1");
    await second.untilSink("far", ({ backlogRows }) => backlogRows === 0);

    assert.equal((await second.sink("far")).rowsWritten, 0);
    assert.deepEqual([found(first), found(second)], [[], []]);
  });
});

/** What mosquitto_sub prints: topic and payload in hexadecimal. Resolves when it is subscribed. */
async function mosquittoSub(t: TestContext, url: string) {
  const probe = await mqtt.connectAsync(url);
  await probe.publishAsync("probe", "there", { retain: true, qos: 1 });
  await probe.endAsync();
  const child = spawn(
    "mosquitto_sub",
    ["-V", "5", "-L", `${url}/probe`, "-t", "spBv1.0/#", "-F", "%t %x"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  t.after(() => child.kill("SIGKILL"));
  const lines: string[] = [];
  let look = nobody;
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    look();
  });
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      look = () => {
        if (holds()) resolve();
      };
      look();
    });
  await until(() => lines.length > 0);
  return { lines, until };
}

describe("the Sparkplug sink and Mosquitto", { skip, timeout: 180_000 }, () => {
  it("goes on after Mosquitto was killed, seq for seq, and says NDEATH when the hub stops", async (t) => {
    const server = await mosquittoServer(t);
    await using proxy = await FreezableProxy.start(server.port);
    const near = await startSinkHub(t, [linkTo(proxy.port)], { more: REPLAY });
    await near.untilSink("far", ({ status }) => status === "up");
    const { count } = edgeNode(t, near);
    await near.untilSink("far", ({ rowsWritten }) => rowsWritten >= 2);
    await server.kill();
    proxy.refuse();
    for (let value = 1; value <= 300; value += 1) count(value);
    await near.untilSink("far", ({ status }) => status === "down");

    await server.start();
    const far = await mosquittoSub(t, server.url);
    const heardNear = await heard(t, near);
    proxy.allow();
    await heardNear.until(() => raw(heardNear, "DBIRTH").length > 0); // what the sink asked for
    count(301);
    await heardNear.until(() => raw(heardNear, "DDATA").length > 0);
    const [last = ""] = raw(heardNear, "DDATA").map((line) => line.split(" ").at(-1) ?? "");
    await far.until(() => far.lines.includes(`spBv1.0/Plant1/DDATA/gw/press ${last}`));
    await near.stop();
    await far.until(() => far.lines.some((line) => line.startsWith("spBv1.0/Plant1/NDEATH/gw ")));

    const said = far.lines.filter((line) => line.startsWith("spBv1.0/Plant1/"));
    const messages = said.map((line) => {
      const [topic = "", hex = ""] = line.split(" ");
      return { type: topic.split("/")[2], payload: decodePayload(Buffer.from(hex, "hex")) };
    });
    const seqs = messages.flatMap(({ payload: { seq } }) => (seq === undefined ? [] : [seq]));
    const late = messages.filter(({ payload: { metrics } }) => metrics[0]?.isHistorical === true);
    assert.equal(messages[0]?.type, "NBIRTH");
    assert.deepEqual(
      seqs.filter((seq, at) => seq !== 0 && seq !== (seqs[at - 1] ?? 0) + 1),
      [],
    );
    assert.ok(late.filter(({ type }) => type === "DDATA").length >= 300);
    assert.equal(
      messages.findLast(({ type }) => type === "NDEATH"),
      messages.at(-1),
    );
  });
});
