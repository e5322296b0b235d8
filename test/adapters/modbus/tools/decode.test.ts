import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeTool } from "../../../../adapters/modbus/src/tools/decode.ts";
import { openSimulation } from "../../../support/modbus-simulation.ts";
import { runTool } from "../../../support/modbus-tool.ts";

const lineOf = (out: string, type: string): string =>
  (out.split("\n").find((line) => line.startsWith(`${type} `)) ?? "").replaceAll(/ +/g, " ");

describe("unshub modbus decode", { timeout: 180_000 }, () => {
  it("shows given registers as every type in every order, side by side", async () => {
    const { code, out } = await runTool(decodeTool, ["--hex", "41bc 0000", "--all"]);

    assert.equal(code, 0);
    assert.match(out, /^hex {2}41bc 0000$/m);
    assert.match(out, /^1 register +ABCD +BADC$/m);
    assert.match(out, /^2 registers +ABCD +CDAB +BADC +DCBA$/m);
    assert.equal(lineOf(out, "int16"), "int16 16828 -17343");
    assert.match(lineOf(out, "float32"), /^float32 23\.5 /);
    assert.equal(lineOf(out, "bcd16"), "bcd16 (bad_bcd) (bad_bcd)");
    assert.doesNotMatch(out, /^4 registers/m);
  });

  it("reads what a device holds, as many registers as there are", async () => {
    const tags = [
      { name: "A", at: "hr:100", type: "float32", byteOrder: "CDAB", validRange: [23.5, 23.5] },
      { name: "B", at: "hr:102", type: "uint16", validRange: [7, 7] },
    ];
    const groups = { all: { interval: "1s" } };
    await using running = await openSimulation({ devices: [{ name: "d", unit: 5, groups, tags }] });
    const host = `127.0.0.1:${running.port}`;

    const pair = await runTool(decodeTool, [host, "hr:100", "--all", "--unit", "5"]);
    const single = await runTool(decodeTool, [host, "40103", "--unit", "5", "--json"]);
    const none = await runTool(decodeTool, [host, "hr:200", "--unit", "5"]);

    assert.match(pair.out, /^hr:100\.\.101 {2}0000 41bc$/m);
    assert.match(lineOf(pair.out, "float32"), /^float32 \S+ 23\.5 /);
    const readings = single.out
      .split("\n")
      .map((line): { type: string; value: number } => JSON.parse(line));
    assert.equal(readings.find(({ type }) => type === "uint16")?.value, 7);
    assert.equal(none.code, 1);
    assert.match(none.errors, /unit 5, hr:200: the device says exception 2, illegal address/);
  });

  it("shows text where it is text, and one type alone when asked", async () => {
    const text = await runTool(decodeTool, ["--hex", "50554d50"]);
    const one = await runTool(decodeTool, [
      "--hex",
      "0102030405060708",
      "--type",
      "uint64",
      "--json",
    ]);

    assert.match(text.out, /"PUMP"/);
    assert.equal(one.out.split("\n").length, 6);
    assert.match(
      one.out,
      /"type":"uint64","byteOrder":"ABCDEFGH","registers":4,"value":"72623859790382856"/,
    );
  });

  it("says what is wrong with its arguments, exit 2", async () => {
    const wrong: readonly (readonly string[])[] = [
      [],
      ["--hex", "41b"],
      ["plc"],
      ["plc", "co:1"],
      ["plc", "hr:1", "--hex", "0000"],
      ["--hex", "0000", "--type", "float99"],
    ];

    for (const args of wrong) {
      const { code, errors } = await runTool(decodeTool, args);
      assert.equal(code, 2, args.join(" "));
      assert.notEqual(errors, "");
    }
  });
});
