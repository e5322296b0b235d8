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
import type { BuiltInTypeName } from "../../../../adapters/opcua/src/built-in-types.ts";
import { builtInType } from "../../../../adapters/opcua/src/built-in-types.ts";
import { toRaw } from "../../../../adapters/opcua/src/encode.ts";
import { fromRaw } from "../../../../adapters/opcua/src/values/scalar.ts";
import { SourceTime } from "../../../../adapters/opcua/src/values/source-time.ts";
import {
  actionOf,
  isOverflow,
  isPlainGood,
  qualityOfStatus,
  reasonOf,
} from "../../../../adapters/opcua/src/values/status.ts";

const LIMITS = { allowNan: false, maxBytes: 65_536 };

function typeNamed(name: BuiltInTypeName) {
  const type = builtInType(DataType[name]);
  assert.ok(type !== undefined);
  return type;
}

/** What becomes of a value that the server sends as a `name`. */
function read(name: BuiltInTypeName, value: unknown, limits = LIMITS): unknown {
  const scalar = { dataType: DataType[name], arrayType: VariantArrayType.Scalar, value };
  const converted = fromRaw(new Variant(scalar).value, typeNamed(name), limits);
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

  it("is not finite only where that is allowed", () => {
    const limits = { ...LIMITS, allowNan: true };

    assert.equal(read("Double", Number.NaN, limits), Number.NaN);
    assert.equal(read("Float", -Infinity, limits), -Infinity);
  });

  it("is refused when it is too long", () => {
    assert.deepEqual(read("String", "x".repeat(65_537)), { reason: "too_large" });
  });

  it("is undecodable when it does not look like its type", () => {
    assert.deepEqual(fromRaw("12", typeNamed("Double"), LIMITS), { reason: "undecodable" });
  });
});

describe("a status from an OPC UA server", () => {
  it("is judged by its two severity bits", () => {
    assert.equal(qualityOfStatus(StatusCodes.Good.value, "stale"), 0);
    assert.equal(qualityOfStatus(0x0000_00c0, "stale"), 0); // some servers send OPC Classic's good
    assert.equal(qualityOfStatus(StatusCodes.GoodClamped.value, "bad"), 0);
    assert.equal(qualityOfStatus(StatusCodes.BadNoCommunication.value, "good"), 2);
  });

  it("is taken for what uncertainAs says when it is uncertain", () => {
    const { value } = StatusCodes.UncertainLastUsableValue;
    const taken = (["good", "stale", "bad"] as const).map((as) => qualityOfStatus(value, as));

    assert.deepEqual(taken, [0, 1, 2]);
  });

  it("gives a word and a number", () => {
    assert.deepEqual(reasonOf(StatusCodes.BadNoCommunication), {
      reason: "opcua_BadNoCommunication",
      code: StatusCodes.BadNoCommunication.value,
    });
  });

  it("tells lost values by its overflow bit, which makes it no other status", () => {
    assert.equal(isOverflow(0x0000_0480), true);
    assert.equal(isOverflow(0x0000_0400), false);
    assert.equal(isPlainGood(0x0000_0480), true);
    assert.equal(isPlainGood(StatusCodes.GoodClamped.value), false);
  });

  it("says what to do about an item", () => {
    const actions = [
      StatusCodes.Good,
      StatusCodes.BadNodeIdUnknown,
      StatusCodes.BadUserAccessDenied,
      StatusCodes.BadFilterNotAllowed,
      StatusCodes.BadTooManyMonitoredItems,
    ].map(actionOf);

    assert.deepEqual(actions, ["none", "retry", "rest", "unfiltered", "poll"]);
  });
});

describe("the time of a value from an OPC UA server", () => {
  const value = { dataType: DataType.Double, value: 1 };
  const now = Date.UTC(2026, 5, 1);
  const [sourceTimestamp, serverTimestamp] = [new Date(now - 2_000), new Date(now - 1_000)];
  const both = new DataValue({ value, sourceTimestamp, serverTimestamp });

  it("is the source's, else the server's, else that of its arrival", () => {
    const time = new SourceTime("source", 60_000);

    assert.equal(time.of(both, now, false), now - 2_000);
    assert.equal(time.of(new DataValue({ value, serverTimestamp }), now, false), now - 1_000);
    assert.equal(time.of(new DataValue({ value }), now, false), now);
  });

  it("is another clock's where that is asked for", () => {
    assert.equal(new SourceTime("server", 60_000).of(both, now, false), now - 1_000);
    assert.equal(new SourceTime("received", 60_000).of(both, now, false), now);
  });

  it("may be old, for a value that did not change", () => {
    const old = new DataValue({
      value,
      sourceTimestamp: new Date(now - 3_600_000),
      serverTimestamp,
    });

    assert.equal(new SourceTime("source", 60_000).of(old, now, false), now - 3_600_000);
  });

  it("is that of its arrival when the server's clock is years off", () => {
    const time = new SourceTime("source", 60_000);
    const wrong = new Date(Date.UTC(2001, 0));
    const data = new DataValue({ value, sourceTimestamp: wrong, serverTimestamp: wrong });

    assert.equal(time.of(data, now, false), now);
    assert.equal(time.implausible, 1);
    assert.equal(time.skewSeconds, (wrong.getTime() - now) / 1000);
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

  it("comes back whatever the 64 bits are", () => {
    let bits = 0x9e37_79b9_7f4a_7c15n;
    for (let round = 0; round < 2_000; round += 1) {
      bits = BigInt.asUintN(64, bits * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n);
      const signed = BigInt.asIntN(64, bits >> BigInt(round % 60));
      const unsigned = bits >> BigInt(round % 60);

      assert.equal(BigInt(String(writtenAndRead("Int64", signed))), signed);
      assert.equal(BigInt(String(writtenAndRead("UInt64", unsigned))), unsigned);
    }
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
