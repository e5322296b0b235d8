/** A changed configuration of a real hub: planned, applied, taken back. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { connectAsync } from "mqtt";
import { z } from "zod";
import { loadConfig, parseConfig, type HubConfig } from "../../../hub/src/config/index.ts";
import { Configuration } from "../../../hub/src/configuration/index.ts";
import { checkAdapterConfig } from "../../../hub/src/supervisor/index.ts";
import { unshub } from "../../support/cli.ts";
import { PASSWORD, startClosedHub } from "../../support/http-hub.ts";
import { pressAdapter, pressMemory, startTestHub, tempDir } from "../../support/hub.ts";
import { openModbusServer } from "../../support/modbus-server.ts";
import { SILENT_LOG } from "../../support/silent-log.ts";

const DEVICE = "Plant1/gw-press/press-01";
const PLACED = `uns:
  levels: [site, line]
  placement: [{ method: map, group: Plant1, node: gw-press, device: press-01, path: acme/press }]
  projection: {}
`;

async function openPlant(t: TestContext) {
  const server = await openModbusServer(pressMemory());
  t.after(() => server.close());
  const hub = await startTestHub(t, pressAdapter(server.port), { more: PLACED });
  const { tree } = hub.hub;
  const valueAt = (name: string): unknown =>
    tree.metric(tree.find(`${DEVICE}/${name}`) ?? -1)?.value;
  await hub.until(() => valueAt("Running") !== undefined);
  const changed = (change: (text: string) => string): string => {
    const file = join(tempDir(t), "changed.yaml");
    writeFileSync(file, change(readFileSync(hub.file, "utf8")));
    return file;
  };
  return { ...hub, valueAt, changed, url: `http://127.0.0.1:${hub.httpPort}` };
}

/** The section of MQTT sinks, each with its password in a file. */
function sinks(...named: readonly (readonly [name: string, passwordFile: string])[]): string {
  const entries = named.map(
    ([name, file]) =>
      `  - { name: ${name}, type: mqtt, url: "mqtt://127.0.0.1:1", user: hub, password: "\${file:${file}}" }\n`,
  );
  return `sinks:\n${entries.join("")}`;
}

/** One metric is another type, one has another name. */
function otherTags(text: string): string {
  return text
    .replace(
      'name: Hydraulics/Pressure, at: "hr:0", type: int16',
      'name: Hydraulics/Pressure, at: "hr:0", type: uint16',
    )
    .replace("name: Running", "name: Busy");
}

/** A plan as it is printed, without its last line. */
function planIn({ out }: { readonly out: string }): string {
  assert.match(out, /\nBasis: [0-9a-f]{64}$/);
  return out.replace(/\nBasis: \w+$/, "");
}

describe("unshub plan", { timeout: 180_000 }, () => {
  it("tells births, metrics, plain topics and the clients that read them, and changes nothing", async (t) => {
    const { url, mqttPort, changed, valueAt, file } = await openPlant(t);
    const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { clientId: "historian" });
    t.after(() => client.endAsync(true));
    await client.subscribeAsync("spBv1.0/Plant1/#");
    const other = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { clientId: "elsewhere" });
    t.after(() => other.endAsync(true));
    await other.subscribeAsync("spBv1.0/Plant2/#");
    const before = readFileSync(file, "utf8");
    const at = ["--url", url];

    const planned = await unshub("plan", changed(otherTags), ...at);
    const json = await unshub("plan", changed(otherTags), "--json", ...at);

    assert.equal(planned.exitCode, 0);
    assert.equal(
      planIn(planned).replace(/127\.0\.0\.1:\d+/, "ADDRESS"),
      `Adapters (1):
  press (Plant1/gw-press) changes
Births (1):
  Plant1/gw-press/press-01 born anew
Metrics (3):
  ~ ${DEVICE}/Hydraulics/Pressure  Int16 → UInt16
  - ${DEVICE}/Running  Boolean
  + ${DEVICE}/Busy  Boolean
Plain topics cleared (1):
  acme/press/Running
Read by (1):
  historian (ADDRESS): spBv1.0/Plant1/#`,
    );
    const found = z.looseObject({ topics: z.array(z.string()) }).parse(JSON.parse(json.out));
    assert.deepEqual(found.topics, ["acme/press/Running"]);
    assert.equal(readFileSync(file, "utf8"), before);
    assert.notEqual(valueAt("Running"), undefined);
  });

  it("of the same file says that nothing would change; of other sections, that they wait for a start", async (t) => {
    const { url, changed } = await openPlant(t);

    const same = await unshub("plan", changed(String), "--url", url);
    const other = await unshub(
      "plan",
      changed((text) => text.replace("profile: observe", "profile: strict")),
      "--url",
      url,
    );

    assert.equal(planIn(same), "Nothing would change.");
    assert.equal(planIn(other), "Only at the next start of the hub (1):\n  namespace:");
  });

  it("tells which secrets are others, in the file that is named or by another name, and never what they are", async (t) => {
    const folder = tempDir(t);
    const [first, second] = [join(folder, "first"), join(folder, "second")];
    writeFileSync(first, "correct horse");
    writeFileSync(second, "battery staple");
    const running = sinks(["a", first], ["b", first]);
    const { file, httpPort } = await startTestHub(t, "", { more: running });
    const url = `http://127.0.0.1:${httpPort}`;
    const text = readFileSync(file, "utf8");
    const other = join(folder, "other.yaml");
    writeFileSync(other, text.replace(running, sinks(["b", second], ["a", first])));

    const before = await unshub("plan", file, "--url", url);
    writeFileSync(first, "Tr0ub4dor");
    const content = await unshub("plan", file, "--url", url);
    const named = await unshub("plan", other, "--url", url);
    const json = await unshub("plan", other, "--json", "--url", url);

    assert.equal(planIn(before), "Nothing would change.");
    assert.equal(
      planIn(content),
      "Secrets changed (2):\n  sinks.a.password (taken at the next connection)\n  sinks.b.password (taken at the next connection)",
    );
    assert.match(named.out, /sinks\.b\.password \(named otherwise\)/);
    assert.match(named.out, /Only at the next start of the hub \(1\):\n {2}sinks:/);
    assert.doesNotMatch(content.out + named.out + json.out, /horse|staple|Tr0ub4dor/);
  });

  it("sees that a list of tags is another one, though the file that names it is not", async (t) => {
    const server = await openModbusServer(pressMemory());
    t.after(() => server.close());
    const dataDir = tempDir(t);
    const list = join(dataDir, "press.csv");
    writeFileSync(list, "name,at,type,group\nPressure,hr:0,int16,fast\nCount,hr:2,uint16,fast\n");
    const adapter = `  - name: press
    protocol: modbus
    group: Plant1
    edgeNode: gw-press
    link: { host: 127.0.0.1, port: ${server.port} }
    devices: [{ name: press-01, unit: 1, tagFile: press.csv, groups: { fast: { interval: 100ms } } }]
`;
    const hub = await startTestHub(t, adapter, { dataDir });
    const { tree } = hub.hub;
    await hub.until(() => tree.find(`${DEVICE}/Count`) !== undefined);
    const args = [hub.file, "--url", `http://127.0.0.1:${hub.httpPort}`];
    const same = await unshub("plan", ...args);
    writeFileSync(list, "name,at,type,group\nPressure,hr:0,uint16,fast\nTotal,hr:2,uint16,fast\n");

    const planned = await unshub("plan", ...args);
    const applied = await unshub("apply", ...args);
    await hub.until(() => tree.find(`${DEVICE}/Total`) !== undefined);
    const after = await unshub("plan", ...args);

    assert.deepEqual(
      [planIn(same), planIn(after)],
      ["Nothing would change.", "Nothing would change."],
    );
    assert.equal(
      planIn(planned),
      `Adapters (1):
  press (Plant1/gw-press) changes
Births (1):
  Plant1/gw-press/press-01 born anew
Metrics (3):
  ~ ${DEVICE}/Pressure  Int16 → UInt16
  - ${DEVICE}/Count  UInt16
  + ${DEVICE}/Total  UInt16`,
    );
    assert.equal(applied.exitCode, 0, applied.err);
  });

  it("of a bad file tells every problem with its line, exit 2", async (t) => {
    const { url, changed } = await openPlant(t);
    const bad = changed((text) => text.replace("type: int16", "type: int17"));

    for (const command of ["plan", "apply"]) {
      const { exitCode, err } = await unshub(command, bad, "--url", url);
      assert.equal(exitCode, 2);
      assert.match(err, /:\d+:\d+ {2}adapters\[0\]\.devices\[0\]\.tags\[0\]/);
    }
    assert.equal((await unshub("plan", "/nowhere/x.yaml", "--url", url)).exitCode, 2);
  });
});

describe("unshub apply and rollback", { timeout: 180_000 }, () => {
  it("apply gives the hub the new file, rollback the one before, and both are listed", async (t) => {
    const { url, changed, until, valueAt, file, hub } = await openPlant(t);
    const before = readFileSync(file, "utf8");
    const at = ["--url", url];

    const applied = await unshub("apply", changed(otherTags), ...at);
    await until(() => valueAt("Busy") === true);
    const after = readFileSync(file, "utf8");
    const again = await unshub("plan", changed(String), ...at);
    const back = await unshub("rollback", ...at);
    await until(() => hub.tree.metric(hub.tree.find(`${DEVICE}/Running`) ?? -1)?.value === true);
    const listed = await unshub("rollback", "--list", "--json", ...at);
    const more = await unshub("rollback", ...at);

    assert.match(applied.out, /Applied: generation 2\. Back: unshub rollback$/);
    assert.equal(after, otherTags(before));
    assert.equal(planIn(again), "Nothing would change.");
    assert.match(back.out, /Applied: generation 1/);
    assert.equal(readFileSync(file, "utf8"), before);
    const rows = listed.out
      .split("\n")
      .map((line) => z.looseObject({ isRunning: z.boolean() }).parse(JSON.parse(line)).isRunning);
    assert.deepEqual(rows, [true, false]);
    assert.equal(more.exitCode, 1);
    assert.match(more.err, /there is no configuration before the one that runs/);
  });

  it("apply does nothing on a file that is another than the one it was made from, and says a wrong basis", async (t) => {
    const { url, changed, file } = await openPlant(t);
    const began = readFileSync(file, "utf8");
    const basis = createHash("sha256").update(began).digest("hex");
    const mine = changed((text) => text.replace("unit: bar", "unit: kPa"));
    const at = ["--url", url];
    const planned = await unshub("plan", mine, ...at);
    await unshub("apply", changed(otherTags), ...at); // a colleague
    const theirs = readFileSync(file, "utf8");

    const late = await unshub("apply", mine, "--basis", basis, ...at);
    const kept = readFileSync(file, "utf8");
    const wrong = await unshub("apply", mine, "--basis", "abc", ...at);
    const meant = await unshub("apply", mine, ...at);

    assert.ok(planned.out.endsWith(`Basis: ${basis}`));
    assert.equal(late.exitCode, 1);
    assert.match(late.err, /somebody has changed the configuration/);
    assert.equal(kept, theirs);
    assert.equal(wrong.exitCode, 2);
    assert.match(wrong.err, /--basis is the SHA-256 of a file/);
    assert.equal(meant.exitCode, 0, meant.err);
  });

  it("goes back to the one that was looked at, and to no other", async (t) => {
    const { url, changed, file } = await openPlant(t);
    const text = readFileSync(file, "utf8");
    await unshub("apply", changed(otherTags), "--url", url);
    const goBack = async (body?: object): Promise<number> => {
      const answer = await fetch(`${url}/api/v1/configuration/rollback`, {
        method: "POST",
        ...(body !== undefined && {
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        }),
      });
      await answer.text();
      return answer.status;
    };

    const other = await goBack({ generation: 7 });
    const kept = readFileSync(file, "utf8");
    const strange = await goBack({ generation: "one" });
    const basis = createHash("sha256").update(text).digest("hex"); // of a file that is another by now
    const late = await goBack({ generation: 1, basis });
    const looked = await goBack({ generation: 1 });

    assert.deepEqual([other, strange, late, looked], [409, 400, 409, 200]);
    assert.notEqual(kept, text);
    assert.equal(readFileSync(file, "utf8"), text);
    assert.equal(await goBack(), 409); // without a word: the one before, and there is none now
  });

  it("what was read again by a reload counts as running", async (t) => {
    const { url, changed, file, hub } = await openPlant(t);

    writeFileSync(file, otherTags(readFileSync(file, "utf8")));
    await hub.reload();

    assert.equal(
      planIn(await unshub("plan", changed(String), "--url", url)),
      "Nothing would change.",
    );
  });

  it("stands on the audit trail; who may come in is for administrators to change", async (t) => {
    const hub = await startClosedHub(t);
    await hub.putUser("eva", "engineer", ["read *"]);
    const eva = await hub.visit("eva", PASSWORD);
    const text = readFileSync(hub.file, "utf8");
    const path = "/api/v1/configuration/apply";

    const opened = await eva.ask("POST", path, {
      text: text.replace("anonymous: none", "anonymous: full"),
    });
    const own = await eva.ask("POST", path, { text: `${text}\n# seen by eva\n` });

    assert.equal(opened.status, 403);
    assert.match(await opened.text(), /an? engineer may not change identity/);
    assert.equal(own.status, 200);
    const trail = JSON.stringify(await hub.admin.json("GET", "/api/v1/audit"));
    assert.match(trail, /"actor":"user:eva"[^}]*"action":"apply configuration"/);
    assert.match(trail, /"object":"generation 2","result":"done"/);
  });

  it("of an administrator that waits for a start keeps no engineer from changing something else", async (t) => {
    const hub = await startClosedHub(t);
    await hub.putUser("eva", "engineer", ["read *"]);
    const eva = await hub.visit("eva", PASSWORD);
    const path = "/api/v1/configuration/apply";
    const text = readFileSync(hub.file, "utf8");
    const waiting = text.replace("anonymous: none", "anonymous: read");
    await hub.admin.json("POST", path, { text: waiting });

    const old = await eva.ask("POST", path, { text: waiting, basis: wordFor(text) });
    const own = await eva.ask("POST", path, {
      text: `${waiting}\n# seen by eva\n`,
      basis: wordFor(waiting),
    });
    const back = await eva.ask("POST", path, { text });

    assert.equal(old.status, 409);
    assert.equal(own.status, 200);
    assert.equal(back.status, 403);
  });
});

function wordFor(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

type Reload = ConstructorParameters<typeof Configuration>[0]["supervisor"]["reload"];

/** Of a hub with one adapter, whose reload is the test's own. */
async function openConfiguration(t: TestContext, reload: (started: HubConfig) => Reload) {
  const folder = tempDir(t);
  const file = join(folder, "unshub.yaml");
  const text = `hub: { id: h }\nlisteners: { mqtt: {} }\nadapters:\n${pressAdapter(1)}`;
  writeFileSync(file, text);
  mkdirSync(join(folder, "data"));
  const started = await loadConfig(file, checkAdapterConfig);
  const configuration = new Configuration({
    file,
    folder: join(folder, "data", "configuration"),
    started,
    supervisor: { reload: reload(started) },
    view: { reloadPlan: async () => undefined, topicAt: () => undefined, sessions: () => [] },
    log: SILENT_LOG,
    now: () => 1,
    parse: (changed, of) => parseConfig(changed, { file: of, checkAdapter: checkAdapterConfig }),
  });
  return { file, text, started, configuration };
}

describe("two changes that were made from the same file", () => {
  it("are not both applied: the second one is refused, and the first one stays", async (t) => {
    const { file, text, configuration } = await openConfiguration(t, () => async () => []);
    const first = await configuration.propose(configuration.withRuleLevel("T01", "reject"));
    const second = await configuration.propose(otherTags(text));
    await configuration.apply(first, "one");
    const { basis } = configuration;
    const third = configuration.withRuleLevel("T02", "reject");
    writeFileSync(file, `${readFileSync(file, "utf8")}# by hand\n`);

    await assert.rejects(configuration.apply(second, "other"), /plan it again/);
    const late = await configuration.propose(third, basis);
    await assert.rejects(configuration.apply(late, "other"), /plan it again/);

    assert.match(readFileSync(file, "utf8"), /T01: reject[^]*# by hand\n$/);
    assert.equal(configuration.generations.length, 2);
  });
});

describe("a configuration that an adapter refuses", () => {
  it("is taken back by itself: the file, and the other adapters", async (t) => {
    const given: string[] = [];
    const { file, text, started, configuration } = await openConfiguration(
      t,
      ({ adapters }) =>
        async (entries) => {
          given.push(JSON.stringify(entries));
          return entries === adapters ? [] : [{ adapter: "press", because: "the device says no" }];
        },
    );

    const proposal = await configuration.propose(otherTags(text));
    await assert.rejects(
      configuration.apply(proposal, "me"),
      /runs again: press: the device says no/,
    );

    assert.equal(readFileSync(file, "utf8"), text);
    assert.equal(given.length, 2);
    assert.equal(given[1], JSON.stringify(started.adapters));
    assert.equal(configuration.running, 1);
    assert.equal(configuration.generations.length, 1);
  });
});
