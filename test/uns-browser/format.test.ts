import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { WireValue } from "@unshub/hub/feed";
import {
  formatAge,
  formatDateTime,
  formatForCopy,
  formatFullValue,
  formatSpan,
  formatValue,
  isClockAhead,
} from "../../uns-browser/lib/format.ts";

interface Case {
  readonly value: WireValue;
  readonly datatype?: string;
  readonly table: string;
  readonly full?: string;
  readonly copy?: string;
}

const thin = (text: string): string => text.replaceAll("_", "\u2009");

const CASES: readonly Case[] = [
  { value: 0, table: "0" },
  { value: 0, datatype: "Float", table: "0" },
  { value: 8.899999618530273, datatype: "Float", table: "8.9", copy: "8.9" },
  { value: 8.899999618530273, datatype: "Double", table: "8.90", full: "8.899999618530273" },
  { value: 10, datatype: "Double", table: "10" },
  { value: 0.05123, datatype: "Double", table: "0.0512", full: "0.05123" },
  { value: 4.82, datatype: "Double", table: "4.82" },
  { value: 66.4000015258789, datatype: "Float", table: "66.4", copy: "66.4" },
  { value: 182.3312, datatype: "Double", table: "182.33", full: "182.3312" },
  { value: 12874.31, datatype: "Double", table: "12_874.31" },
  { value: 12.996, datatype: "Double", table: "13.00", full: "12.996" },
  { value: 1250, datatype: "Int32", table: "1_250", full: "1_250", copy: "1250" },
  { value: -1234567, datatype: "Int32", table: "-1_234_567", copy: "-1234567" },
  { value: 1234567.891, datatype: "Double", table: "1_234_567.89", full: "1_234_567.891" },
  { value: 0.0000123, datatype: "Double", table: "1.23e-5", full: "0.0000123" },
  { value: 3e15, datatype: "Double", table: "3e+15", full: "3_000_000_000_000_000" },
  {
    value: { i64: "9223372036854775807" },
    table: "9_223_372_036_854_775_807",
    copy: "9223372036854775807",
  },
  { value: { i64: "-9223372036854775808" }, table: "-9_223_372_036_854_775_808" },
  { value: { f: "NaN" }, table: "NaN", copy: "NaN" },
  { value: { f: "Infinity" }, table: "+Infinity" },
  { value: { f: "-Infinity" }, table: "-Infinity" },
  { value: null, table: "null" },
  { value: "", table: '""', copy: "" },
  { value: "null", table: '"null"', copy: "null" },
  { value: 'two "words"', table: '"two "words""', copy: 'two "words"' },
  { value: "a\nb\t\u0085\u2028", table: '"a\\nb\\t\\u0085\\u2028"', copy: "a\nb\t\u0085\u2028" },
  { value: "a\u202eb", table: '"a\\u202eb"', copy: "a\u202eb" },
  { value: true, table: "true", copy: "true" },
  { value: { b: 1204 }, table: "bytes 1_204" },
  { value: { o: "DataSet 3×12" }, table: "DataSet 3×12" },
];

describe("values", () => {
  for (const { value, datatype, table, full = table, copy } of CASES) {
    it(`shows ${JSON.stringify(value)} ${datatype ?? ""} as ${JSON.stringify(table)}`, () => {
      assert.equal(formatValue(value, datatype).text, thin(table));
      assert.equal(formatFullValue(value, datatype).text, thin(full));
      if (copy !== undefined) assert.equal(formatForCopy(value, datatype), copy);
    });
  }

  it("knows how far a number reaches behind its point, for alignment", () => {
    assert.equal(formatValue(66.4, "Float").fraction, 2);
    assert.equal(formatValue(10, "Double").fraction, 0);
    assert.equal(formatValue(1250, "Int32").fraction, 0);
    assert.equal(formatValue(0.0000123, "Double").fraction, "1.23e-5".length - 1);
    assert.equal(formatValue("1.5", "String").fraction, 0);
  });

  it("finds the shortest decimal that is the same 32-bit float", () => {
    for (const value of [0.1, 1 / 3, 16_777_216, 3.4e38, 1e-45, -273.15]) {
      const float = Math.fround(value);

      const shown = Number(formatForCopy(float, "Float"));

      assert.equal(Math.fround(shown), float);
    }
  });

  it("shows DateTime as a time, and says when it is none", () => {
    const ms = new Date(2026, 10, 23, 5, 34, 48, 53).getTime();

    assert.equal(formatValue(ms, "DateTime").text, "2026-11-23 05:34:48.053");
    assert.equal(formatDateTime(1e30), "no valid time");
  });
});

describe("ages", () => {
  const ages: readonly (readonly [ms: number, shown: string])[] = [
    [0, "0.0 s"],
    [320, "0.3 s"],
    [9_940, "9.9 s"],
    [9_960, "10 s"],
    [41_000, "41 s"],
    [99_600, "2 min"],
    [720_000, "12 min"],
    [4 * 3_600_000, "4 h"],
    [9 * 86_400_000, "9 d"],
    [-20, "0.0 s"],
    [-365 * 86_400_000, "0.0 s"],
  ];
  for (const [ms, shown] of ages) {
    it(`shows ${ms} ms as ${shown}`, () => assert.equal(formatAge(ms), shown));
  }

  it("are not known when the source's clock is more than 2 s ahead", () => {
    assert.equal(isClockAhead(-2000), false);
    assert.equal(isClockAhead(-2001), true);
    assert.equal(formatSpan(365 * 86_400_000), "365 d");
  });
});
