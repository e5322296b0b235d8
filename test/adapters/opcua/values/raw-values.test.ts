/** Values as a server sent them: kept of what somebody looks at, and shown as text. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  DataType,
  DataValue,
  StatusCodes,
  Variant,
  VariantArrayType,
  type StatusCode,
} from "node-opcua-client";
import { RawValues } from "../../../../adapters/opcua/src/values/raw-values.ts";

const AT = 1_795_000_000_000;

function shown(variant: Variant, statusCode: StatusCode = StatusCodes.Good) {
  const raw = new RawValues();
  raw.watch([0]);
  raw.keep(0, new DataValue({ value: variant, statusCode }), AT);
  return raw.get(0);
}

function list(dataType: DataType, value: unknown): Variant {
  return new Variant({ dataType, arrayType: VariantArrayType.Array, value });
}

describe("a value as its server sent it", () => {
  it("is kept once somebody looks, and only of what he looks at", () => {
    const raw = new RawValues();
    assert.equal(raw.isOn, false);
    raw.keepNumber(0, { type: 11, value: 1.5 }, AT);
    assert.deepEqual(raw.watch([0, 1]), [0, 1]);
    assert.equal(raw.isOn, true);
    raw.keepNumber(0, { type: 11, value: 1.5 }, AT);
    raw.keepNumber(2, { type: 11, value: 1.5 }, AT);

    assert.deepEqual(raw.get(0), {
      raw: "1.5",
      type: "Double",
      status: { code: 0, name: "Good" },
      at: AT,
    });
    assert.equal(raw.get(2), undefined);
    assert.deepEqual(raw.watch([0, 1]), [1]);
  });

  it("is the newer one, when it came while an older one was still being read", () => {
    const raw = new RawValues();
    raw.watch([0, 1]);
    raw.keepNumber(0, { type: 11, value: 2 }, AT);
    const older = new DataValue({ value: new Variant({ dataType: DataType.Double, value: 1 }) });
    for (const item of [0, 1]) raw.keepRead(item, older, AT + 1);

    assert.partialDeepStrictEqual(raw.get(0), { raw: "2", at: AT });
    assert.partialDeepStrictEqual(raw.get(1), { raw: "1", at: AT + 1 });
  });

  it("is shown in its type also where it came as a plain number", () => {
    const raw = new RawValues();
    raw.watch([0, 1]);
    raw.keepNumber(0, { type: DataType.Boolean, value: 1 }, AT);
    raw.keepNumber(1, { type: DataType.DateTime, value: AT }, AT);

    assert.partialDeepStrictEqual(raw.get(0), { raw: "true", type: "Boolean" });
    const date = { raw: new Date(AT).toISOString(), type: "DateTime" };
    assert.partialDeepStrictEqual(raw.get(1), date);
  });

  it("has its type and all digits, lists as far as anybody reads them", () => {
    const texts: readonly (readonly [Variant, string, string])[] = [
      [
        new Variant({
          dataType: DataType.Int64,
          arrayType: VariantArrayType.Scalar,
          value: [0x20_0000, 1],
        }),
        "9007199254740993",
        "Int64",
      ],
      [new Variant({ dataType: DataType.Boolean, value: true }), "true", "Boolean"],
      [
        new Variant({ dataType: DataType.ByteString, value: Buffer.from([0x40, 0x9a, 1]) }),
        "40 9A 01",
        "ByteString",
      ],
      [list(DataType.Int16, Int16Array.of(1, -2)), "[1, -2]", "Int16[]"],
      [list(DataType.Double, new Float64Array(20)), `[${"0, ".repeat(16)}…]`, "Double[]"],
      [
        new Variant({ dataType: DataType.LocalizedText, value: { text: "né" } }),
        "né",
        "LocalizedText",
      ],
      [
        new Variant({ dataType: DataType.String, value: "x".repeat(300) }),
        `${"x".repeat(200)}…`,
        "String",
      ],
    ];
    for (const [variant, raw, type] of texts)
      assert.partialDeepStrictEqual(shown(variant), { raw, type });
  });

  it("has the status that the server gave it", () => {
    const nothing = new Variant({ dataType: DataType.Null });
    const found = shown(nothing, StatusCodes.BadSensorFailure);
    assert.partialDeepStrictEqual(found, {
      raw: "null",
      status: { code: StatusCodes.BadSensorFailure.value, name: "BadSensorFailure" },
    });
  });
});
