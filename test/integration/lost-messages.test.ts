/** Messages that a publisher sent and the hub never got: what may have been in them is shown as good nowhere, until it is known again. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { connectAsync, type MqttClient } from "mqtt";
import { encodePayload, type MetricToSend } from "@unshub/sparkplug";
import type { WireValue } from "../../hub/src/feed/protocol.ts";
import { startTestHub, type TestHub } from "../support/hub.ts";
import { I3xClient, valueAt } from "../support/i3x-client.ts";
import { openLive } from "../support/live-page-client.ts";
import { mqttListener } from "../support/mqtt-listener.ts";

const TANK = "g/e/d/Tank";
const PUMP = "g/e/d/Pump";
const NAMES = ["Tank", "Pump"];
const GOOD = 2;
const STALE = 1;

/** An edge node on MQTT.js, and every door of the hub at which a quality is seen. */
async function openPlant(t: TestContext) {
  const hub = await startTestHub(t, "", { more: "uns: { projection: {} }\nhistory: {}" });
  const topics = await mqttListener(t, `mqtt://127.0.0.1:${hub.mqttPort}`, "g/e/d/#");
  const edge = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, { reconnectPeriod: 0 });
  t.after(() => edge.endAsync(true));
  await born(edge, 0);
  return { hub, edge, topics, i3x: new I3xClient(hub) };
}

async function say(
  edge: MqttClient,
  what: string,
  seq: number,
  metrics: readonly MetricToSend[],
): Promise<void> {
  const bytes = encodePayload({ timestamp: Date.now(), seq, metrics });
  await edge.publishAsync(`spBv1.0/g/${what}`, Buffer.from(bytes), { qos: 1 });
}

async function born(edge: MqttClient, value: number): Promise<void> {
  const bdSeq = { name: "bdSeq", datatype: "Int64", tellDatatype: true, value: 0 } as const;
  await say(edge, "NBIRTH/e", 0, [bdSeq]);
  const metrics = NAMES.map((_name, at) => metric(at, value));
  await say(edge, "DBIRTH/e/d", 1, metrics);
}

function metric(at: number, value: number): MetricToSend {
  return { name: NAMES[at], alias: at + 1, datatype: "Int32", tellDatatype: true, value };
}

/** Asks until the answer is as wanted, and fails with the last one when the test is over. */
async function until<Answer>(wanted: Answer, ask: () => Promise<Answer>): Promise<void> {
  const text = JSON.stringify(wanted);
  // oxlint-disable-next-line no-await-in-loop -- one question after the other
  while (JSON.stringify(await ask()) !== text) await pause(20);
}

async function json(hub: TestHub, path: string): Promise<unknown> {
  return await (await fetch(`http://127.0.0.1:${hub.httpPort}${path}`)).json();
}

describe("an edge node whose messages were lost", { timeout: 120_000 }, () => {
  it("has stale metrics at every door, good ones where it speaks again, and good ones only after a birth", async (t) => {
    const { hub, edge, topics, i3x } = await openPlant(t);
    const asksI3x = async (): Promise<readonly unknown[]> => {
      const asked = { elementIds: [TANK, PUMP] };
      const { json: answer } = await i3x.ask("POST", "/objects/value", asked);
      return [0, 1].map((at) => valueAt(answer, "results", at, "result", "quality"));
    };
    const asksTopics = async (): Promise<readonly unknown[]> =>
      [TANK, PUMP].map((path) => {
        const last = topics.got.findLast(({ topic }) => topic === path)?.text ?? "{}";
        return valueAt(JSON.parse(last), "quality");
      });
    await until(["Good", "Good"], asksTopics);

    await say(edge, "DDATA/e/d", 7, [metric(1, 5)]);
    await until(["Uncertain", "Good"], asksI3x);
    await until(["Uncertain", "Good"], asksTopics);

    await say(edge, "DDATA/e/d", 8, [metric(0, 6)]);
    await until(["Good", "Good"], asksI3x);
    await until(["Good", "Good"], asksTopics);
    const { tree } = hub.hub;
    const counts = () => tree.rows.counts(tree.find("g/e") ?? 0);
    assert.deepEqual(counts(), { metrics: 3, bad: 0, stale: 1 }); // its own bdSeq

    await born(edge, 7);
    assert.deepEqual(counts(), { metrics: 3, bad: 0, stale: 0 });
  });

  it("is told on the page with the reason, and in its life with how many and that it was asked", async (t) => {
    const { hub, edge } = await openPlant(t);
    const { tree } = hub.hub;
    const id = tree.find(TANK) ?? 0;
    const page = await openLive(`http://127.0.0.1:${hub.httpPort}`);
    t.after(() => page.close());
    const shows = async (value: number, quality: number): Promise<void> => {
      const isShown = (u: readonly WireValue[]): boolean =>
        u[0] === id && u[1] === value && u[2] === quality;
      const frame = await page.frames.find((one) => one.op === "d" && isShown(one.u));
      assert.ok(frame.op === "d");
      page.send({ op: "ack", s: frame.s });
    };
    page.send({ op: "view", g: 1, rows: [id] });
    await shows(0, GOOD);

    await say(edge, "DDATA/e/d", 7, [metric(1, 5)]);
    await shows(0, STALE);
    const answer = await json(hub, `/api/ns/value?id=${id}`);
    const life = await json(hub, "/api/v1/nodes/g/e");
    await say(edge, "DDATA/e/d", 8, [metric(0, 6)]);
    await shows(6, GOOD);
    await say(edge, "DDATA/e/d", 11, [metric(1, 6)]);
    await shows(6, STALE);
    await born(edge, 7);
    await shows(7, GOOD);

    assert.partialDeepStrictEqual(answer, { quality: STALE, reason: "messages were lost" });
    const events = valueAt(life, "events");
    assert.ok(Array.isArray(events));
    const said = events.map((event: unknown) => valueAt(event, "what"));
    const gap = said.indexOf("seq 7 came when 2 was expected: 5 lost");
    assert.deepEqual(said.slice(gap, gap + 2), [said[gap], "2 metrics marked stale"]);
  });

  it("has no good value in its history between the loss and the next one", async (t) => {
    const { hub, edge } = await openPlant(t);
    const since = Date.now() - 60_000;
    const asksHistory = async (): Promise<readonly unknown[]> => {
      const answer = await json(hub, `/api/history?path=${TANK}&from=${since}`);
      const rows = valueAt(answer, "values");
      assert.ok(Array.isArray(rows), JSON.stringify(answer));
      const told = rows.filter((row: unknown) => valueAt(row, "gap") !== true);
      return told.map((row: unknown) => [valueAt(row, "value"), valueAt(row, "quality")]);
    };
    await until([[0, "good"]], asksHistory);

    await say(edge, "DDATA/e/d", 7, [metric(1, 5)]);
    const lost = [
      [0, "good"],
      [0, "stale"],
    ];
    await until(lost, asksHistory);
    await say(edge, "DDATA/e/d", 8, [metric(0, 6)]);
    await until([...lost, [6, "good"]], asksHistory);
  });
});
