/** Backups of a real hub: made under load, restored, started again. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { connectAsync, type MqttClient } from "mqtt";
import { z } from "zod";
import { Backup } from "../../../hub/src/backup/index.ts";
import { RunningCommand, unshub, unshubApart } from "../../support/cli.ts";
import { ADMIN, PASSWORD, startClosedHub } from "../../support/http-hub.ts";
import { pressAdapter, pressMemory, startTestHub, tempDir } from "../../support/hub.ts";
import { openModbusServer } from "../../support/modbus-server.ts";
import { RawClient } from "../../support/mqtt-raw-client.ts";

const PRESSURE = "Plant1/gw-press/press-01/Hydraulics/Pressure";
const LOGIN = { username: ADMIN.name, password: ADMIN.password };
const ANN = { username: "ann", password: PASSWORD };
const GRANTS = ["orders/#", "load/#"].flatMap((filter) => [
  `publish ${filter}`,
  `subscribe ${filter}`,
]);
const LOGIN_ENV = { UNSHUB_USER: ADMIN.name, UNSHUB_PASSWORD: ADMIN.password };
const KEY = "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n";

const KEY_FILE = "protocols/opcua/certificate/key.pem";

function sharedKeys(dataDir: string): readonly string[] {
  const file = join(dataDir, "identity.json");
  const read = z.object({ psks: z.array(z.object({ key: z.string() })) });
  return read.parse(JSON.parse(readFileSync(file, "utf8"))).psks.map(({ key }) => key);
}

function configIn(t: TestContext, dataDir: string): string {
  const config = join(tempDir(t), "unshub.yaml");
  writeFileSync(config, `hub: { id: r, dataDir: ${dataDir} }\nlisteners: { mqtt: { port: 0 } }\n`);
  return config;
}

async function enter(t: TestContext, port: number, more: object = {}): Promise<MqttClient> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
    protocolVersion: 5,
    reconnectPeriod: 0,
    ...more,
  });
  t.after(() => client.endAsync(true));
  return client;
}

/** Publishes retained QoS 1 messages one after the other until it is stopped. */
class Load {
  acknowledged = 0;
  readonly #end = new AbortController();
  readonly #running: Promise<void>;

  constructor(client: MqttClient) {
    this.#running = this.#run(client);
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await this.#running;
  }

  async #run(client: MqttClient): Promise<void> {
    for (; !this.#end.signal.aborted; this.acknowledged += 1) {
      const topic = `load/${this.acknowledged}`;
      await client.publishAsync(topic, "x".repeat(500), { qos: 1, retain: true });
    }
  }
}

async function madeBackup(t: TestContext) {
  const hub = await startTestHub(t);
  const file = join(tempDir(t), "one.backup");
  const made = await unshub("backup", file, "--url", `http://127.0.0.1:${hub.httpPort}`);
  assert.equal(made.exitCode, 0, made.err);
  return { hub, file };
}

describe("a backup of a running hub", { timeout: 300_000 }, () => {
  it("under load holds all that was acknowledged before: values, sessions, retained messages, users", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const hub = await startClosedHub(t, pressAdapter(plc.port), {
      more: " }\nhistory: { record: true",
    });
    const { tree } = hub.hub;
    await hub.putUser("ann", "viewer", ["read *", ...GRANTS]);
    await hub.until(() => tree.metric(tree.find(PRESSURE) ?? -1)?.value === 120);
    const lasting = { ...ANN, clientId: "ann", properties: { sessionExpiryInterval: 3600 } };
    const away = await enter(t, hub.mqttPort, { ...lasting, clean: false });
    await away.subscribeAsync("orders/#", { qos: 1 });
    await away.endAsync();
    const client = await enter(t, hub.mqttPort, { ...ANN, clientId: "ann-2" });
    await client.publishAsync("orders/1", "queued", { qos: 1 });
    const busy = new Load(client);
    await client.publishAsync("load/before", "", { qos: 1 });
    const before = busy.acknowledged;
    const file = join(tempDir(t), "plant.backup");

    const made = await unshubApart(["backup", file, "--url", hub.url], LOGIN_ENV);

    assert.equal(made.exitCode, 0, made.err);
    assert.match(made.out, /plant\.backup: \d+ files of hub test, .* checked\./);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    await busy.stop();
    assert.ok(busy.acknowledged > before, "the load went on");
    assert.deepEqual(
      readdirSync(hub.dataDir).filter((name) => name.startsWith("backup-")),
      [],
    );
    await hub.stop();
    const dataDir = join(tempDir(t), "data");
    const restored = await unshub("restore", file, "--data-dir", dataDir);
    assert.equal(restored.exitCode, 0, restored.err);

    const again = await startTestHub(t, pressAdapter(1), {
      dataDir,
      more: "identity: { anonymous: none }\nhistory: { record: true }",
    });
    assert.equal(again.hub.tree.metric(again.hub.tree.find(PRESSURE) ?? -1)?.value, 120);
    await using back = await RawClient.open(again.mqttPort, 5);
    const { sessionPresent } = await back.connect({
      ...lasting,
      password: Buffer.from(ANN.password),
      clean: false,
    });
    assert.equal(sessionPresent, true);
    assert.equal(String((await back.take("publish")).payload), "queued");
    for (const topic of ["load/0", `load/${before - 1}`]) {
      await back.subscribe(topic, 1);
      assert.equal((await back.take("publish")).topic, topic);
    }
    const answer = await fetch(`http://127.0.0.1:${again.httpPort}/api/v1/users`, {
      headers: { authorization: `Basic ${btoa(`${LOGIN.username}:${LOGIN.password}`)}` },
    });
    assert.match(await answer.text(), /"ann"/);
    const told = await unshubApart(
      ["history", PRESSURE, "--url", `http://127.0.0.1:${again.httpPort}`],
      { UNSHUB_USER: ANN.username, UNSHUB_PASSWORD: ANN.password },
    );
    assert.match(told.out, /\b120\b/, told.err);
  });

  it("leaves private keys and shared keys out, and has them sealed with a passphrase", async (t) => {
    const hub = await startClosedHub(t);
    await hub.admin.json("PUT", "/api/v1/psks/gateway", { role: "viewer", grants: ["read *"] });
    mkdirSync(join(hub.dataDir, "protocols/opcua/certificate"), { recursive: true });
    writeFileSync(join(hub.dataDir, KEY_FILE), KEY);
    const folder = tempDir(t);
    const [plain, sealed] = [join(folder, "plain"), join(folder, "sealed")];
    const [secret] = sharedKeys(hub.dataDir);
    const at = ["--url", hub.url];
    const env = { ...LOGIN_ENV, UNSHUB_BACKUP_PASSPHRASE: "a long passphrase" };

    const without = await unshubApart(["backup", plain, ...at], LOGIN_ENV);
    const within = await unshubApart(["backup", sealed, ...at], env);

    assert.match(without.out, /Left out: protocols\/opcua\/certificate\/key\.pem: a private key/);
    assert.match(without.out, /Left out: identity\.json: the shared keys of 1/);
    assert.match(within.out, /keys sealed/, within.err);
    for (const file of [plain, sealed]) {
      const text = readFileSync(file, "latin1");
      assert.ok(!text.includes("PRIVATE KEY") && !text.includes(secret ?? "none"), file);
    }
    const [a, b, c] = [join(folder, "a"), join(folder, "b"), join(folder, "c")];
    const ask = (dir: string, passphrase: string) =>
      unshubApart(["restore", sealed, "--data-dir", dir], { UNSHUB_BACKUP_PASSPHRASE: passphrase });
    assert.equal((await unshub("restore", plain, "--data-dir", a)).exitCode, 0);
    assert.deepEqual(sharedKeys(a), []);
    const wrong = await ask(b, "another passphrase");
    assert.match(wrong.err, /this is not the passphrase.*Nothing was changed/);
    assert.deepEqual(readdirSync(b), []);
    assert.match(
      (await unshub("restore", sealed, "--data-dir", b)).err,
      /UNSHUB_BACKUP_PASSPHRASE/,
    );
    assert.equal((await ask(c, "a long passphrase")).exitCode, 0);
    assert.deepEqual(sharedKeys(c), [secret]);
    assert.equal(readFileSync(join(c, KEY_FILE), "utf8"), KEY);
    assert.equal(statSync(join(c, KEY_FILE)).mode & 0o777, 0o600);
  });

  it("is for administrators, stands on the audit trail, and is one at a time", async (t) => {
    const hub = await startClosedHub(t);
    await hub.putUser("otto", "engineer", []);
    const otto = await hub.visit("otto", PASSWORD);
    assert.equal((await otto.ask("POST", "/api/v1/backup", {})).status, 403);

    const [first, second] = await Promise.all([
      hub.admin.ask("POST", "/api/v1/backup", {}),
      hub.admin.ask("POST", "/api/v1/backup", {}),
    ]);

    assert.deepEqual(
      [first.status, second.status].toSorted((a, b) => a - b),
      [200, 409],
    );
    await Promise.all([first.arrayBuffer(), second.arrayBuffer()]);
    const trail = JSON.stringify(await hub.admin.json("GET", "/api/v1/audit"));
    assert.match(trail, /"action":"back up","after":\{"keys":"left out"\},"result":"asked"/);
  });

  it("that is broken off by kill -9 harms nothing, and leaves no file that looks like one", async (t) => {
    const dataDir = join(tempDir(t), "data");
    const config = join(tempDir(t), "unshub.yaml");
    writeFileSync(
      config,
      `hub: { id: k, dataDir: ${dataDir} }\nlisteners: { mqtt: { port: 0 }, http: { port: 0 } }\n`,
    );
    const started = async () => {
      const hub = new RunningCommand(t, ["start", "-c", config]);
      const [, http = ""] = await hub.until(/(http:\/\/127\.0\.0\.1:\d+)/);
      const [, mqtt = ""] = await hub.until(/mqtt:\/\/127\.0\.0\.1:(\d+)/);
      return { hub, http, mqttPort: Number(mqtt) };
    };
    const { hub, http, mqttPort } = await started();
    const client = await enter(t, mqttPort);
    client.on("error", () => undefined);
    for (let at = 0; at < 40; at += 1)
      await client.publishAsync(`big/${at}`, Buffer.alloc(500_000, at), { qos: 1, retain: true });
    const file = join(tempDir(t), "broken");
    const answer = await fetch(`${http}/api/v1/backup`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    const reader = answer.body?.getReader();
    for (let got = 0; got < 100_000;) got += (await reader?.read())?.value?.length ?? 0;
    assert.ok(existsSync(join(dataDir, "backup-staging")));

    hub.signal("SIGKILL");
    await hub.end();

    await assert.rejects(async () => {
      while ((await reader?.read())?.done !== true);
    });
    const again = await started();
    const reading = await enter(t, again.mqttPort);
    const { promise, resolve } = Promise.withResolvers<Buffer>();
    reading.on("message", (_topic, payload) => resolve(payload));
    await reading.subscribeAsync("big/39");
    assert.ok((await promise).equals(Buffer.alloc(500_000, 39)));
    assert.equal((await unshub("backup", file, "--url", again.http)).exitCode, 0);
    assert.ok(!existsSync(join(dataDir, "backup-staging")));
  });
});

describe("how far somebody has read", () => {
  it("is copied before what he reads, so that a restored hub finds nobody ahead of its history", async (t) => {
    const dataDir = tempDir(t);
    mkdirSync(join(dataDir, "sinks"));
    const file = join(dataDir, "sinks/influx.position.json");
    writeFileSync(file, "7");
    writeFileSync(join(dataDir, "history.db"), "");
    const readOn = async (to: string): Promise<boolean> => {
      writeFileSync(file, "9");
      writeFileSync(to, "up to 8");
      return true;
    };
    const backup = new Backup({
      dataDir,
      hubId: "test",
      databases: new Map([["history.db", readOn]]),
      isPosition: (path) => path.endsWith(".position.json"),
      settle: async () => undefined,
      now: () => 0,
    });

    let text = "";
    for await (const piece of backup.start()) text += Buffer.from(piece).toString();

    const told = text.split("\n").slice(1, 5);
    assert.deepEqual(told, [
      '{"file":"sinks/influx.position.json","bytes":1}',
      '7{"file":"history.db","bytes":7}',
      `up to 8${told[2]?.slice("up to 8".length)}`,
      "",
    ]);
    assert.match(text, /"end":\{"files":2,/);
  });
});

describe("unshub restore", { timeout: 180_000 }, () => {
  it("refuses while a hub runs, and a directory with data unless it may keep it aside", async (t) => {
    const { hub, file } = await madeBackup(t);
    const dataDir = tempDir(t);
    const running = new RunningCommand(t, ["start", "-c", configIn(t, dataDir)]);
    await running.until(/mqtt:/);
    const busy = await unshub("restore", file, "--data-dir", dataDir, "--force");
    await running.interrupt();

    const refused = await unshub("restore", file, "--data-dir", dataDir);
    const forced = await unshub("restore", file, "--data-dir", dataDir, "--force", "--json");

    assert.equal(busy.exitCode, 1);
    assert.match(busy.err, /is used by another hub \(process \d+\)/);
    assert.equal(refused.exitCode, 1);
    assert.match(refused.err, /is not empty .*--force/);
    assert.equal(forced.exitCode, 0, forced.err);
    const { aside } = z.object({ aside: z.string() }).parse(JSON.parse(forced.out));
    assert.ok(readdirSync(aside).includes("broker.db"));
    assert.ok(readdirSync(dataDir).includes("broker.db"));
    await hub.stop();
  });

  it("refuses what is no backup, cut off or changed, and changes nothing", async (t) => {
    const { file } = await madeBackup(t);
    const bytes = readFileSync(file);
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(2000) ^ 1, 2000);
    const dataDir = tempDir(t);
    writeFileSync(join(dataDir, "mine"), "kept");
    for (const [content, because] of [
      [Buffer.from("hello\n"), /this is no backup of a hub/],
      [bytes.subarray(0, bytes.length - 200), /not whole/],
      [bytes.subarray(0, 3000), /not whole/],
      [changed, /checksum/],
      [Buffer.from(String(bytes.subarray(0, 200)).replace('"version":1', '"version":9')), /newer/],
    ] as const) {
      const bad = join(tempDir(t), "bad");
      writeFileSync(bad, content);

      const { exitCode, err } = await unshub("restore", bad, "--data-dir", dataDir, "--force");

      assert.equal(exitCode, 1);
      assert.match(err, because);
      assert.deepEqual(readdirSync(dataDir), ["mine"]);
    }
  });

  it("a hub does not start on a restore that was broken off", async (t) => {
    const dataDir = tempDir(t);
    mkdirSync(join(dataDir, "restoring"));

    const { exitCode, err } = await unshubApart(["start", "-c", configIn(t, dataDir)]);

    assert.equal(exitCode, 1);
    assert.match(err, /was broken off. Run unshub restore once more with --force/);
  });

  it("says without a file what it wants, exit 2", async () => {
    assert.equal((await unshub("restore")).exitCode, 2);
    assert.equal((await unshub("backup", "a", "b")).exitCode, 2);
    assert.equal((await unshub("restore", "/nowhere/x.backup")).exitCode, 2);
  });
});
