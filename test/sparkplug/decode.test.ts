import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  decodePayload,
  encodePayload,
  metricValue,
  scanPayload,
  SparkplugError,
  visitPayload,
  type Datatype,
  type DecodeLimits,
  type Metric,
  type PropertyToSend,
  type Template,
} from "@unshub/sparkplug";
import { bytesOf } from "../support/sparkplug-golden.ts";

/** The error of decoding. */
function errorOf(bytes: Uint8Array, limits?: Partial<DecodeLimits>): SparkplugError {
  try {
    decodePayload(bytes, limits === undefined ? {} : { limits });
  } catch (error) {
    assert.ok(error instanceof SparkplugError);
    return error;
  }
  assert.fail("it was decoded");
}

function only(hex: string): Metric {
  const [metric] = decodePayload(bytesOf(hex)).metrics;
  assert.ok(metric);
  return metric;
}

describe("where it is broken", () => {
  const cases: readonly (readonly [what: string, hex: string, offset: number, path: string])[] = [
    ["a name that is not UTF-8", "1200 1200 1200 1203 0a01ff", 9, "metrics[3].name"],
    ["an alias as text", "1200 1203 120161", 4, "metrics[1].alias"],
    ["a metric that is cut off", "1800 1205 50", 2, "metrics[0]"],
    ["a float of three bytes", "1204 65 000000", 2, "metrics[0].float_value"],
    ["a time beyond 2^53", "08 ffffffffffffffffff01", 0, "timestamp"],
    [
      "a row that reaches beyond its DataSet",
      "1209 8a0106 0801 2205 0a00",
      7,
      "metrics[0].dataset.rows[0]",
    ],
    [
      "a cell of the wrong wire type",
      "120d 8a010a 2202 0a00 2204 0a02 0d00",
      13,
      "metrics[0].dataset.rows[1].elements[0].int_value",
    ],
    ["a key without its value", "1208 4a06 0a0161 0a0162", 3, "metrics[0].properties"],
    [
      "a property in a list in a property",
      "120c 4a0a 1208 5206 0a04 1202 0801",
      8,
      "metrics[0].properties.values[0].propertysets.propertyset[0]",
    ],
    [
      "a member of a template",
      "1209 920106 1202 0a01 1200",
      7,
      "metrics[0].template.metrics[0].name",
    ],
    ["a parameter", "1207 920104 1a02 1205", 7, "metrics[0].template.parameters[0].type"],
    ["metadata", "1204 4202 1205", 4, "metrics[0].metadata.content_type"],
  ];
  for (const [what, hex, offset, path] of cases) {
    it(`names byte and path of ${what}`, () => {
      const error = errorOf(bytesOf(hex));

      assert.equal(error.code, "PAYLOAD_MALFORMED");
      assert.deepEqual([error.place.path, error.place.offset], [path, offset]);
      assert.match(error.message, new RegExp(`byte ${offset}`));
    });
  }
});

describe("integers on the wire", () => {
  it("refuses a varint of eleven bytes, and one beyond 64 bits", () => {
    assert.match(errorOf(bytesOf("18 ffffffffffffffffffff01")).message, /beyond 64 bits/);
    assert.match(errorOf(bytesOf("18 ffffffffffffffffff02")).message, /beyond 64 bits/);
  });

  it("reads a varint with needless zeros", () => {
    assert.equal(decodePayload(bytesOf("18 8100")).seq, 1);
    assert.equal(decodePayload(bytesOf("18 81808080808080808000")).seq, 1);
  });

  it("keeps the low 32 bits only of what is a negative integer in ten bytes", () => {
    assert.equal(metricValue(only("120b 50 feffffffffffffffff01"), "Int32"), -2);
    assert.match(errorOf(bytesOf("1207 50 808080808001")).message, /does not fit 32 bits/);
    assert.match(errorOf(bytesOf("120b 50 ffffffff000000000000")).message, /./);
  });

  it("sees the sign of 8 and 16 bits in both forms, and refuses what is neither", () => {
    assert.equal(metricValue(only("1203 50 8001"), "Int8"), -128);
    assert.equal(metricValue(only("1206 50 80ffffff0f"), "Int8"), -128);
    assert.equal(metricValue(only("1204 50 ffff03"), "Int16"), -1);
    assert.throws(() => metricValue(only("1203 50 ac02"), "Int8"), { code: "VALUE_MISFIT" });
    assert.throws(() => metricValue(only("1203 50 8002"), "UInt8"), { code: "VALUE_MISFIT" });
  });

  it("reads bdSeq from either field", () => {
    assert.equal(metricValue(only("1202 5007"), "Int64"), 7);
    assert.equal(metricValue(only("1202 5807"), "UInt64"), 7);
    assert.equal(metricValue(only("1202 5007"), "UInt64"), 7);
    assert.throws(() => metricValue(only("1206 50 ffffffff0f"), "Int64"), { code: "VALUE_MISFIT" });
  });

  it("takes the last of several values", () => {
    assert.equal(metricValue(only("1204 5001 7000"), "Boolean"), false);
  });

  it("reads no value through a datatype of another field", () => {
    const values: readonly (readonly [hex: string, Datatype])[] = [
      ["1202 5801", "Int32"],
      ["1202 5801", "Boolean"],
      ["1202 7001", "UInt8"],
      ["1205 65 00000000", "Double"],
      ["1209 69 0000000000000000", "Float"],
      ["1202 7a00", "Bytes"],
      ["1203 820100", "String"],
      ["1203 820100", "DataSet"],
      ["1203 8a0100", "Template"],
      ["1203 920100", "DataSet"],
      ["1203 9a0100", "Bytes"],
      ["1202 5001", "DateTime"],
    ];
    for (const [hex, datatype] of values) {
      assert.throws(() => metricValue(only(hex), datatype), { code: "VALUE_MISFIT" }, hex);
      const view = (): void =>
        visitPayload(bytesOf(hex), { metric: (seen) => void seen.value(datatype) });
      assert.throws(view, { code: "VALUE_MISFIT" }, hex);
    }
  });
});

/** Templates or PropertySets in each other. */
function nestedTemplates(depth: number): Template {
  const inner = depth > 1 ? nestedTemplates(depth - 1) : undefined;
  const metrics =
    inner === undefined ? [] : [{ name: "t", datatype: "Template" as const, value: inner }];
  return { isDefinition: true, metrics, parameters: [] };
}

function template(depth: number): Uint8Array {
  const value = nestedTemplates(depth);
  return encodePayload({ metrics: [{ datatype: "Template", tellDatatype: true, value }] });
}

function nestedSets(depth: number): PropertyToSend {
  const value = depth > 1 ? [nestedSets(depth - 1)] : [];
  return { key: "k", datatype: "PropertySet", value };
}

describe("limits", () => {
  it("reads templates 32 deep and no deeper, but by request", () => {
    assert.equal(decodePayload(template(32)).metrics.length, 1);
    assert.throws(() => template(33), { code: "VALUE_MISFIT" });
    assert.equal(errorOf(template(9), { maxDepth: 8 }).code, "PAYLOAD_TOO_LARGE");
  });

  it("does not mistake many beside each other for many in each other", () => {
    const properties = Array.from({ length: 100 }, () => nestedSets(1));
    const member = { datatype: "Template", value: nestedTemplates(2), properties } as const;
    const value = { ...nestedTemplates(1), metrics: Array.from({ length: 100 }, () => member) };
    const metric = { datatype: "Template", tellDatatype: true, value, properties } as const;

    const [read] = decodePayload(encodePayload({ metrics: [metric] })).metrics;

    assert.ok(read?.value?.field === "template");
    assert.equal(read.value.raw.metrics.length, 100);
  });

  it("refuses 80 kB of templates in templates without touching the stack", () => {
    const bytes = nestedBytes(15_000);

    assert.ok(bytes.length > 80_000);
    assert.match(errorOf(bytes).message, /nested deeper than 32 levels/);
  });

  it("refuses PropertySets deeper than 32", () => {
    const metric = { datatype: "Int32", tellDatatype: true, value: 1 } as const;
    const encode = (depth: number): Uint8Array =>
      encodePayload({ metrics: [{ ...metric, properties: [nestedSets(depth)] }] });

    assert.equal(decodePayload(encode(30)).metrics.length, 1);
    assert.throws(() => encode(40), { code: "VALUE_MISFIT" });
    assert.equal(errorOf(encode(12), { maxDepth: 10 }).code, "PAYLOAD_TOO_LARGE");
  });

  it("refuses more bytes, metrics or items than allowed", () => {
    const two = bytesOf("1202 4a00 1202 4a00");
    const cells = bytesOf("120d 8a010a 2208 0a00 0a00 0a00 0a00");

    assert.equal(errorOf(two, { maxBytes: 7 }).code, "PAYLOAD_TOO_LARGE");
    assert.equal(errorOf(two, { maxMetrics: 1 }).code, "PAYLOAD_TOO_LARGE");
    assert.equal(errorOf(cells, { maxItems: 5 }).code, "PAYLOAD_TOO_LARGE");
    const kept = { limits: { maxItems: 6 }, misfits: "keep" } as const;
    assert.equal(decodePayload(cells, kept).metrics.length, 1);
    assert.equal(decodePayload(two, { limits: { maxMetrics: 2 } }).metrics.length, 2);
  });

  it("takes the defaults for limits that are no numbers", () => {
    const limits = { maxDepth: Number.NaN, maxItems: Number.NaN };

    assert.equal(errorOf(nestedBytes(200), limits).code, "PAYLOAD_TOO_LARGE");
  });

  it("counts keys without values, too", () => {
    const keys = bytesOf(`1216 4a14 ${"0a00".repeat(10)}`);

    assert.equal(errorOf(keys, { maxItems: 10 }).code, "PAYLOAD_TOO_LARGE");
    assert.equal(errorOf(keys).code, "PAYLOAD_MALFORMED");
  });

  it("counts a set of properties that came before as it counted the first one", () => {
    const set = bytesOf("120d 4a0b 0a03 6c696d 1204 0803 1805");
    const both = Uint8Array.of(...set, ...set);

    for (let round = 0; round < 3; round += 1) {
      assert.equal(errorOf(both, { maxItems: 7 }).code, "PAYLOAD_TOO_LARGE");
      assert.equal(decodePayload(both, { limits: { maxItems: 8 } }).metrics.length, 2);
      assert.equal(errorOf(set, { maxDepth: 0 }).code, "PAYLOAD_TOO_LARGE");
    }
  });
});

describe("what is no payload at all", () => {
  it("refuses everything but a Uint8Array, also what would pass for an empty payload", () => {
    const wrong: readonly unknown[] = [undefined, null, "", [], {}, new ArrayBuffer(3), 5];
    for (const bytes of wrong) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as a caller without types would
      const given = bytes as Uint8Array;
      const refused = { code: "PAYLOAD_MALFORMED", message: /no Uint8Array/ };
      assert.throws(() => decodePayload(given), refused);
      assert.throws(() => scanPayload(given), refused);
      assert.throws(() => visitPayload(given, { metric: () => undefined }), refused);
    }
  });
});

function named(name: string): Uint8Array {
  return encodePayload({ metrics: [{ name, datatype: "Int32", tellDatatype: true, value: 1 }] });
}

describe("memory that is used again", () => {
  it("reads the name that stands there now, not the one that stood there before", () => {
    const memory = Buffer.from(named("aaaa"));
    decodePayload(memory);
    decodePayload(memory);

    memory.set(named("bbbb"));

    assert.equal(decodePayload(memory).metrics[0]?.name, "bbbb");
  });
});

/** A payload of a metric of a template of a metric …, written from its innermost end. */
function nestedBytes(depth: number): Uint8Array {
  const backwards: number[] = [];
  for (let level = 0; level < depth; level += 1) {
    backwards.push(...lengthOf(backwards.length).toReversed(), 0x01, 0x92);
    backwards.push(...lengthOf(backwards.length).toReversed(), 0x12);
  }
  return Uint8Array.from(backwards.toReversed());
}

function lengthOf(length: number): readonly number[] {
  const bytes: number[] = [];
  let rest = length;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return [...bytes, rest];
}
