import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import type { MetricValue } from "@unshub/sparkplug";
import {
  DataType,
  DataValue,
  LocalizedText,
  QualifiedName,
  StatusCodes,
  Variant,
  VariantArrayType,
  resolveNodeId,
} from "node-opcua-client";
import type { BuiltInTypeName } from "../../../adapters/opcua/src/built-in-types.ts";
import { builtInType } from "../../../adapters/opcua/src/built-in-types.ts";
import { fromVariant, qualityOf, toReading } from "../../../adapters/opcua/src/convert.ts";
import { toRaw } from "../../../adapters/opcua/src/encode.ts";

function typeNamed(name: BuiltInTypeName) {
  const type = builtInType(DataType[name]);
  assert.ok(type !== undefined);
  return type;
}

/** What becomes of a value that the server sends as a `name`. */
function read(name: BuiltInTypeName, value: unknown): unknown {
  const scalar = { dataType: DataType[name], arrayType: VariantArrayType.Scalar, value };
  const converted = fromVariant(new Variant(scalar), typeNamed(name));
  return "value" in converted ? converted.value : converted;
}

/** What the server sends back after `value` was written to a `name`. */
function writtenAndRead(name: BuiltInTypeName, value: MetricValue): unknown {
  const encoded = toRaw(value, typeNamed(name));
  assert.ok("raw" in encoded, JSON.stringify(encoded));
  return read(name, encoded.raw);
}

describe("a value from an OPC UA server", () => {
  it("keeps all 64 bits of an integer, as a number while that is exact", () => {
    assert.equal(read("Int64", [0, 42]), 42);
    assert.equal(read("Int64", [0xffff_ffff, 0xffff_ffff]), -1);
    assert.equal(read("Int64", [0x8000_0000, 0]), -(2n ** 63n));
    assert.equal(read("UInt64", [0xffff_ffff, 0xffff_ffff]), 2n ** 64n - 1n);
    assert.equal(read("UInt64", [0x001f_ffff, 0xffff_ffff]), Number.MAX_SAFE_INTEGER);
    assert.equal(read("UInt64", [0x0020_0000, 0]), 2n ** 53n);
  });

  it("is a time in milliseconds, or none when OPC UA says so", () => {
    assert.equal(read("DateTime", new Date(1_700_000_000_123)), 1_700_000_000_123);
    assert.equal(read("DateTime", new Date(Date.UTC(1601, 0, 1))), null);
    assert.deepEqual(read("DateTime", new Date(-1)), { reason: "out_of_range" });
  });

  it("is a text where Sparkplug has no type of its own", () => {
    assert.equal(read("LocalizedText", new LocalizedText({ text: "Tür", locale: "de" })), "Tür");
    assert.equal(read("LocalizedText", new LocalizedText({ text: null })), null);
    assert.equal(
      read("QualifiedName", new QualifiedName({ name: "Speed", namespaceIndex: 2 })),
      "Speed",
    );
    assert.equal(read("NodeId", resolveNodeId("ns=2;s=Speed")), "ns=2;s=Speed");
    assert.equal(read("StatusCode", StatusCodes.BadTimeout), StatusCodes.BadTimeout.value);
  });

  it("is bytes of its own, up to 64 KiB", () => {
    assert.deepEqual(read("ByteString", Buffer.from([1, 2])), Uint8Array.from([1, 2]));
    assert.deepEqual(read("ByteString", Buffer.alloc(65_537)), { reason: "too_large" });
  });

  it("is never taken for a number when it is none", () => {
    assert.deepEqual(read("Double", Number.NaN), { reason: "not_finite" });
    assert.deepEqual(read("Float", Number.POSITIVE_INFINITY), { reason: "not_finite" });
  });

  it("is never cast when the type has changed since the birth", () => {
    const variant = new Variant({ dataType: DataType.String, value: "12" });

    assert.deepEqual(fromVariant(variant, typeNamed("Double")), { reason: "type_changed" });
  });

  it("is no metric when it is an array", () => {
    const variant = new Variant({
      dataType: DataType.Double,
      arrayType: VariantArrayType.Array,
      value: [1, 2],
    });

    assert.deepEqual(fromVariant(variant, typeNamed("Double")), { reason: "unsupported_array" });
  });
});

describe("a status from an OPC UA server", () => {
  it("is judged by its two severity bits", () => {
    assert.deepEqual(qualityOf(StatusCodes.Good), { quality: "good" });
    assert.equal(qualityOf(StatusCodes.GoodClamped).quality, "good");
    assert.equal(qualityOf(StatusCodes.UncertainLastUsableValue).quality, "stale");
    assert.deepEqual(qualityOf(StatusCodes.BadNoCommunication), {
      quality: "bad",
      reason: "opcua_BadNoCommunication",
    });
  });

  it("takes the value away when it is bad, and keeps it when it is uncertain", () => {
    const value = { dataType: DataType.Double, value: 21.5 };
    const bad = new DataValue({ value, statusCode: StatusCodes.BadSensorFailure });
    const uncertain = new DataValue({ value, statusCode: StatusCodes.UncertainLastUsableValue });

    assert.equal(toReading("T", typeNamed("Double"), bad, 0).value, null);
    const reading = toReading("T", typeNamed("Double"), uncertain, 0);
    assert.equal(reading.value, 21.5);
    assert.equal(reading.quality, "stale");
    assert.equal(reading.reason, "opcua_UncertainLastUsableValue");
  });
});

function timeOf(data: DataValue): number {
  return toReading("T", typeNamed("Double"), data, 3_000).timestamp;
}

describe("the time of a value from an OPC UA server", () => {
  const value = { dataType: DataType.Double, value: 1 };
  const [sourceTimestamp, serverTimestamp] = [new Date(1_000), new Date(2_000)];

  it("is the source's, else the server's, else that of its arrival", () => {
    assert.equal(timeOf(new DataValue({ value, sourceTimestamp, serverTimestamp })), 1_000);
    assert.equal(timeOf(new DataValue({ value, serverTimestamp })), 2_000);
    assert.equal(timeOf(new DataValue({ value })), 3_000);
  });
});

describe("a value for an OPC UA server", () => {
  it("comes back as it was written", () => {
    const values: readonly (readonly [BuiltInTypeName, MetricValue])[] = [
      ["Boolean", true],
      ["SByte", -128],
      ["UInt16", 65_535],
      ["Int32", -2_147_483_648],
      ["Int64", -(2n ** 63n)],
      ["UInt64", 2n ** 64n - 1n],
      ["Float", 1.5],
      ["Double", -1e300],
      ["String", "Tür"],
      ["LocalizedText", "Tür"],
      ["DateTime", 1_700_000_000_123],
      ["Guid", "72962B91-FA75-4AE6-8D28-B404DC7DAF63"],
      ["ByteString", Uint8Array.from([0, 255])],
    ];
    for (const [name, value] of values) assert.deepEqual(writtenAndRead(name, value), value, name);
  });

  it("is refused when it does not fit, and never rounded", () => {
    const misfits: readonly (readonly [BuiltInTypeName, MetricValue])[] = [
      ["Boolean", 1],
      ["Int16", 1.7],
      ["Int16", 32_768],
      ["Byte", -1],
      ["UInt64", 2n ** 64n],
      ["Int64", 2 ** 53],
      ["Float", 1e39],
      ["Double", Number.NaN],
      ["Double", "12"],
      ["String", 12],
      ["DateTime", "2024-01-01"],
      ["Guid", "no guid"],
      ["ByteString", "text"],
      ["NodeId", "ns=2;s=x"],
      ["Double", null],
    ];
    for (const [name, value] of misfits) {
      assert.ok("fault" in toRaw(value, typeNamed(name)), `${name} ${inspect(value)}`);
    }
  });
});
