import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  datatypeCode,
  decodePayload,
  encodePayload,
  metricValue,
  valueFault,
  type ArrayDatatype,
  type MetricValue,
} from "@unshub/sparkplug";
import { bytesOf, GOLDEN_ARRAYS, hexOf } from "../support/sparkplug-golden.ts";

function encoded(datatype: ArrayDatatype, value: MetricValue): Uint8Array {
  return encodePayload({ metrics: [{ datatype, tellDatatype: true, value }] });
}

/** The value that `bytes` in the field `bytes_value` are. */
function read(datatype: ArrayDatatype, hex: string): MetricValue {
  const bytes = encodePayload({
    metrics: [{ datatype: "Bytes", tellDatatype: false, value: bytesOf(hex) }],
  });
  const [metric] = decodePayload(bytes).metrics;
  assert.ok(metric);
  return metricValue(metric, datatype);
}

describe("arrays, against the bytes of the standard and its errata [tck-id-payloads-metric-datatype-value]", () => {
  for (const { datatype, values, hex } of GOLDEN_ARRAYS) {
    const shown = `${values.length} of ${datatype}, ${hex}`;
    it(`writes and reads ${shown}`, () => {
      const payload = hexOf(encoded(datatype, values));

      const value = hexOf(bytesOf(hex));
      const length = (value.length / 2).toString(16).padStart(2, "0");
      const head = `20${datatypeCode(datatype).toString(16)}8201${length}`;
      assert.equal(payload.slice(4), head + value);
      assert.deepEqual(read(datatype, hex), values);
    });
  }
});

describe("arrays that are none", () => {
  const broken: readonly (readonly [what: string, ArrayDatatype, hex: string])[] = [
    ["half an element", "Int16Array", "D0 8A 30"],
    ["seven bytes of 64-bit integers", "Int64Array", "00 00 00 00 00 00 00"],
    ["truth values without a whole count", "BooleanArray", "01 00"],
    ["fewer truth values than counted", "BooleanArray", "09 00 00 00 FF"],
    ["more truth values than counted", "BooleanArray", "01 00 00 00 FF FF"],
    ["four billion truth values that are not there", "BooleanArray", "FF FF FF FF"],
    ["a text without its end", "StringArray", "41 00 42"],
    ["a text that is not UTF-8", "StringArray", "FF 00"],
  ];
  for (const [what, datatype, hex] of broken) {
    it(`refuses ${what}, and says where the metric begins`, () => {
      assert.throws(
        () => read(datatype, hex),
        (error) =>
          Object.entries({ code: "VALUE_MISFIT" }).every(
            ([key, value]) => Reflect.get(Object(error), key) === value,
          ) && Reflect.get(Object(error), "place").offset === 2,
      );
    });
  }

  it("reads any padding after the last truth value", () => {
    assert.deepEqual(read("BooleanArray", "01 00 00 00 FF"), [true]);
  });

  it("sends no element that does not fit, and no text that would fall apart", () => {
    const misfits: readonly (readonly [ArrayDatatype, MetricValue])[] = [
      ["Int8Array", [128]],
      ["UInt64Array", [-1]],
      ["Int32Array", [1.5]],
      ["FloatArray", [1e300]],
      ["BooleanArray", [1]],
      ["StringArray", ["a\0b"]],
      ["StringArray", ["\ud800"]],
      ["Int8Array", 1],
      ["Int8Array", Uint8Array.of(1)],
    ];
    for (const [datatype, value] of misfits) {
      assert.notEqual(valueFault(datatype, value), undefined, datatype);
      assert.throws(() => encoded(datatype, value), { code: "VALUE_MISFIT" });
    }
  });

  it("refuses more elements than anybody has memory for, before they are made", () => {
    const count = 100_000_000;
    const bits = new Uint8Array(4 + count / 8);
    new DataView(bits.buffer).setUint32(0, count, true);
    for (const [datatype, value] of [
      ["BooleanArray", bits],
      ["StringArray", new Uint8Array(5_000_000)],
    ] as const) {
      const [metric] = decodePayload(
        encodePayload({ metrics: [{ datatype: "Bytes", tellDatatype: false, value }] }),
      ).metrics;
      assert.ok(metric);
      assert.throws(() => metricValue(metric, datatype), { code: "PAYLOAD_TOO_LARGE" });
    }
  });
});
