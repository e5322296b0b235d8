/** Adapters changed, renamed, stopped and started over HTTP, with a real PLC behind them and a real file. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { z } from "zod";
import { PASSWORD, startClosedHub } from "../../support/http-hub.ts";
import {
  pressAdapter,
  startTestHub,
  tempDir,
  type Ending,
  type TestHub,
} from "../../support/hub.ts";
import { openModbusServer } from "../../support/modbus-server.ts";

const PATH = "/api/v1/adapter-entries";
const DEVICE = "Plant1/gw-press/press-01";
const read = z.object({ entry: z.looseObject({}), basis: z.string() });
const planned = z.object({ text: z.string(), basis: z.string(), plan: z.looseObject({}) });
const problem = z.object({
  detail: z.string(),
  errors: z.array(z.looseObject({ field: z.string().optional() })).optional(),
});

/** A PLC that counts how often its first register is read. */
async function openPlc(t: Ending) {
  let asked = 0;
  const hr = {
    get 0() {
      asked += 1;
      return 120;
    },
    1: 200,
  };
  const server = await openModbusServer({ "1": { hr, co: { 0: 1 } } });
  t.after(() => server.close());
  return { port: server.port, asked: () => asked };
}

async function openPress(t: Ending) {
  const server = await openPlc(t);
  const dataDir = tempDir(t);
  const hub = await startTestHub(t, pressAdapter(server.port), { dataDir });
  await hub.until(() => qualityOf(hub) === "good");
  return { server, dataDir, hub, ...talking(hub) };
}

function talking({ httpPort }: TestHub) {
  const ask = (method: string, path: string, body?: object): Promise<Response> =>
    fetch(`http://127.0.0.1:${httpPort}${path}`, {
      method,
      ...(body !== undefined && {
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    });
  const entryOf = async (name: string) =>
    read.parse(await (await ask("GET", `${PATH}/${name}`)).json());
  const plan = async (body: object) =>
    planned.parse(await (await ask("POST", `${PATH}/plan`, body)).json());
  return { ask, entryOf, plan };
}

function metricOf({ hub }: TestHub) {
  const id = hub.tree.find(`${DEVICE}/Hydraulics/Pressure`);
  return id === undefined ? undefined : hub.tree.metric(id);
}

function qualityOf(hub: TestHub): string | undefined {
  return metricOf(hub)?.quality;
}

describe("an adapter that is changed", { timeout: 120_000 }, () => {
  it("tells what reconnects and is born anew, and speaks to the other PLC; the comments of its entry stay", async (t) => {
    const { hub, ask, entryOf, plan } = await openPress(t);
    const other = await openModbusServer({ "1": { hr: { 0: 77, 1: 200 }, co: { 0: 1 } } });
    t.after(() => other.close());
    const { file } = hub;
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("    link:", "    # the switch in cabinet 4\n    link:"));

    const { entry, basis } = await entryOf("press");
    const to = { ...entry, link: { ...z.looseObject({}).parse(entry["link"]), port: other.port } };
    const review = await plan({ change: { name: "press", to } });
    const applied = await ask("PUT", PATH, { change: { name: "press", to }, basis });

    assert.partialDeepStrictEqual(review.plan, {
      adapters: [{ adapter: "press", change: "changes" }],
      connections: [{ edgeNode: "Plant1/gw-press", devices: ["press-01"] }],
      births: [{ device: "press-01", change: "born anew" }],
      metrics: [],
    });
    assert.equal(applied.status, 200);
    await hub.until(() => metricOf(hub)?.value === 77);
    const now = readFileSync(file, "utf8");
    assert.equal(now, review.text);
    assert.match(now, /# the switch in cabinet 4\n {4}link:/);
    assert.equal(now.includes(`port: ${other.port}`), true);
  });

  it("wrongly goes on as it was: each fault stands at its key, and who plans on an old file is told", async (t) => {
    const { hub, ask, entryOf } = await openPress(t);
    const before = readFileSync(hub.file, "utf8");
    const { entry, basis } = await entryOf("press");
    const wrong = { ...entry, link: { framing: "tcp", host: "", port: 70_000 } };

    const refused = await ask("PUT", PATH, { change: { name: "press", to: wrong }, basis });
    const nobody = await ask("GET", `${PATH}/nobody`);
    const unknown = await ask("PUT", PATH, { change: { name: "nobody", to: entry } });
    writeFileSync(hub.file, `${before}# by hand\n`);
    const late = await ask("PUT", PATH, { change: { name: "press", to: entry }, basis });

    const { errors = [] } = problem.parse(await refused.json());
    const fields = errors.map(({ field }) => field);
    assert.deepEqual(new Set(fields), new Set(["link.host", "link.port"]));
    assert.deepEqual(
      [refused.status, nobody.status, unknown.status, late.status],
      [400, 404, 404, 409],
    );
    assert.equal(qualityOf(hub), "good");
    assert.equal(readFileSync(hub.file, "utf8"), `${before}# by hand\n`);
  });

  it("to another name keeps its edge node, its metrics and what it has learnt", async (t) => {
    const { hub, dataDir, ask, entryOf, plan } = await openPress(t);
    mkdirSync(join(dataDir, "adapters", "press"), { recursive: true });
    writeFileSync(join(dataDir, "adapters", "press", "known.json"), "1");
    mkdirSync(join(dataDir, "adapters", "press-modbus")); // of one that was removed
    writeFileSync(join(dataDir, "adapters", "press-modbus", "former.json"), "2");
    const { entry, basis } = await entryOf("press");
    const to = { ...entry, name: "press-modbus" };

    const review = await plan({ change: { name: "press", to } });
    const applied = await ask("PUT", PATH, { change: { name: "press", to }, basis });

    assert.partialDeepStrictEqual(review.plan, {
      adapters: [{ adapter: "press-modbus", change: "renamed", was: "press" }],
      births: [{ device: "press-01", change: "born anew" }],
      metrics: [],
      topics: [],
    });
    assert.equal(applied.status, 200);
    await hub.until(() => qualityOf(hub) === "good");
    const listed = JSON.stringify(await (await ask("GET", "/api/v1/adapters")).json());
    assert.match(listed, /"name":"press-modbus"/);
    assert.equal(existsSync(join(dataDir, "adapters", "press-modbus", "known.json")), true);
    assert.equal(existsSync(join(dataDir, "adapters", "press-modbus", "former.json")), false);
    assert.equal(existsSync(join(dataDir, "adapters", "press")), false);
  });
});

describe("an adapter that is stopped", { timeout: 120_000 }, () => {
  it("stays so when the hub starts again, says by whom and why, and speaks again once it is started", async (t) => {
    const { hub, dataDir, server, ask, plan } = await openPress(t);
    const stop = { name: "press", because: "the press is being rebuilt" };

    const review = await plan({ stop });
    const stopped = await ask("PUT", PATH, { stop, basis: review.basis });
    await hub.until(() => qualityOf(hub) === "offline");
    const twice = await ask("PUT", PATH, { stop });
    const trail = JSON.stringify(await (await ask("GET", "/api/v1/audit")).json());
    const reason = metricOf(hub)?.reason;
    await hub.stop();

    assert.partialDeepStrictEqual(review.plan, {
      adapters: [{ adapter: "press", change: "held" }],
      births: [{ device: "press-01", change: "dies" }],
      metrics: [],
    });
    assert.deepEqual([stopped.status, twice.status], [200, 409]);
    assert.equal(reason, "its adapter is stopped");
    assert.match(trail, /stop adapter/);
    assert.match(
      readFileSync(hub.file, "utf8"),
      /edgeNode: gw-press\n {4}enabled: false\n {4}stopped:\n/,
    );
    const askedBefore = server.asked();

    const text = readFileSync(hub.file, "utf8");
    const again = await startTestHub(t, text.slice(text.indexOf("adapters:") + 10), { dataDir });
    const second = talking(again);
    const ready = await second.ask("GET", "/readyz");
    const status = await (await second.ask("GET", "/api/v1/adapters/press")).json();
    const explained = await (
      await second.ask("GET", `/api/v1/explain?path=${encodeURIComponent(DEVICE)}`)
    ).json();
    const askedAgain = server.asked();
    const reasonAgain = metricOf(again)?.reason;
    const started = await second.ask("PUT", PATH, { start: "press" });

    const because = "the press is being rebuilt";
    assert.partialDeepStrictEqual(status, {
      status: "stopped",
      stopped: { by: "anonymous", because },
      devices: [
        { deviceId: "press-01", state: "disabled", lastError: `stopped by anonymous: ${because}` },
      ],
    });
    assert.equal(reasonAgain, "its adapter is stopped");
    assert.match(
      JSON.stringify(explained),
      /Adapter press \(modbus\) is stopped: stopped by anonymous/,
    );
    assert.equal(ready.status, 200);
    assert.equal(askedAgain, askedBefore);
    assert.equal(started.status, 200);
    await again.until(() => qualityOf(again) === "good");
    assert.doesNotMatch(readFileSync(again.file, "utf8"), /enabled|stopped/);
  });

  it("is changed while it is stopped, and not asked for; only engineers who see it may start it", async (t) => {
    const server = await openPlc(t);
    const entry = pressAdapter(server.port).replace("    link:", "    enabled: false\n    link:");
    const hub = await startClosedHub(t, entry);
    await hub.putUser("eva", "engineer", ["read Plant1"]);
    await hub.putUser("ben", "engineer", ["read Plant2"]);
    await hub.putUser("olga", "operator", ["read *"]);
    const [eva, ben, olga] = await Promise.all(
      ["eva", "ben", "olga"].map((name) => hub.visit(name, PASSWORD)),
    );

    const { entry: written } = read.parse(await (await eva?.ask("GET", `${PATH}/press`))?.json());
    const change = { name: "press", to: { ...written, memoryLimit: "128MiB" } };
    const changed = await eva?.ask("PUT", PATH, { change });
    const refused = await Promise.all([
      ben?.ask("GET", `${PATH}/press`),
      ben?.ask("PUT", PATH, { start: "press" }),
      olga?.ask("GET", `${PATH}/press`),
      olga?.ask("PUT", PATH, { start: "press" }),
      olga?.ask("PUT", PATH, { stop: { name: "press" } }),
    ]);

    assert.equal(changed?.status, 200);
    assert.deepEqual(
      refused.map((answer) => answer?.status),
      [404, 404, 403, 403, 403],
    );
    assert.equal(server.asked(), 0);
    const listed = await (await eva?.ask("GET", "/api/v1/adapters/press"))?.json();
    assert.partialDeepStrictEqual(listed, { status: "stopped", stopped: {} });
  });
});
