/** One element, by one name, at every door: i3X, plain topics, MCP, the history, a sink; as it is born, lives and dies. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { encodePayload, type MetricToSend } from "@unshub/sparkplug";
import { I3xClient, textAt, valueAt } from "../support/i3x-client.ts";
import { structureOf } from "../support/mcp-plant.ts";
import {
  mosquittoServer,
  SKIP_WITHOUT_MOSQUITTO_SERVER as skip,
} from "../support/mosquitto-server.ts";
import { mqttListener } from "../support/mqtt-listener.ts";
import { edgeNodeClient, metric, startSinkHub } from "../support/sink-hub.ts";

const DEVICE = "Plant1/gw/press";
const PRESSURE = `${DEVICE}/Hydraulics/Pressure`;

/** A hub with every door open, and what each of them says of the pressure now. */
async function openDoors(t: TestContext) {
  const server = await mosquittoServer(t);
  const sink = `{ name: bridge, type: mqtt, url: "${server.url}", begin: oldest, every: 20ms }`;
  const hub = await startSinkHub(t, [sink], { more: "uns: { projection: {} }" });
  const bridged = await mqttListener(t, server.url, "Plant1/#");
  const own = await mqttListener(t, `mqtt://127.0.0.1:${hub.mqttPort}`, PRESSURE);
  const i3x = new I3xClient(hub);
  const mcp = new Client(
    { name: "test", version: "1" },
    { versionNegotiation: { mode: { pin: "2026-07-28" } } },
  );
  await mcp.connect(new StreamableHTTPClientTransport(new URL("/mcp", hub.url)));
  t.after(() => mcp.close());
  const node = await edgeNodeClient(t, hub.mqttPort);
  /** Value and quality at i3X, the last plain topic, MCP. */
  const now = async (): Promise<readonly unknown[]> => {
    const { json } = await i3x.ask("POST", "/objects/value", { elementIds: [PRESSURE] });
    const read = { name: "uns_read", arguments: { elementIds: [PRESSURE] } };
    const said = structureOf(await mcp.callTool(read));
    const topic: unknown = JSON.parse(own.got.at(-1)?.text ?? "{}");
    return [
      worth(valueAt(json, "results", 0, "result")),
      worth(topic),
      worth(valueAt(said, "values", 0)),
    ];
  };
  /** Resolves when all of them say so. */
  const until = async (value: unknown, quality: string): Promise<void> => {
    const wanted = JSON.stringify([1, 2, 3].map(() => [value, quality]));
    while (JSON.stringify(await now()) !== wanted) await pause(20);
  };
  return { hub, i3x, mcp, node, own, bridged, now, until };
}

function worth(vqt: unknown): readonly unknown[] {
  return [valueAt(vqt, "value"), valueAt(vqt, "quality")];
}

function pressure(value: number, time: number): MetricToSend {
  const unit = { key: "engUnit", datatype: "String", value: "bar" } as const;
  return { ...metric("Hydraulics/Pressure", "Double", value, time), properties: [unit] };
}

describe("a metric that is born", { skip, timeout: 120_000 }, () => {
  it("has one name at every door: object, type, component, plain topic, history, sink, search", async (t) => {
    const { hub, i3x, mcp, node, own, bridged, until } = await openDoors(t);
    const time = Date.now() - 1000;

    await node.born(time, [pressure(101.5, time), metric("Parts", "Int32", 7, time)]);
    await until(101.5, "Good");
    await hub.untilWritten("bridge");
    await bridged.until(() => bridged.got.some(({ topic }) => topic === PRESSURE));

    const list = { elementIds: [PRESSURE, DEVICE], includeMetadata: true };
    const { json: objects } = await i3x.ask("POST", "/objects/list", list);
    const [metricObject, device] = [0, 1].map((at) => valueAt(objects, "results", at, "result"));
    const types = { elementIds: [textAt(device, "typeElementId")] };
    const { json: typed } = await i3x.ask("POST", "/objecttypes/query", types);
    const deep = { elementIds: [DEVICE], maxDepth: 0 };
    const { json: whole } = await i3x.ask("POST", "/objects/value", deep);
    const range = { startTime: "2020-01-01T00:00:00Z", endTime: "2100-01-01T00:00:00Z" };
    const { json: past } = await i3x.ask("POST", "/objects/history", {
      elementIds: [PRESSURE],
      ...range,
    });
    const search = { name: "uns_search", arguments: { words: "pressure" } };
    const found = structureOf(await mcp.callTool(search));

    const at = new Date(time).toISOString();
    assert.partialDeepStrictEqual(metricObject, {
      elementId: PRESSURE,
      parentId: DEVICE,
      typeElementId: "type:spb.Double",
      isComposition: false,
    });
    assert.partialDeepStrictEqual(device, {
      isComposition: true,
      metadata: { relationships: { HasComponent: [PRESSURE, `${DEVICE}/Parts`] } },
    });
    const schema = valueAt(typed, "results", 0, "result", "schema", "properties");
    assert.partialDeepStrictEqual(schema, {
      "Hydraulics/Pressure": { type: ["number", "null"], "x-unit": "bar" },
    });
    const good = { value: 101.5, quality: "Good", timestamp: at };
    const components = valueAt(whole, "results", 0, "result", "components");
    assert.deepEqual(valueAt(components, PRESSURE), good);
    assert.deepEqual(JSON.parse(own.got[0]?.text ?? ""), good);
    assert.deepEqual(valueAt(past, "results", 0, "result", "values"), [good]);
    const row = bridged.got.find(({ topic }) => topic === PRESSURE);
    assert.deepEqual(JSON.parse(row?.text ?? ""), good);
    assert.partialDeepStrictEqual(found, { found: [{ elementId: PRESSURE, unit: "bar" }] });
  });

  it("is Uncertain at every door when its edge node dies, Good when it comes back; the past moves nothing", async (t) => {
    const { i3x, node, until, now } = await openDoors(t);
    const time = Date.now() - 60_000;
    await node.born(time, [pressure(101.5, time)]);
    await until(101.5, "Good");
    const past = { ...pressure(7, time - 5000), isHistorical: true };
    await node.data(time + 1000, [past]);
    await node.data(time + 2000, [pressure(102, time + 2000)]);
    await until(102, "Good"); // what was said before it has been taken

    const bdSeq = { name: "bdSeq", datatype: "Int64", tellDatatype: true, value: 0 } as const;
    const death = Buffer.from(encodePayload({ timestamp: time + 3000, metrics: [bdSeq] }));
    await node.client.publishAsync("spBv1.0/Plant1/NDEATH/gw", death, { qos: 1 });
    await until(102, "Uncertain");
    await node.born(time + 4000, [pressure(103, time + 4000)]);
    await until(103, "Good");
    await node.data(time + 5000, [{ ...pressure(8, time - 4000), isHistorical: true }]);
    const { json } = await i3x.ask("POST", "/objects/history", {
      elementIds: [PRESSURE],
      startTime: new Date(time - 10_000).toISOString(),
      endTime: new Date(time + 10_000).toISOString(),
    });

    const values = valueAt(json, "results", 0, "result", "values");
    assert.ok(Array.isArray(values));
    const said: readonly unknown[] = values.map((vqt: unknown) => valueAt(vqt, "value"));
    for (const value of [7, 101.5, 102, 103]) assert.ok(said.includes(value), String(value));
    assert.deepEqual(
      await now(),
      [1, 2, 3].map(() => [103, "Good"]),
    );
  });
});
