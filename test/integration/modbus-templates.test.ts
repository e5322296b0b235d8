/** Structs as templates: from registers of a Modbus server to subscribers of a real hub. */
import assert from "node:assert/strict";
import { it } from "node:test";
import {
  decodePayload,
  encodePayload,
  isTemplate,
  metricValue,
  TemplateTypes,
} from "@unshub/sparkplug";
import type { MetricValue } from "@unshub/sparkplug";
import { startTestHub } from "../support/hub.ts";
import { openModbusServer } from "../support/modbus-server.ts";
import { listen } from "../support/mqtt-listen.ts";

const MOTOR = {
  type: "struct",
  group: "fast",
  membersAs: "template",
  templateRef: "Types/Motor",
  members: [
    { name: "Speed", at: 0, type: "float32", unit: "rpm" },
    { name: "Running", at: "2.0" },
    { name: "Hours", at: 3, type: "bcd16" },
  ],
};

function entry(port: number): string {
  const devices = ["a", "b"].map((name, index) => ({
    name,
    unit: index + 1,
    groups: { fast: { interval: "50ms" } },
    tags: [
      { ...MOTOR, name: "Pump", at: "hr:0" },
      { ...MOTOR, name: "Fan", at: "hr:10" },
    ],
  }));
  const link = { host: "127.0.0.1", port };
  const adapter = { name: "m", protocol: "modbus", group: "P", edgeNode: "gw", link, devices };
  return `  - ${JSON.stringify(adapter)}\n`;
}

function members(value: MetricValue): Readonly<Record<string, unknown>> | null {
  if (!isTemplate(value)) return null;
  return Object.fromEntries(value.metrics.map((each) => [each.name ?? "", each.value]));
}

function memory(): Record<string, number> {
  const motors = [0, 10].flatMap((at) => [
    [at, 0x41bc],
    [at + 1, 0],
    [at + 2, 1],
    [at + 3, 0x0042],
  ]);
  return Object.fromEntries(motors);
}

it("a struct is a template: defined once in NBIRTH, whole in DBIRTH, its changed members in DDATA", async (t) => {
  await using server = await openModbusServer({ 1: { hr: memory() }, 2: { hr: memory() } });
  const wait = Promise.withResolvers<void>();
  const { hub, mqttPort, logged } = await startTestHub(t, entry(server.port), {
    plcsReady: wait.promise,
  });
  const { heard, until } = await listen(t, mqttPort, "spBv1.0/P/#");
  wait.resolve();
  const payloadsOf = (part: string) =>
    heard.filter(({ topic }) => topic.includes(part)).map(({ payload }) => decodePayload(payload));
  const metricsOf = (part: string) => payloadsOf(part).map(({ metrics }) => metrics);
  await until(() => metricsOf("/DBIRTH/gw/b").length > 0 && metricsOf("/DBIRTH/gw/a").length > 0);
  const aliasOf = (name: string) =>
    metricsOf("/DBIRTH/gw/b")
      .flat()
      .find((metric) => metric.name === name)?.alias;
  const told = (name: string) =>
    metricsOf("/DDATA/gw/b")
      .flat()
      .filter(({ alias }) => alias !== undefined && alias === aliasOf(name));

  Object.assign(server.memory["2"]?.hr ?? {}, { 0: 0x4000 });
  await until(() => told("Pump").some(({ value }) => value?.field === "template"));
  Object.assign(server.memory["2"]?.hr ?? {}, { 13: 0x00ff });
  await until(() => told("Fan").some(({ isNull }) => isNull));

  const nbirth = payloadsOf("/NBIRTH/").at(-1) ?? decodePayload(new Uint8Array());
  const types = new TemplateTypes();
  types.learn(nbirth);
  const defined = nbirth.metrics.filter(({ name }) => name?.startsWith("Types/"));
  assert.deepEqual(
    defined.map(({ name }) => name),
    ["Types/Motor"],
  );
  const born = metricsOf("/DBIRTH/gw/b")
    .flat()
    .find(({ name }) => name === "Pump");
  assert.deepEqual(born && members(metricValue(born, "Template", types)), {
    Speed: 23.5,
    Running: true,
    Hours: 42,
  });
  const changes = told("Pump").map((metric) => members(metricValue(metric, "Template", types)));
  assert.deepEqual(changes, [{ Speed: 2 }]);
  assert.deepEqual(
    hub.guard.findings().map(({ code }) => code),
    [],
  );
  assert.deepEqual(
    logged.filter(({ level }) => level === "error").map(({ message }) => message),
    [],
  );
});

it("a struct is commanded as an instance of its template: written in one request, and told as it is read", async (t) => {
  await using server = await openModbusServer({ 1: { hr: memory() } });
  const device = {
    name: "a",
    unit: 1,
    readOnly: false,
    groups: { fast: { interval: "50ms" } },
    tags: [{ ...MOTOR, name: "Pump", at: "hr:0", access: "rw", allowRmw: true }],
  };
  const link = { host: "127.0.0.1", port: server.port };
  const adapter = { name: "m", protocol: "modbus", group: "P", edgeNode: "gw", link };
  const { mqttPort } = await startTestHub(
    t,
    `  - ${JSON.stringify({ ...adapter, devices: [device] })}\n`,
  );
  const { heard, until, client } = await listen(t, mqttPort, "spBv1.0/P/DDATA/gw/a");
  await until(() => heard.length > 0);
  const value = {
    isDefinition: false,
    templateRef: "Types/Motor",
    parameters: [],
    metrics: [
      { name: "Speed", datatype: "Float", value: 2 },
      { name: "Running", datatype: "Boolean", value: false },
    ],
  } as const;
  const timestamp = Date.now();
  const metric = {
    name: "Pump",
    datatype: "Template",
    value,
    timestamp,
    tellDatatype: true,
  } as const;
  const payload = encodePayload({ timestamp, metrics: [metric] });

  await client.publishAsync("spBv1.0/P/DCMD/gw/a", Buffer.from(payload));
  await until(() => server.memory["1"]?.hr?.[2] === 0);

  assert.deepEqual(
    [0, 1, 2, 3].map((at) => server.memory["1"]?.hr?.[at]),
    [0x4000, 0, 0, 0x0042],
  );
});
