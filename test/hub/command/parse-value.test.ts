import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Datatype, MetricValue } from "@unshub/sparkplug";
import { parseValue } from "../../../hub/src/command/parse-value.ts";

describe("a value to write", () => {
  const good: readonly (readonly [Datatype, unknown, MetricValue])[] = [
    ["Int16", "-5", -5],
    ["UInt64", "18446744073709551615", 18_446_744_073_709_551_615n],
    ["Float", "25.5", 25.5],
    ["Double", 1e9, 1e9],
    ["Boolean", "true", true],
    ["Boolean", false, false],
    ["String", "", ""],
    ["Double", 1e18, 1e18],
    ["String", "true", "true"],
  ];
  for (const [datatype, input, value] of good) {
    it(`is read: ${JSON.stringify(input)} as ${datatype}`, () => {
      assert.deepEqual(parseValue(datatype, input), { ok: true, value });
    });
  }

  const bad: readonly (readonly [Datatype, unknown])[] = [
    ["Int16", "1.7"],
    ["Int16", 1.7],
    ["Int16", "40000"],
    ["Int16", ""],
    ["Int16", "0x10"],
    ["UInt8", "-1"],
    ["Float", "fast"],
    ["Float", ""],
    ["Float", "NaN"],
    ["Boolean", "1"],
    ["Boolean", 1],
    ["String", 5],
    ["Int16", null],
    ["Int16", { a: 1 }],
    ["Bytes", "00"],
    ["Int64", 9_007_199_254_740_994],
  ];
  for (const [datatype, input] of bad) {
    it(`is refused with a sentence: ${JSON.stringify(input)} as ${datatype}`, () => {
      const parsed = parseValue(datatype, input);

      assert.ok(!parsed.ok);
      assert.notEqual(parsed.because, "");
    });
  }

  it("is refused for what nobody can type", () => {
    for (const datatype of ["Int32Array", "DataSet", "Template"] as const) {
      const because = `a value of datatype ${datatype} cannot be written from here`;
      assert.deepEqual(parseValue(datatype, "1"), { ok: false, because });
    }
  });
});
