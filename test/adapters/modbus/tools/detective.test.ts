import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import ModbusRTU from "modbus-serial";
import { detectiveTool } from "../../../../adapters/modbus/src/tools/detective.ts";
import { openSimulation } from "../../../support/modbus-simulation.ts";
import { runTool } from "../../../support/modbus-tool.ts";

const folder = mkdtempSync(join(tmpdir(), "unshub-detective-"));
after(() => rmSync(folder, { recursive: true }));

/** Registers of all kinds around a float with its low word first, which holds what the display shows. */
const DEVICE = {
  name: "boiler",
  unit: 1,
  groups: { all: { interval: "1s" } },
  tags: [
    { name: "Text", at: "hr:100/8", type: "string" },
    { name: "Display", at: "hr:112", type: "float32", byteOrder: "CDAB", access: "rw" },
    { name: "Tenths", at: "hr:114", type: "int16", access: "rw" },
    { name: "Hundredths", at: "hr:120", type: "uint32", access: "rw" },
    ...Array.from({ length: 20 }, (_, index) => ({
      name: `W${index}`,
      at: `hr:${130 + index}`,
      type: "uint16",
    })),
  ],
};

async function setDisplay(port: number, value: number, tenths: number): Promise<void> {
  const client = new ModbusRTU.default();
  await client.connectTCP("127.0.0.1", { port });
  client.setID(1);
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(value);
  await client.writeRegisters(112, [bytes.readUInt16BE(2), bytes.readUInt16BE(0)]);
  await client.writeRegister(114, tenths);
  await new Promise<void>((resolve) => client.close(() => resolve()));
}

const rankOf = (out: string, pattern: RegExp): number =>
  out.split("\n").findIndex((line) => pattern.test(line.replaceAll(/ +/g, " ")));

describe("unshub modbus detective", { timeout: 180_000 }, () => {
  it("ranks what gives the value of the display: exact floats and scaled integers first", async () => {
    await using running = await openSimulation({ devices: [DEVICE] });
    await setDisplay(running.port, 23.5, 235);
    const args = [`127.0.0.1:${running.port}`, "--near", "hr:100-160", "--value", "23.5"];

    const { code, out } = await runTool(detectiveTool, args);

    assert.equal(code, 0);
    assert.equal(rankOf(out, /^1 hr:112 float32 CDAB 23\.5 23\.5$/), 1);
    assert.ok(rankOf(out, /hr:114 u?int16 ABCD scale 0\.1 235 23\.5$/) > 0, out);
  });

  it("keeps what fits a second value of the display as well", async () => {
    await using running = await openSimulation({ devices: [DEVICE] });
    const keep = join(folder, "boiler.json");
    const host = `127.0.0.1:${running.port}`;

    await setDisplay(running.port, 23.5, 235);
    const first = await runTool(detectiveTool, [
      host,
      "--near",
      "hr:100-160",
      "--value",
      "23.5",
      "--keep",
      keep,
    ]);
    await setDisplay(running.port, 24.1, 777);
    const second = await runTool(detectiveTool, [host, "--keep", keep, "--also", "24,1", "--json"]);

    assert.match(first.out, /--also VALUE/);
    const places = second.out
      .split("\n")
      .map((line): { at: string; type: string } => JSON.parse(line));
    assert.deepEqual(places[0], {
      at: "hr:112",
      type: "float32",
      byteOrder: "CDAB",
      scale: 1,
      raw: { value: Math.fround(24.1) },
      error: Math.abs(Math.fround(24.1) - 24.1) / 24.1,
    });
    assert.ok(places.every(({ at }) => at !== "hr:114"));
    assert.ok(places.length < first.out.split("\n").length);
  });

  it("takes a tolerance in the unit of the display", async () => {
    await using running = await openSimulation({ devices: [DEVICE] });
    await setDisplay(running.port, 23.9, 0);
    const args = [`127.0.0.1:${running.port}`, "--near", "hr:112-113", "--value", "23.5"];

    const narrow = await runTool(detectiveTool, args);
    const wide = await runTool(detectiveTool, [...args, "--tolerance", "0.5"]);

    assert.deepEqual([narrow.code, wide.code], [1, 0]);
    assert.match(narrow.out, /nothing near hr:112 gives 23\.5/);
    assert.match(wide.out, /hr:112 +float32 +CDAB/);
  });

  it("says what is wrong with its arguments, and that nothing can be read", async () => {
    await using running = await openSimulation({ devices: [DEVICE] });
    const host = `127.0.0.1:${running.port}`;
    const odd = join(folder, "odd.json");
    writeFileSync(odd, "{}");
    const wrong: readonly (readonly string[])[] = [
      [host],
      [host, "--near", "hr:100-160"],
      [host, "--near", "co:1-5", "--value", "1"],
      [host, "--near", "hr:0-9999", "--value", "1"],
      [host, "--near", "hr:0-9", "--value", "warm"],
      [host, "--also", "1"],
      [host, "--also", "1", "--keep", join(folder, "nothing.json")],
      [host, "--also", "1", "--keep", odd],
    ];

    for (const args of wrong) {
      const { code, errors } = await runTool(detectiveTool, args);
      assert.equal(code, 2, args.join(" "));
      assert.notEqual(errors, "");
    }
    const empty = await runTool(detectiveTool, [host, "--near", "hr:0-9", "--value", "1"]);
    assert.equal(empty.code, 1);
    assert.match(empty.errors, /none of these registers can be read/);
  });
});
