/** Connections tried before they are saved, over HTTP, with real PLCs and servers of others behind them. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { z } from "zod";
import { freePort } from "../../support/free-port.ts";
import { PASSWORD, startClosedHub } from "../../support/http-hub.ts";
import {
  pressAdapter,
  pressMemory,
  startTestHub,
  tempDir,
  type Ending,
} from "../../support/hub.ts";
import { portOf } from "../../support/modbus-port.ts";
import { openModbusServer } from "../../support/modbus-server.ts";
import { labNode, OpcUaLab } from "../../support/opcua-lab.ts";
import { SecureServer } from "../../support/opcua-secure-server.ts";

const PATH = "/api/v1/adapter-trials";
const trial = z.object({
  works: z.boolean(),
  steps: z.array(
    z.object({
      step: z.string(),
      outcome: z.string(),
      says: z.string(),
      todo: z.string().optional(),
      ms: z.number(),
    }),
  ),
  broken: z.string().optional(),
});

function asking(httpPort: number) {
  const url = `http://127.0.0.1:${httpPort}/api/v1`;
  const ask = async (method: string, path: string, body: object): Promise<Response> =>
    await fetch(`${url}${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  return { url, ask };
}

const modbusEntry = (link: object, device: object = {}) => ({
  name: "new",
  protocol: "modbus",
  group: "Plant1",
  edgeNode: "gw-new",
  link: { framing: "tcp", host: "127.0.0.1", timeout: "30s", ...link },
  devices: [
    {
      name: "a",
      unit: 1,
      groups: { fast: { interval: "1s" } },
      tags: [{ name: "Pressure", at: "hr:0", type: "int16" }],
      ...device,
    },
  ],
});

const opcuaEntry = (endpoint: string, more: object) => ({
  name: "cell",
  protocol: "opcua",
  group: "Plant1",
  edgeNode: "gw-cell",
  endpoint,
  device: "cell",
  groups: { fast: { interval: "1s" } },
  tags: [{ name: "Setpoint", node: labNode("Setpoint") }],
  ...more,
});

async function openHub(t: Ending, adapters = "") {
  const dataDir = tempDir(t);
  const hub = await startTestHub(t, adapters, { dataDir });
  const ask = async (body: object): Promise<Response> =>
    await fetch(`http://127.0.0.1:${hub.httpPort}${PATH}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const tried = async (entry: object) => trial.parse(await (await ask({ entry })).json());
  return { hub, dataDir, ask, tried };
}

describe("a connection that is tried", { timeout: 180_000 }, () => {
  it("of Modbus says step by step what works, and in words what does not, and leaves nothing behind", async (t) => {
    const server = await openModbusServer(pressMemory());
    t.after(() => server.close());
    const { port } = server;
    const { hub, dataDir, tried } = await openHub(t);
    const before = readFileSync(hub.file, "utf8");
    const mute = createServer((socket) => socket.on("error", () => undefined));
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    t.after(() => mute.close());

    const good = await tried(modbusEntry({ port }));
    const nobody = await tried(modbusEntry({ port: await freePort() }));
    const tags = [{ name: "Speed", at: "hr:900", type: "int16" }];
    const wrongAddress = await tried(modbusEntry({ port }, { tags }));
    const silent = await tried(modbusEntry({ port: portOf(mute), timeout: "300ms", retries: 0 }));

    assert.partialDeepStrictEqual(good, {
      works: true,
      steps: [
        { step: "connect", outcome: "done", says: `connected to 127.0.0.1:${port}` },
        { step: "read", outcome: "done", says: "the value of Pressure (hr:0) of unit 1 is 120" },
      ],
    });
    assert.partialDeepStrictEqual(nobody, {
      works: false,
      steps: [{ step: "connect", outcome: "failed" }],
    });
    assert.match(nobody.steps[0]?.todo ?? "", /Check address and port/);
    assert.partialDeepStrictEqual(wrongAddress.steps[1], {
      outcome: "failed",
      says: "unit 1 refuses Speed (hr:900): exception 2, illegal address",
    });
    assert.match(wrongAddress.steps[1]?.todo ?? "", /The device answers/);
    assert.match(silent.steps.at(-1)?.says ?? "", /did not answer within 300 ms/);
    assert.equal(readFileSync(hub.file, "utf8"), before);
    assert.deepEqual(
      readdirSync(dataDir).filter((name) => name === "adapters"),
      [],
    );
  });

  it("of OPC UA tells endpoints, certificate with its fingerprint, login and one value", async (t) => {
    const lab = await OpcUaLab.start();
    t.after(() => lab[Symbol.asyncDispose]());
    lab.addDouble("Setpoint", 12.5);
    const secure = await SecureServer.start({
      policies: ["Basic256Sha256"],
      modes: ["SignAndEncrypt"],
      trustsAll: true,
    });
    t.after(() => secure[Symbol.asyncDispose]());
    const { tried } = await openHub(t);
    const open = { security: "none", allowNone: true };

    const good = await tried(opcuaEntry(`opc.tcp://127.0.0.1:${lab.port}`, open));
    const unknown = await tried(opcuaEntry(secure.endpoint, {}));
    const fingerprint = /SHA-256 ([0-9A-Fa-f:]+)/.exec(unknown.steps.at(-1)?.says ?? "")?.[1] ?? "";
    const trusted = await tried(opcuaEntry(secure.endpoint, { trust: [`sha256:${fingerprint}`] }));

    assert.deepEqual(
      good.steps.map(({ step, outcome }) => `${step} ${outcome}`),
      ["endpoints done", "certificate done", "session done", "read done"],
    );
    assert.equal(good.steps.at(-1)?.says, "the value of Setpoint is 12.5");
    assert.deepEqual(
      unknown.steps.map(({ step, outcome }) => `${step} ${outcome}`),
      ["endpoints done", "certificate failed"],
    );
    assert.match(unknown.steps.at(-1)?.todo ?? "", /Compare the fingerprint/);
    assert.partialDeepStrictEqual(trusted.steps[1], { step: "certificate", outcome: "done" });
    assert.partialDeepStrictEqual(trusted.steps[2], { step: "session", outcome: "done" });
  });

  it("is read once over the connection that runs, and not at all of an adapter that is stopped", async (t) => {
    const server = await openModbusServer(pressMemory());
    t.after(() => server.close());
    const hub = await startTestHub(t, pressAdapter(server.port));
    await hub.until(() => hub.hub.tree.find("Plant1/gw-press/press-01/Running") !== undefined);
    const { url, ask } = asking(hub.httpPort);

    const read = await ask("POST", "/adapters/press/reading", { device: "press-01" });
    const nobody = await ask("POST", "/adapters/press/reading", { device: "nobody" });
    const standing: unknown = await (await fetch(`${url}/adapters/press`)).json();
    await ask("PUT", "/adapter-entries", { stop: { name: "press" } });
    const stopped = await ask("POST", "/adapters/press/reading", { device: "press-01" });

    assert.partialDeepStrictEqual(await read.json(), {
      step: {
        step: "read",
        outcome: "done",
        says: "the value of Hydraulics/Pressure (hr:0) of unit 1 is 120",
      },
    });
    assert.deepEqual([nobody.status, stopped.status], [409, 409]);
    assert.partialDeepStrictEqual(standing, {
      devices: [{ cycles: [{ group: "fast", everyMs: 100, requests: 2 }] }],
    });
  });

  it("is not begun where the connection of an adapter that runs may be the only one", async (t) => {
    const server = await openModbusServer(pressMemory());
    t.after(() => server.close());
    const hub = await startTestHub(t, pressAdapter(server.port));
    await hub.until(() => hub.hub.tree.find("Plant1/gw-press/press-01/Running") !== undefined);
    const { ask } = asking(hub.httpPort);
    const { port } = server;

    const only = await ask("POST", "/adapter-trials", { entry: modbusEntry({ port }) });
    const entry = modbusEntry({ port, maxConnections: 2 });
    const second = await ask("POST", "/adapter-trials", { entry });
    await ask("PUT", "/adapter-entries", { stop: { name: "press" } });
    const then = await ask("POST", "/adapter-trials", { entry: modbusEntry({ port }) });

    assert.deepEqual([only.status, second.status, then.status], [409, 200, 200]);
    assert.match(await only.text(), /many devices take one connection only/);
    assert.equal(trial.parse(await then.json()).works, true);
  });

  it("logs in with the password that the file has, where the entry only marks it", async (t) => {
    const user = { name: "maria", password: "hunter2" };
    const server = await SecureServer.start({
      policies: ["Basic256Sha256"],
      modes: ["SignAndEncrypt"],
      trustsAll: true,
      allowAnonymous: false,
      user,
    });
    t.after(() => server[Symbol.asyncDispose]());
    const { tried, hub } = await openHub(
      t,
      `  - name: cell
    protocol: opcua
    group: Plant1
    edgeNode: gw-cell
    enabled: false
    endpoint: ${server.endpoint}
    trustOnFirstUse: true
    identity: { user: maria, password: hunter2 }
    device: cell
    groups: { fast: { interval: 1s } }
    tags: [{ name: State, node: "i=2259", group: fast }]
`,
    );
    const read = z.object({ entry: z.record(z.string(), z.unknown()) });
    const url = `http://127.0.0.1:${hub.httpPort}/api/v1/adapter-entries/cell`;
    const { entry } = read.parse(await (await fetch(url)).json());

    const found = await tried(entry);

    assert.match(JSON.stringify(entry), /\$\{kept\}/);
    assert.deepEqual(
      found.steps.map(({ step, outcome }) => `${step} ${outcome}`),
      ["endpoints done", "certificate done", "session done", "read done"],
      found.steps.at(-1)?.says ?? "",
    );
    assert.doesNotMatch(JSON.stringify(found), /hunter2/);
  });

  it("is for those who may change adapters, stands on the audit trail, and no way to look for open ports", async (t) => {
    const server = await openModbusServer(pressMemory());
    t.after(() => server.close());
    const hub = await startClosedHub(t);
    await hub.putUser("eva", "engineer", ["read Plant1"]);
    await hub.putUser("olga", "operator", ["read *"]);
    const eva = await hub.visit("eva", PASSWORD);
    const olga = await hub.visit("olga", PASSWORD);
    const entry = modbusEntry({ port: server.port });

    const operator = await olga.ask("POST", PATH, { entry });
    const hidden = await eva.ask("POST", PATH, { entry: { ...entry, group: "Plant2" } });
    const outside = await eva.ask("POST", PATH, { entry: { ...entry, name: "../../etc" } });
    const wrong = await eva.ask("POST", PATH, { entry: { ...entry, link: { port: 1 } } });
    const { link, devices, ...rest } = entry;
    const elsewhere = devices.map((device) => ({ ...device, name: "other" }));
    const links = [
      { link: { ...link, host: "127.0.0.2" }, devices: elsewhere },
      { link, devices },
    ];
    const both = { entry: { ...rest, links }, device: "a" };
    const statuses: number[] = [];
    for (let at = 0; at < 11; at += 1) statuses.push((await eva.ask("POST", PATH, both)).status);
    const trail = JSON.stringify(await hub.admin.json("GET", "/api/v1/audit?words=try"));

    assert.deepEqual(
      [operator.status, hidden.status, outside.status, wrong.status],
      [403, 403, 400, 400],
    );
    assert.deepEqual(statuses, [...Array.from({ length: 10 }, () => 200), 429]);
    assert.match(trail, /eva.*try connection|try connection.*eva/);
    assert.match(trail, new RegExp(`127.0.0.1:${server.port}`));
  });
});
