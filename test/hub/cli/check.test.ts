import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { unshub } from "../../support/cli.ts";
import { tempDir } from "../../support/hub.ts";

const TOP = "listeners: { http: { port: 0 } }\nadapters:\n";

function entry(name: string, link: string, more = ""): string {
  return `  - name: ${name}
    protocol: modbus
    group: Plant1
    edgeNode: gw-${name}
    link: ${link}
    devices:
      - name: ${name}-01
        unit: 1
        groups: { fast: { interval: 250ms }, slow: { interval: 5s } }
        ${more || 'tags: [{ name: A, at: "hr:100", type: float32, group: fast }, { name: B, at: "hr:110", group: fast, type: int16 }]'}
`;
}

/** An entry whose device takes so many connections; another name, another unit. */
function linked(name: string, maxConnections: number): string {
  const text = entry(name, `{ host: plc, maxConnections: ${maxConnections} }`);
  return text.replace("unit: 1", `unit: ${name.length}`);
}

function fileOf(t: TestContext, entries: string): string {
  const file = join(tempDir(t), "unshub.yaml");
  writeFileSync(file, TOP + entries);
  return file;
}

const LINE = "{ framing: rtu, port: /dev/ttyS9, baud: 9600 }";
const LONG = 'tags: [{ name: A, at: "hr:0/60", type: string, group: fast }]';

describe("what unshub check says of adapters", () => {
  it("shows each request with its group, interval, tags and bytes, and requests per second", async (t) => {
    const { exitCode, out } = await unshub(
      "check",
      "-c",
      fileOf(t, entry("press", "{ host: 10.0.0.7 }")),
    );

    assert.equal(exitCode, 0);
    assert.match(out, /no problems\. Adapters: press \(modbus\)\./);
    assert.match(out, /^press: 10\.0\.0\.7:502, 4 requests\/s$/m);
    assert.match(out, /^ {2}press-01, 2 tags$/m);
    assert.match(out, /^ {4}fast +250ms +FC3 hr:100\.\.110 +2 +22 +16$/m);
  });

  it("tells what is wrong with an entry for OPC UA, with its place, exit 2", async (t) => {
    const { exitCode, err } = await unshub(
      "check",
      "-c",
      fileOf(
        t,
        `  - { name: oven, protocol: opcua, group: Plant1, edgeNode: gw-oven, endpoint: "opc.tcp://plc:4840",
      device: oven-1, groups: { fast: { interval: 1s } }, tags: [{ name: T, group: slow, node: ns=2;s=T }] }`,
      ),
    );

    assert.equal(exitCode, 2);
    assert.match(
      err,
      /unshub\.yaml:4:\d+ {2}adapters\[0\]\.tags\[0\]\.group: there is no group "slow"/,
    );
    assert.doesNotMatch(err, /ConfigError/);
  });

  it("calls a line that carries too little a problem, with place and figures, exit 2", async (t) => {
    const file = fileOf(t, entry("meter", LINE, LONG).replace("250ms", "100ms"));

    const { exitCode, out, err } = await unshub("check", "-c", file);

    assert.equal(exitCode, 2);
    assert.match(out, /1 problem\. Adapters/);
    assert.match(err, /unshub\.yaml:7:5 {2}adapters\[0\]\.link: the groups ask for 1\d\d % of/);
  });

  it("warns of a busy line; only --strict makes that exit 2", async (t) => {
    const file = fileOf(t, entry("meter", LINE, LONG).replace("250ms", "190ms"));

    const lenient = await unshub("check", "-c", file);
    const strict = await unshub("check", "-c", file, "--strict");

    assert.equal(lenient.exitCode, 0);
    assert.match(lenient.out, /no problems, 1 warning\. /);
    assert.match(lenient.out, /line busy \d\d %/);
    assert.match(
      lenient.err,
      /:7:5 {2}warning: adapters\[0\]\.link: the line will be busy for \d\d %/,
    );
    assert.equal(strict.exitCode, 2);
  });

  it("warns of two connections to one device, and of deadbands without meaning", async (t) => {
    const tags = 'tags: [{ name: A, at: "co:1", group: fast, deadband: 1 }]';
    const file = fileOf(t, entry("a", "{ host: plc }", tags) + entry("b", "{ host: plc }"));

    const { exitCode, err } = await unshub("check", "-c", file, "--strict");

    assert.equal(exitCode, 2);
    assert.match(
      err,
      /adapters\[0\]\.devices\[0\]\.tags\[0\]\.deadband: a deadband does nothing for Boolean/,
    );
    assert.match(err, /adapters\[0\]\.link: several entries have plc:502: some devices take only/);
    assert.match(err, /adapters\[1\]\.link: several entries have plc:502/);
    assert.match(err, /adapters\[1\]\.devices\[0\]: several entries have unit 1 at plc:502: it is/);
  });

  it("says nothing of several entries that connect to a device that takes so many", async (t) => {
    const two = linked("a", 2) + linked("bb", 3);
    const three = `${two}${linked("ccc", 2)}`;

    const fine = await unshub("check", "-c", fileOf(t, two), "--strict");
    const many = await unshub("check", "-c", fileOf(t, three), "--strict");

    assert.equal(fine.exitCode, 0, fine.err);
    assert.equal(many.exitCode, 2);
    assert.match(
      many.err,
      /several entries have plc:502: it takes 2 connections \(maxConnections\)/,
    );
  });

  it("tells plans and warnings as JSON lines when asked", async (t) => {
    const file = fileOf(t, entry("a", "{ host: plc }") + entry("b", "{ host: plc }"));

    const { out } = await unshub("check", "-c", file, "--json");

    const lines = out.split("\n").map((line): { kind: string; line?: number } => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ kind }) => kind),
      ["warning", "warning", "warning", "warning", "plan", "plan"],
    );
    assert.deepEqual(
      lines.map(({ line }) => line),
      [7, 9, 17, 19, undefined, undefined],
    );
  });

  it("finds tables of tags beside the configuration, from wherever it is run", async (t) => {
    const file = fileOf(t, entry("press", "{ host: plc }", "tagFile: tags/press.csv"));
    mkdirSync(join(file, "../tags"));
    writeFileSync(
      join(file, "../tags/press.csv"),
      "name,at,type,group\nA,hr:1,int16,fast\nB,hr:2,int16,slow\n",
    );

    const { exitCode, out, err } = await unshub("check", "-c", file);

    assert.equal(exitCode, 0, err);
    assert.match(out, /press-01, 2 tags/);
  });

  it("says every mistake with line, column, the offending text and what is allowed", async (t) => {
    const tags =
      'tags: [{ name: A, at: "hr:100", typ: int16, group: fast }, { name: B, at: "hr:1.16", group: quick }]';
    const file = fileOf(t, entry("press", "{ host: plc, timeout: 5 }", tags));

    const { exitCode, err } = await unshub("check", "-c", file);

    assert.equal(exitCode, 2);
    assert.match(err, /:7:\d+ {2}adapters\[0\]\.link\.timeout: /);
    assert.match(
      err,
      /:12:\d+ {2}adapters\[0\]\.devices\[0\]\.tags\[0\]\.typ: unknown key "typ"; did you mean "type"\?/,
    );
    assert.match(err, /tags\[1\]\.at: "hr:1\.16": bit 16; a register has 0 to 15/);
    assert.match(err, /tags\[1\]\.group: .*quick.*fast, slow/);
  });
});
