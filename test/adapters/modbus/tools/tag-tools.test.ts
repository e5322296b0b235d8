import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { AdapterTool } from "@unshub/adapter";
import { libraryNames } from "../../../../adapters/modbus/src/library.ts";
import { exportTool } from "../../../../adapters/modbus/src/tools/export-tags.ts";
import { importTool } from "../../../../adapters/modbus/src/tools/import-tags.ts";
import { libraryTool } from "../../../../adapters/modbus/src/tools/library-tool.ts";
import { runTool, type ToolOutcome } from "../../../support/modbus-tool.ts";

const folder = mkdtempSync(join(tmpdir(), "unshub-tools-"));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text?: string): string {
  const path = join(folder, name);
  rmSync(path, { force: true });
  if (text !== undefined) writeFileSync(path, text);
  return path;
}

const run = (tool: AdapterTool, args: readonly string[], entry?: unknown): Promise<ToolOutcome> =>
  runTool(tool, args, { entry });

const NEURON =
  "group,interval,name,address,attribute,type,description,decimal,precision,bias\n" +
  "fast,250,A,1!400010,Read,INT16,,,,\n" +
  "fast,250,B,1!400011,Read,WRONG,,,,\n";

describe("unshub modbus import", () => {
  it("makes a table of another program's tags, and says which groups it needs", async () => {
    const into = file("new.csv");

    const { code, out, errors } = await run(importTool, [file("n.csv", NEURON), "--into", into]);

    assert.equal(code, 1);
    assert.match(errors, /n.csv:3: B: the type "wrong" has no counterpart here/);
    assert.match(out, /1 created, 0 changed, 0 deleted, 0 untouched/);
    assert.match(out, /fast: \{ interval: 250ms \}/);
    assert.match(readFileSync(into, "utf8"), /^A,400010,int16,fast,r,/m);
  });

  it("does nothing at all when it shall be all or nothing", async () => {
    const into = file("atomic.csv");

    const { code, errors } = await run(importTool, [
      file("n.csv", NEURON),
      "--into",
      into,
      "--atomic",
    ]);

    assert.equal(code, 1);
    assert.match(errors, /nothing was changed: --atomic, and 1 problem/);
    assert.equal(existsSync(into), false);
  });

  it("writes nothing in a dry run", async () => {
    const into = file("dry.csv");
    const source = file("s.csv", "name,at,type\nA,hr:1,int16\n");

    const { code, out } = await run(importTool, [source, "--into", into, "--dry-run"]);

    assert.equal(code, 0);
    assert.match(out, /1 created.*\nnothing was written/);
    assert.equal(existsSync(into), false);
  });

  it("merges into what is there", async () => {
    const into = file("there.csv", "name,at,type,unit\nA,hr:1,int16,bar\n");
    const source = file("s.csv", "name,at,type,description\nA,hr:9,int16,new\nB,hr:2,int16,\n");

    await run(importTool, [source, "--into", into, "--mode", "merge-safe"]);

    const rows = readFileSync(into, "utf8").split("\n");
    assert.match(rows[1] ?? "", /^A,hr:1,int16,.*bar.*new/);
    assert.match(rows[2] ?? "", /^B,hr:2,int16/);
  });

  it("never writes over a table that it cannot read", async () => {
    const into = file("broken.csv", "name,at\nA,hr:1,x\n");
    const source = file("s.csv", "name,at,type\nB,hr:2,int16\n");

    const { code, errors } = await run(importTool, [source, "--into", into]);

    assert.equal(code, 1);
    assert.match(errors, /broken.csv:2: .*\nnothing was changed: mend/);
    assert.equal(readFileSync(into, "utf8"), "name,at\nA,hr:1,x\n");
  });

  it("takes one unit of a file with several", async () => {
    const rows = "fast,250,B,2!400011,Read,INT16,,,,\n";
    const source = file("units.csv", NEURON.replace(/fast,250,B.*\n/, rows));

    const both = await run(importTool, [source, "--into", file("u.csv")]);
    const second = await run(importTool, [source, "--into", file("u.csv"), "--unit", "2"]);

    assert.match(both.errors, /units 1, 2; choose one with --unit/);
    assert.match(second.out, /1 created/);
  });

  it("takes the first of two tags with one name, and says so", async () => {
    const source = file("twice.csv", "name,at,type\nA,hr:1,int16\nA,hr:2,int16\n");

    const { out, errors } = await run(importTool, [source, "--into", file("t.csv")]);

    assert.match(errors, /twice.csv:3: "A" stands there twice/);
    assert.match(out, /1 created/);
  });

  for (const [what, args, sentence] of [
    ["no file", ["--into", "x"], /name one file to read/],
    ["no target", ["x"], /name the table to write/],
    [
      "an unknown mode",
      ["x", "--into", "y", "--mode", "z"],
      /there is no mode "z"; there are: create/,
    ],
    ["an unknown option", ["x", "--nonsense"], /nonsense/],
    ["a wrong unit", ["x", "--into", "y", "--unit", "one"], /"one" is not a unit/],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const { code, errors } = await run(importTool, args);

      assert.equal(code, 2);
      assert.match(errors, sentence);
    });
  }

  it("says which file is not there", async () => {
    const { code, errors } = await run(importTool, [join(folder, "none"), "--into", "x"]);

    assert.equal(code, 1);
    assert.match(errors, /none cannot be read/);
  });
});

describe("unshub modbus export", () => {
  const ENTRY = {
    devices: [
      {
        name: "m",
        unit: 1,
        template: "eastron-sdm120",
        tags: [{ name: "Voltage", deadband: 0.5 }],
      },
      { name: "p", unit: 2, tags: [{ name: "A", at: "hr:1", type: "int16", group: "fast" }] },
    ],
  };

  it("prints the tags of a device with those of its template", async () => {
    const { code, out } = await run(exportTool, ["--device", "m", "-c", "x.yaml"], ENTRY);

    assert.equal(code, 0);
    assert.match(out, /^Voltage,ir:0,float32,fast,.*,V,.*0\.5/m);
  });

  it("prints what import reads as the same tags", async () => {
    const { out } = await run(exportTool, ["--device", "m", "-c", "x.yaml"], ENTRY);
    const source = file("exported.csv", out);
    const into = file("again.csv");

    await run(importTool, [source, "--into", into]);

    assert.equal(readFileSync(into, "utf8").trimEnd(), out);
  });

  it("prints a file for another program, which import reads; what that cannot say is on stderr", async () => {
    const asKepware = ["--device", "m", "-c", "x.yaml", "--format", "kepware"];

    const { code, out, errors } = await run(exportTool, asKepware, {
      link: { host: "plc" },
      ...ENTRY,
    });
    const into = file("kepware-back.csv");
    const back = await run(importTool, [
      file("kepware.csv", out),
      "--into",
      into,
      "--byte-order",
      "ABCD",
    ]);

    assert.equal(code, 0);
    assert.match(out, /^Tag Name,Address.*\nVoltage,300001,Float,1,RO,/);
    assert.match(errors, /^Voltage: not carried: deadband$/m);
    assert.match(errors, /^the highest register of a value comes first \(ABCD\)/m);
    assert.equal(back.code, 0);
    assert.match(readFileSync(into, "utf8"), /^Voltage,300001,float32,every-\d+ms,r,.*,V,/m);
  });

  it("ends with 1 when a tag is left out, with 2 for a format that it does not know", async () => {
    const tags = [{ name: "A", at: "hr:1", type: "bcd64", group: "fast" }];
    const devices = [{ name: "p", unit: 2, groups: { fast: { interval: "1s" } }, tags }];
    const entry = { link: { host: "plc" }, devices };
    const asNeuron = ["--device", "p", "-c", "x.yaml", "--format"];

    const left = await run(exportTool, [...asNeuron, "neuron"], entry);
    const unknown = await run(exportTool, [...asNeuron, "excel"], entry);

    assert.equal(left.code, 1);
    assert.match(left.errors, /^A: left out, there is no type bcd64$/m);
    assert.equal(unknown.code, 2);
    assert.match(unknown.errors, /no format "excel"; there are: own, kepware, neuron, ignition/);
  });

  it("says which devices there are", async () => {
    const { code, errors } = await run(exportTool, ["--device", "x", "-c", "x.yaml"], ENTRY);

    assert.equal(code, 2);
    assert.match(errors, /there is no device "x"; there are: m, p/);
  });
});

describe("unshub modbus library", () => {
  it("lists the machines and prints one", async () => {
    const list = await run(libraryTool, []);
    const one = await run(libraryTool, ["carlo-gavazzi-em340"]);
    const none = await run(libraryTool, ["../../secret"]);

    assert.equal(list.out.split("\n").length, libraryNames().length);
    assert.match(list.out, /carlo-gavazzi-em340 +Carlo Gavazzi EM330, EM340/);
    assert.match(one.out, /byteOrder: CDAB/);
    assert.equal(none.code, 2);
  });
});
