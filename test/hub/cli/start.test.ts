import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { RunningCommand, unshub } from "../../support/cli.ts";
import { freePort } from "../../support/free-port.ts";
import { tempDir } from "../../support/hub.ts";
import { SparkplugWatch } from "../../support/sparkplug-watch.ts";

/** A port that some other program has. */
async function takenPort(t: TestContext): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  t.after(() => server.close());
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function configFile(t: TestContext, text: string): string {
  const file = join(tempDir(t), "unshub.yaml");
  writeFileSync(file, text);
  return file;
}

/** The demo's configuration on ports that nobody has, with a data directory of its own. */
async function demoConfig(t: TestContext, modbusPort?: number): Promise<string> {
  return readFileSync(join(import.meta.dirname, "../../../examples/demo.yaml"), "utf8")
    .replace("dataDir: ../demo-data", `dataDir: ${JSON.stringify(tempDir(t))}`)
    .replaceAll(/port: (1883|8083|8080)/g, "port: 0")
    .replace("port: 15020", `port: ${modbusPort ?? (await freePort())}`)
    .replace(":14840", `:${await freePort()}`);
}

const ADAPTER = `  - name: p
    protocol: modbus
    group: g
    edgeNode: e
    link: { host: 127.0.0.1, port: 1 }
    devices:
      - { name: d, unit: 1, groups: { f: { interval: 1s } }, tags: [{ name: a, at: "hr:0", type: int16, group: f }] }
`;

describe("unshub start", { timeout: 300_000 }, () => {
  it("--demo runs the plant of examples/demo.yaml, and Ctrl-C stops it in order", async (t) => {
    const demo = await demoConfig(t);
    const start = new RunningCommand(t, ["start", "--demo", "-c", configFile(t, demo)]);
    const [, mqtt] = await start.until(/(mqtt:\/\/127\.0\.0\.1:\d+)/);
    await start.until(/Page +http:\/\/127\.0\.0\.1:\d+\//);
    await start.until(/mosquitto_sub -h 127\.0\.0\.1 -p \d+ -t 'spBv1\.0\/Plant1\/#'/);
    await start.until(/Stop +Ctrl-C/);
    await using watch = await SparkplugWatch.open(mqtt ?? "", 5);
    for (const device of ["gw-press/press-01", "gw-press/chiller-01", "gw-paint/paint-cell"]) {
      await watch.until(({ topic, type }) => type === "DDATA" && topic.endsWith(device));
    }

    const before = watch.seen.length; // on a busy machine a device may have died and come back

    const code = await start.interrupt();
    await watch.until(
      ({ type, bytes }) => type === "STATE" && !Buffer.from(bytes).includes("true"),
    );

    assert.equal(code, 0, start.err);
    assert.match(start.out, /Stopping …\nStopped\.\n$/);
    const told = watch.seen.slice(before).map(({ topic, type, bytes }) => {
      if (type === "STATE") return `STATE ${Buffer.from(bytes).includes("true")}`;
      return `${type} ${topic.split("/")[3]}`;
    });
    const deaths = told.filter((each) => each.includes("DEATH") || each === "STATE false");
    assert.deepEqual(deaths.toSorted(), [
      "DDEATH gw-paint",
      "DDEATH gw-press",
      "DDEATH gw-press",
      "NDEATH gw-paint",
      "NDEATH gw-press",
      "STATE false",
    ]);
    for (const node of ["gw-press", "gw-paint"]) {
      assert.ok(told.lastIndexOf(`DDEATH ${node}`) < told.indexOf(`NDEATH ${node}`), node);
    }
    assert.equal(told.at(-1), "STATE false");
  });

  it("without a configuration says how to go on, exit 2", async (t) => {
    const start = new RunningCommand(t, ["start"], { cwd: tempDir(t) });

    assert.equal(await start.end(), 2);
    assert.match(
      start.err,
      /no unshub\.yaml here\. Name one with -c FILE, or see the simulated plant with --demo/,
    );
  });

  it("with a wrong configuration tells every problem and opens nothing, exit 2", async (t) => {
    const file = configFile(t, "hub: { idd: x }\nlisteners:\n  mqtt: { port: 99999 }\n");
    const result = await unshub("start", "-c", file);

    assert.equal(result.exitCode, 2);
    assert.match(
      result.err,
      /unshub\.yaml:1:8 {2}hub\.idd: unknown key "idd"; did you mean "id"\?/,
    );
    assert.match(result.err, /unshub\.yaml:3:11 {2}listeners\.mqtt\.port: /);
  });

  for (const kind of ["mqtt", "ws", "http"]) {
    it(`with the ${kind} port in use says which, and whom to ask, exit 1`, async (t) => {
      const port = await takenPort(t);
      const file = configFile(t, `listeners: { ${kind}: { port: ${port} } }\n`);

      const result = await unshub("start", "-c", file);

      assert.equal(result.exitCode, 1);
      assert.match(result.err, new RegExp(`port ${port} .*in use`));
      assert.match(result.err, new RegExp(`ss -ltnp 'sport = :${port}'`));
      assert.match(result.err, new RegExp(`listeners\\.${kind}\\.port`));
    });
  }

  it("with a data directory that cannot be written says which and what to do, exit 1", async (t) => {
    const file = configFile(
      t,
      "hub: { dataDir: ./unshub.yaml/data }\nlisteners: { mqtt: { port: 0 } }\n",
    ); // below a file

    const result = await unshub("start", "-c", file);

    assert.equal(result.exitCode, 1);
    assert.match(
      result.err,
      /data directory .*unshub\.yaml\/data cannot be written \(ENOTDIR at .*hub\.dataDir/,
    );
  });

  it("warns of two entries that ask the same unit, before anything is opened", async (t) => {
    const twin = ADAPTER.replace("name: p", "name: q").replace("edgeNode: e", "edgeNode: f");
    const hub = "hub: { dataDir: ./unshub.yaml/data }\nlisteners: { mqtt: { port: 0 } }\n"; // below a file

    const file = configFile(t, `${hub}adapters:\n${ADAPTER}${twin}`);
    const start = new RunningCommand(t, ["start", "-c", file]);

    assert.equal(await start.end(), 1);
    const [warning = ""] = start.err.split("\n").filter((line) => line.includes("unit 1 at"));
    assert.match(warning, /"adapters":\["p","q"\],"peer":"unit 1 at 127\.0\.0\.1:1"/);
    assert.match(start.err, /"peer":"127\.0\.0\.1:1"/);
  });

  it("with a file where a folder of the data directory belongs says which, exit 1", async (t) => {
    const file = configFile(t, "listeners: { mqtt: { port: 0 } }\nadapters:\n" + ADAPTER);
    const dataDir = join(dirname(file), "data");
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, "edge-nodes"), "");

    const result = await unshub("start", "-c", file);

    assert.equal(result.exitCode, 1);
    assert.match(result.err, /cannot be written \(EEXIST at .*edge-nodes\)/);
  });

  it("on the data directory of another hub says whose it is, exit 1", async (t) => {
    const file = configFile(t, "listeners: { mqtt: { port: 0 } }\n");
    const first = new RunningCommand(t, ["start", "-c", file]);
    await first.until(/Stop +Ctrl-C/);

    const second = await unshub("start", "-c", file);

    assert.equal(second.exitCode, 1);
    assert.match(second.err, /used by another hub \(process \d+\)/);
    assert.equal(await first.interrupt(), 0);
    const third = new RunningCommand(t, ["start", "-c", file]);
    await third.until(/Stop +Ctrl-C/);
    assert.equal(await third.interrupt(), 0);
  });

  it("--demo obeys Ctrl-C also while the plant is starting", async (t) => {
    const demo = await demoConfig(t);
    const start = new RunningCommand(t, ["start", "--demo", "-c", configFile(t, demo)]);
    await start.until(/Stop +Ctrl-C/); // the listeners stand, the plant takes a second more

    assert.equal(await start.interrupt(), 0, start.err);
  });

  it("--demo with the plant's port in use says which, exit 1", async (t) => {
    const port = await takenPort(t);
    const demo = await demoConfig(t, port);

    const result = await unshub("start", "--demo", "-c", configFile(t, demo));

    assert.equal(result.exitCode, 1);
    assert.match(result.err, new RegExp(`${port}`));
    assert.match(result.err, /ss -ltnp/);
    assert.match(result.err, /change link\.port and endpoint/);
  });
});
