import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { unshub } from "../../support/cli.ts";
import { tempDir } from "../../support/hub.ts";

function entry(name: string): string {
  return `  - name: ${name}
    protocol: modbus
    group: Plant1
    edgeNode: gw-${name}
    link: { framing: tls, host: plc, key: "\${file:/run/secrets/plc}" }
    devices:
      - name: ${name}-01
        unit: 1
        groups: { fast: { interval: 250ms } }
        tags: [{ name: A, at: "hr:100", type: float32, group: fast }]
`;
}

function fileOf(t: TestContext, ...names: readonly string[]): string {
  const file = join(tempDir(t), "unshub.yaml");
  writeFileSync(file, `adapters:\n${names.map(entry).join("")}`);
  return file;
}

describe("unshub PROTOCOL", () => {
  it("lists the tools of an adapter, exit 2, and with --help exit 0", async () => {
    const bare = await unshub("modbus");
    const asked = await unshub("modbus", "--help");

    assert.equal(bare.exitCode, 2);
    assert.equal(asked.exitCode, 0);
    for (const tool of ["scan", "decode", "detective", "import", "export", "library"]) {
      assert.match(bare.err, new RegExp(`unshub modbus ${tool} `));
      assert.match(asked.out, new RegExp(`unshub modbus ${tool} `));
    }
  });

  it("shows how one tool is used", async () => {
    const { exitCode, out } = await unshub("modbus", "export", "--help");

    assert.equal(exitCode, 0);
    assert.match(out, /^unshub modbus export --device NAME/);
  });

  it("says that there is no such tool, exit 2", async () => {
    const { exitCode, err } = await unshub("modbus", "fly");

    assert.equal(exitCode, 2);
    assert.match(err, /There is no tool "fly"/);
  });

  it("gives a tool the entry as it is written, of the configuration that it names", async (t) => {
    const file = fileOf(t, "press");

    const { exitCode, out, err } = await unshub(
      "modbus",
      "export",
      "-c",
      file,
      "--device",
      "press-01",
    );

    assert.equal(exitCode, 0, err);
    assert.match(out, /^A,hr:100,float32,fast/m);
    assert.doesNotMatch(out + err, /secrets/);
  });

  it("wants to know which of several entries is meant, exit 2", async (t) => {
    const file = fileOf(t, "press", "oven");
    const args = ["modbus", "export", "-c", file, "--device", "oven-01"];

    const several = await unshub(...args);
    const wrong = await unshub(...args, "--adapter", "kiln");
    const one = await unshub(...args, "--adapter", "oven");

    assert.equal(several.exitCode, 2);
    assert.match(several.err, /several modbus adapters; choose one with --adapter: press, oven/);
    assert.match(wrong.err, /has no modbus adapter "kiln"; there are: press, oven/);
    assert.equal(one.exitCode, 0);
  });

  it("says which file is not there, exit 2", async () => {
    const { exitCode, err } = await unshub(
      "modbus",
      "export",
      "-c",
      "/nowhere.yaml",
      "--device",
      "x",
    );

    assert.equal(exitCode, 2);
    assert.match(err, /nowhere\.yaml.*there is no such file/);
  });
});
