import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { RunningCommand, unshub } from "../../support/cli.ts";
import { pressAdapter, pressMemory, startTestHub, tempDir } from "../../support/hub.ts";
import { openModbusServer } from "../../support/modbus-server.ts";

describe("unshub", () => {
  it("without a command, or with an unknown one, shows what there is, exit 2", async () => {
    assert.equal((await unshub()).exitCode, 2);
    const unknown = await unshub("fly");
    assert.equal(unknown.exitCode, 2);
    assert.match(unknown.err, /^There is no command "fly"\. There are:\n {2}start, check, /);
    assert.ok(unknown.err.split("\n").length < 12, "the sentence is still on the screen");
  });

  it("help shows every command, exit 0", async () => {
    const { exitCode, out } = await unshub("help");

    assert.equal(exitCode, 0);
    for (const command of ["start", "check", "tree", "tail", "write"])
      assert.match(out, new RegExp(`unshub ${command}`));
  });

  it("--version says in one line which hub this is, as its packages do; help names it", async () => {
    const packages = ["package.json", "hub/package.json"].map((file) =>
      readFileSync(join(import.meta.dirname, "../../..", file), "utf8"),
    );
    const { exitCode, out, err } = await unshub("--version");

    assert.equal(exitCode, 0);
    assert.equal(err, "");
    const [, version = ""] = /^unshub (\S+) \(Node \d+\.\d+\.\d+\)\n?$/.exec(out) ?? [];
    for (const manifest of packages) assert.match(manifest, new RegExp(`"version": "${version}"`));
    assert.match((await unshub("--help")).out, /unshub --version/);
  });

  it("help of one command shows that one, and an unknown one what may be meant", async () => {
    const { out, exitCode } = await unshub("help", "rebirth");

    assert.equal(exitCode, 0);
    assert.match(out, /^unshub rebirth GROUP\/NODE/);
    assert.doesNotMatch(out, /unshub start/);
    assert.equal((await unshub("rebirth", "--help")).out, out);
    const unknown = await unshub("help", "trea");
    assert.equal(unknown.exitCode, 2);
    assert.match(unknown.err, /There is no command "trea"\. Did you mean tree\?/);
  });

  it("every command that takes options says how it is used", async () => {
    const { out } = await unshub("help");
    const names = new Set([...out.matchAll(/^unshub ([a-z]+)/gm)].map(([, name = ""]) => name));

    for (const name of names) {
      const { exitCode, out: usage } = await unshub(name, "--help");
      assert.equal(exitCode, 0, name);
      assert.match(usage, new RegExp(`^unshub ${name}\\b`), name);
    }
    assert.ok(names.size > 20);
  });

  it("refuses options it does not have, exit 2", async () => {
    const { exitCode, err } = await unshub("check", "--fast");

    assert.equal(exitCode, 2);
    assert.match(err, /--fast/);
  });
});

describe("unshub check", () => {
  it("says that a good file is good, exit 0", async () => {
    const { exitCode, out } = await unshub("check", "-c", "examples/demo.yaml");

    assert.equal(exitCode, 0);
    assert.match(out, /no problems, 1 warning\. Adapters: press \(modbus\), paint \(opcua\)\./);
  });

  it("tells problems as JSON lines when asked, exit 2", async (t) => {
    const file = join(tempDir(t), "unshub.yaml");
    writeFileSync(file, "hub: 7\nlisteners: { mqtt: { port: -1 } }\n");

    const { exitCode, out } = await unshub("check", "-c", file, "--json");

    assert.equal(exitCode, 2);
    const problems = out.split("\n").map((line): { line: number } => JSON.parse(line));
    assert.deepEqual(
      problems.map(({ line }) => line),
      [1, 2],
    );
  });
});

describe("commands to a running hub", () => {
  it("tree shows names, values, units and states, whole or below a path", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const { hub, httpPort, until } = await startTestHub(t, pressAdapter(plc.port));
    await until(() => hub.tree.find("Plant1/gw-press/press-01/Running") !== undefined);
    const url = ["--url", `http://127.0.0.1:${httpPort}`];

    const whole = await unshub("tree", ...url);
    const part = await unshub("tree", "Plant1/gw-press/press-01/Hydraulics", ...url);
    const one = await unshub("tree", "Plant1/gw-press/press-01/Hydraulics/Setpoint", ...url);
    const json = await unshub("tree", "Plant1/gw-press/press-01", "--json", ...url);
    const none = await unshub("tree", "Plant1/nothing", ...url);

    assert.match(whole.out, /Plant1\n {2}gw-press {2}\(online\)\n/);
    assert.match(whole.out, / {4}press-01 {2}\(online\)/);
    assert.match(part.out, /^Pressure +120 bar\nSetpoint +200 bar$/);
    assert.match(one.out, /^Setpoint +200 bar$/);
    const rows = json.out.split("\n").map((line): object => JSON.parse(line));
    assert.deepEqual(rows.at(-1), {
      ...rows.at(-1),
      path: "Plant1/gw-press/press-01/Running",
      value: true,
      quality: "good",
    });
    assert.deepEqual([none.exitCode, none.err], [1, 'there is nothing at "Plant1/nothing"']);
  });

  it("write is done only when the value came back; a refusal says why, exit 1", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const { hub, httpPort, until } = await startTestHub(t, pressAdapter(plc.port));
    const path = "Plant1/gw-press/press-01/Hydraulics/Setpoint";
    await until(() => hub.tree.find(path) !== undefined);
    const url = ["--url", `http://127.0.0.1:${httpPort}`];

    const done = await unshub("write", path, "300", ...url);
    const beyond = await unshub("write", path, "70000", ...url);
    const tooHigh = await unshub("write", path, "351", ...url);
    const readOnly = await unshub(
      "write",
      "Plant1/gw-press/press-01/Hydraulics/Pressure",
      "1",
      ...url,
    );
    const missing = await unshub("write", path, ...url);
    const negative = await unshub("write", path, "-5", ...url, "--reason", "trial");

    assert.deepEqual([done.exitCode, plc.memory["1"]?.hr?.[1]], [0, 300]);
    assert.match(done.out, /Setpoint = 300, read back after \d+ ms/);
    assert.match(beyond.err, /refused: 70000 is outside Int16/);
    assert.deepEqual([tooHigh.exitCode, tooHigh.err], [1, "refused: 351 is outside 0 to 350 bar"]);
    assert.match(readOnly.err, /refused: ".*Pressure" is read-only/);
    assert.deepEqual([negative.exitCode, negative.err], [1, "refused: -5 is outside 0 to 350 bar"]);
    assert.deepEqual([beyond.exitCode, readOnly.exitCode, missing.exitCode], [1, 1, 2]);
  });

  it("tail prints messages decoded, with names for aliases of births that were earlier", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const { hub, mqttPort, until } = await startTestHub(t, pressAdapter(plc.port));
    await until(() => hub.tree.find("Plant1/gw-press/press-01/Running") !== undefined);
    const tail = new RunningCommand(t, [
      "tail",
      "spBv1.0/#",
      "--url",
      `mqtt://127.0.0.1:${mqttPort}`,
    ]);
    await tail.until(/spBv1\.0\/STATE\/test {2}\{"online":true/); // retained: the subscription stands

    Object.assign(plc.memory["1"]?.hr ?? {}, { 0: 131 });
    await tail.until(
      /spBv1\.0\/Plant1\/DDATA\/gw-press\/press-01 {2}seq \d+ {2}Hydraulics\/Pressure=131\n/,
    );

    assert.equal(await tail.interrupt(), 0);
  });

  it("say where they looked when no hub answers, exit 1", async () => {
    const tree = await unshub("tree", "--url", "http://127.0.0.1:1");
    const tail = await unshub("tail", "#", "--url", "mqtt://127.0.0.1:1");
    const other = await unshub("tail", "#", "--url", "http://127.0.0.1:1");

    assert.deepEqual([tree.exitCode, tail.exitCode, other.exitCode], [1, 1, 2]);
    assert.match(other.err, /--url http:\/\/127\.0\.0\.1:1: not a URL like mqtt:/);
    assert.match(tree.err, /No hub answers at http:\/\/127\.0\.0\.1:1\. Start one \(npm start\)/);
    assert.match(tail.err, /No MQTT server answers at mqtt:\/\/127\.0\.0\.1:1\./);
  });
});
