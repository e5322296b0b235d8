/** Whole adapters added to the configuration of a running hub over HTTP, and taken out of it. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { z } from "zod";
import { PASSWORD, startClosedHub } from "../../support/http-hub.ts";
import { pressAdapter, pressMemory, startTestHub, type Ending } from "../../support/hub.ts";
import { openModbusServer } from "../../support/modbus-server.ts";

const PATH = "/api/v1/adapter-entries";
const plan = z.object({ text: z.string(), basis: z.string(), plan: z.looseObject({}) });
const problem = z.object({
  detail: z.string(),
  errors: z
    .array(z.object({ path: z.string(), message: z.string(), field: z.string().optional() }))
    .optional(),
});

const entryFor = (port: number, name = "press") => ({
  name,
  protocol: "modbus",
  group: "Plant1",
  edgeNode: `gw-${name}`,
  link: { framing: "tcp", host: "127.0.0.1", port },
  devices: [
    {
      name: `${name}-01`,
      unit: 1,
      groups: { fast: { interval: "100ms" } },
      tags: [{ name: "Pressure", at: "hr:0", type: "int16" }],
    },
  ],
});

async function openHub(t: Ending, entries: (port: number) => string = () => "") {
  const server = await openModbusServer(pressMemory());
  t.after(() => server.close());
  const hub = await startTestHub(t, entries(server.port));
  const url = `http://127.0.0.1:${hub.httpPort}`;
  const ask = (method: string, path: string, body?: object) =>
    fetch(`${url}${path}`, {
      method,
      ...(body !== undefined && {
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    });
  return { ...hub, port: server.port, ask };
}

describe("an adapter", { timeout: 120_000 }, () => {
  it("is planned without being there, added with the comments of the file kept, and speaks", async (t) => {
    const { ask, port, file, hub, until } = await openHub(t);
    writeFileSync(file, `${readFileSync(file, "utf8")}# the end\n`);
    const before = readFileSync(file, "utf8");
    const add = entryFor(port);

    const planned = plan.parse(await (await ask("POST", `${PATH}/plan`, { add })).json());
    const untouched = readFileSync(file, "utf8");
    const applied = await ask("PUT", PATH, { add, basis: planned.basis });
    const again = await ask("PUT", PATH, { add: entryFor(port, "other"), basis: planned.basis });

    assert.partialDeepStrictEqual(planned.plan, {
      adapters: [{ adapter: "press", change: "starts" }],
      births: [{ device: "press-01", change: "born" }],
    });
    assert.equal(untouched, before);
    assert.equal(applied.status, 200);
    assert.equal(readFileSync(file, "utf8"), planned.text);
    assert.match(planned.text, /# the end/);
    await until(
      () =>
        hub.tree.metric(hub.tree.find("Plant1/gw-press/press-01/Pressure") ?? -1)?.value === 120,
    );
    assert.equal(again.status, 409);
    assert.match(problem.parse(await again.json()).detail, /somebody has changed/);
  });

  it("that is wrong is told key by key, and nothing is done", async (t) => {
    const { ask, port, file } = await openHub(t, pressAdapter);
    const before = readFileSync(file, "utf8");
    const wrong = {
      ...entryFor(port),
      link: { framing: "tcp", port: 70_000 },
      devices: [{ name: "a/b", unit: "one" }],
    };

    const answer = await ask("PUT", PATH, { add: wrong });
    const { errors = [] } = problem.parse(await answer.json());
    const unknown = await ask("PUT", PATH, { add: { ...wrong, protocol: "profibus" } });
    const both = await ask("PUT", PATH, { add: wrong, remove: "press" });
    const neither = await ask("PUT", PATH, {});

    assert.equal(answer.status, 400);
    const fields = new Set(errors.map(({ field }) => field));
    for (const field of ["name", "link.host", "link.port", "devices.0.name", "devices.0.unit"])
      assert.ok(fields.has(field), `${field} is not told: ${[...fields].join(", ")}`);
    assert.ok(errors.every(({ message }) => !message.includes("adapters[")));
    assert.deepEqual([unknown.status, both.status, neither.status], [400, 400, 400]);
    assert.equal(readFileSync(file, "utf8"), before);
  });

  it("of OPC UA that is wrong is told key by key, too, and so are its tags", async (t) => {
    const entry = `
  - name: cell
    protocol: opcua
    group: P
    edgeNode: gw
    endpoint: opc.tcp://127.0.0.1:1
    device: lab
    groups: { fast: { interval: 100ms } }
    tags: [{ name: Level, node: "ns=2;s=Level" }]
`;
    const { ask } = await openHub(t, () => entry);
    const add = {
      name: "second",
      protocol: "opcua",
      group: "P",
      edgeNode: "gw-2",
      endpoint: "10.0.0.1",
      groups: { fast: {}, "快-1": {} },
      tags: [{ name: "A", node: "ns=2;s=A", access: "x" }],
    };
    const tag = { name: "Level", node: "ns=2;s=Level", access: "rx" };

    const entryAnswer = await ask("POST", `${PATH}/plan`, { add });
    const tagAnswer = await ask("POST", "/api/v1/adapters/cell/tags/plan", { put: [tag] });

    const { errors: ofEntry = [] } = problem.parse(await entryAnswer.json());
    const { errors: ofTag = [] } = problem.parse(await tagAnswer.json());
    assert.deepEqual([entryAnswer.status, tagAnswer.status], [400, 400]);
    const fields = new Set(ofEntry.map(({ field }) => field));
    for (const field of [
      "endpoint",
      "groups.fast.interval",
      "groups.快-1.interval",
      "tags.0.access",
    ])
      assert.ok(fields.has(field), `${field} is not told: ${[...fields].join(", ")}`);
    assert.ok(ofEntry.every(({ message }) => !message.includes("adapters[")));
    assert.deepEqual(
      ofTag.map(({ field }) => field),
      ["access"],
    );
  });

  it("is removed once it was planned, with everything that it said; one that is not there is not", async (t) => {
    const { ask, hub, until, file } = await openHub(t, pressAdapter);
    const device = "Plant1/gw-press/press-01";
    await until(() => hub.tree.find(`${device}/Running`) !== undefined);

    const planned = plan.parse(
      await (await ask("POST", `${PATH}/plan`, { remove: "press" })).json(),
    );
    const done = await ask("PUT", PATH, { remove: "press", basis: planned.basis });
    const listed = await (await ask("GET", "/api/v1/adapters")).json();
    const nobody = await ask("PUT", PATH, { remove: "press" });
    const back = await ask("POST", "/api/v1/configuration/rollback");

    assert.partialDeepStrictEqual(planned.plan, {
      adapters: [{ adapter: "press", change: "stops" }],
      births: [{ device: "press-01", change: "dies" }],
    });
    assert.equal(done.status, 200);
    assert.partialDeepStrictEqual(listed, { adapters: [] });
    assert.equal(nobody.status, 404);
    assert.equal(back.status, 200);
    assert.match(readFileSync(file, "utf8"), /name: press\n/);
  });

  it("stays where another place takes over what stands in it, and so do its tags", async (t) => {
    const { ask, port, file } = await openHub(t, pressAdapter);
    const text = readFileSync(file, "utf8");
    const shared = text
      .replace("interval: 100ms", "interval: &often 100ms")
      .replace("type: bool", "type: &bit bool");
    const more = JSON.stringify(entryFor(port, "other"))
      .replace('"100ms"', "*often ")
      .replace('"int16"', "*bit ")
      .replace('"hr:0"', '"co:0"');
    writeFileSync(file, `${shared.trimEnd()}\n  - ${more}\n`);
    const before = readFileSync(file, "utf8");

    const removed = await ask("POST", `${PATH}/plan`, { remove: "press" });
    const tags = await ask("POST", "/api/v1/adapters/press/tags/plan", { remove: ["Running"] });

    assert.deepEqual([removed.status, tags.status], [409, 409]);
    for (const answer of [removed, tags])
      assert.match(problem.parse(await answer.json()).detail, /another place is an alias/);
    assert.equal(readFileSync(file, "utf8"), before);
  });

  it("can be of each kind that there is, told with the schema of its entry", async (t) => {
    const { ask } = await openHub(t);

    const { kinds } = z
      .object({ kinds: z.array(z.object({ protocol: z.string(), schema: z.looseObject({}) })) })
      .parse(await (await ask("GET", "/api/v1/adapter-kinds")).json());

    assert.deepEqual(
      kinds.map(({ protocol }) => protocol),
      ["modbus", "opcua"],
    );
    for (const { schema } of kinds) assert.partialDeepStrictEqual(schema, { type: "object" });
  });

  it("is added by engineers, where they may see its edge node, and stands on the audit trail", async (t) => {
    const hub = await startClosedHub(t);
    await hub.putUser("eva", "engineer", ["read Plant1"]);
    await hub.putUser("olga", "operator", ["read *"]);
    const eva = await hub.visit("eva", PASSWORD);
    const olga = await hub.visit("olga", PASSWORD);
    const [there, here] = ["Plant2", "Plant1"].map((group) => ({
      add: { ...entryFor(1502), group },
    }));

    const hidden = await eva.ask("PUT", PATH, there);
    const done = await eva.ask("PUT", PATH, here);
    const operator = await olga.ask("PUT", PATH, { remove: "press" });
    const trail = await hub.admin.json("GET", "/api/v1/audit?words=configuration");

    assert.deepEqual([hidden.status, done.status, operator.status], [403, 200, 403]);
    assert.match(JSON.stringify(trail), /eva.*press starts/);
  });
});
