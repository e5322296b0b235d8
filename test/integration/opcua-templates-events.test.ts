/** Structures as templates, and events: from a real OPC UA server to subscribers of a real hub. */
import assert from "node:assert/strict";
import { it } from "node:test";
import {
  decodePayload,
  encodePayload,
  isTemplate,
  metricValue,
  TemplateTypes,
  type MetricValue,
} from "@unshub/sparkplug";
import { startTestHub } from "../support/hub.ts";
import { listen } from "../support/mqtt-listen.ts";
import { motorValue, startMotorLab } from "../support/opcua-lab-types.ts";
import { labNode } from "../support/opcua-lab.ts";

function entry(endpoint: string, tag: string): string {
  return `  - name: cell
    protocol: opcua
    group: P
    edgeNode: gw
    endpoint: ${endpoint}
    security: none
    allowNone: true
    readOnly: false
    device: lab
    groups: { fast: { interval: 50ms, sampling: 0ms } }
    tags: [${tag}]
`;
}

function members(value: MetricValue): Readonly<Record<string, unknown>> {
  if (!isTemplate(value)) return {};
  return Object.fromEntries(
    value.metrics.map((each) => [
      each.name ?? "",
      isTemplate(each.value) ? members(each.value) : each.value,
    ]),
  );
}

it("a structure is a template: defined in NBIRTH, whole in DBIRTH, its changed members in DDATA", async (t) => {
  await using lab = await startMotorLab();
  const tag = `{ name: Motor, node: "${labNode("Motor")}", group: fast, structures: template }`;
  const wait = Promise.withResolvers<void>();
  const { hub, mqttPort, logged } = await startTestHub(
    t,
    entry(`opc.tcp://127.0.0.1:${lab.port}`, tag),
    { plcsReady: wait.promise },
  );
  const { heard, until: untilHeard } = await listen(t, mqttPort, "spBv1.0/P/#");
  wait.resolve();
  const found = (part: string) => heard.filter(({ topic }) => topic.includes(part));
  await untilHeard(() => found("/DBIRTH/").length > 0);

  lab.set("Motor", motorValue(lab, { speed: 2.5, limits: { low: 1, high: 5 } }));
  const told = () =>
    found("/DDATA/")
      .flatMap(({ payload }) => decodePayload(payload).metrics)
      .find(({ value }) => value?.field === "template");
  await untilHeard(() => told() !== undefined);

  const types = new TemplateTypes();
  const nbirth = decodePayload(found("/NBIRTH/").at(-1)?.payload ?? new Uint8Array());
  const dbirth = decodePayload(found("/DBIRTH/").at(-1)?.payload ?? new Uint8Array());
  types.learn(nbirth);
  const defined = nbirth.metrics
    .map(({ name }) => name)
    .filter((name) => name?.startsWith("Types/"));
  assert.deepEqual(defined, ["Types/Range", "Types/Motor"]);
  const born = dbirth.metrics.find(({ name }) => name === "Motor");
  assert.deepEqual(born && members(metricValue(born, "Template", types)), {
    Speed: 1.5,
    Count: 5,
    Name: "M1",
    Mode: 1,
    Samples: [1, 2],
    Limits: { Low: 0, High: 5 },
  });
  const data = told();
  assert.deepEqual(data && members(metricValue(data, "Template", types)), {
    Speed: 2.5,
    Limits: { Low: 1, High: 5 },
  });
  assert.deepEqual(
    hub.guard.findings().map(({ code }) => code),
    [],
  );
  assert.deepEqual(
    logged.filter(({ level }) => level === "error").map(({ message }) => message),
    [],
  );
});

it("what became of a command is told as an event, also when it is refused", async (t) => {
  await using lab = await startMotorLab();
  const tag = `{ name: Mode, node: "${labNode("Mode")}", group: fast, access: rw, enum: text }`;
  const { hub, mqttPort, until } = await startTestHub(
    t,
    entry(`opc.tcp://127.0.0.1:${lab.port}`, tag),
  );
  const { heard, until: untilHeard, client } = await listen(t, mqttPort, "$UNS/events/P/gw/lab");
  await until(() => hub.tree.find("P/gw/lab/Mode") !== undefined);

  for (const value of ["Manual", "Sideways"]) {
    const metrics = [{ name: "Mode", datatype: "String", tellDatatype: true, value } as const];
    client.publish(
      "spBv1.0/P/DCMD/gw/lab",
      Buffer.from(encodePayload({ timestamp: Date.now(), metrics })),
    );
  }
  await untilHeard(() => heard.length >= 2);

  const events = heard.map(({ payload }) => JSON.parse(payload.toString()));
  assert.deepEqual(
    events.map(({ kind, metric, outcome }) => `${kind} ${metric} ${outcome}`).toSorted(),
    ["write Mode ok", "write Mode rejected_unknown_text"],
  );
});
