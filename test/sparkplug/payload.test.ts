import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  SCALAR_DATATYPES,
  datatypeCode,
  deathMessage,
  decodePayload,
  encodePayload,
  metricValue,
  propertyValue,
  rebirthRequest,
  SparkplugError,
  valueFault,
  type Datatype,
  type Metric,
  type MetricToSend,
  type MetricValue,
} from "@unshub/sparkplug";

const T = 1_700_000_000_000;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const bytes = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

/** One metric there and back. */
function roundTrip(datatype: Datatype, value: MetricValue): MetricValue {
  const metric: MetricToSend = { name: "m", datatype, tellDatatype: true, value };
  const [decoded] = decodePayload(encodePayload({ metrics: [metric] })).metrics;
  assert.ok(decoded);
  assert.equal(decoded.datatype, datatypeCode(datatype));
  return metricValue(decoded, datatype);
}

describe("encoding, against known bytes", () => {
  it("writes NDEATH with one bdSeq metric and no seq [tck-id-topics-ndeath-payload]", () => {
    const { payload } = deathMessage({ groupId: "g", edgeNodeId: "e" }, 0);

    assert.equal(hex(payload), "120b0a05626453657120045800");
  });

  it("writes the rebirth request by name [tck-id-operational-behavior-data-commands-ncmd-rebirth-name]", () => {
    const { payload } = rebirthRequest({ groupId: "g", edgeNodeId: "e" }, T);

    const name = hex(new TextEncoder().encode("Node Control/Rebirth"));
    assert.equal(hex(payload), `0880d095ffbc31121a0a14${name}200b7001`);
  });

  it("writes a negative Int16 as 32-bit two's complement, seq at the end", () => {
    const metric: MetricToSend = {
      alias: 7,
      timestamp: T,
      datatype: "Int16",
      tellDatatype: false,
      value: -2,
    };

    const payload = encodePayload({ timestamp: T, seq: 2, metrics: [metric] });

    assert.equal(hex(payload), "0880d095ffbc31120f10071880d095ffbc3150feffffff0f1802");
  });

  it("writes seq 0, false and the empty string out [tck-id-topics-nbirth-seq-num]", () => {
    const payload = encodePayload({
      seq: 0,
      metrics: [
        { name: "a", datatype: "Boolean", tellDatatype: true, value: false },
        { name: "b", datatype: "String", tellDatatype: true, value: "" },
      ],
    });

    assert.equal(hex(payload), "12070a0161200b700012070a0162200c7a001800");
  });
});

describe("values there and back", () => {
  const cases: readonly (readonly [Datatype, readonly MetricValue[]])[] = [
    ["Int8", [-128, -1, 0, 127]],
    ["Int16", [-32_768, -1, 32_767]],
    ["Int32", [-2_147_483_648, -1, 2_147_483_647]],
    ["Int64", [-(2n ** 63n), -1, -9_007_199_254_740_993n, 0, 2n ** 63n - 1n]],
    ["UInt8", [0, 255]],
    ["UInt16", [0, 65_535]],
    ["UInt32", [0, 4_294_967_295]],
    ["UInt64", [0, 9_007_199_254_740_991, 9_007_199_254_740_993n, 2n ** 64n - 1n]],
    ["Float", [0, -0, 1.5, Number.NaN, Number.POSITIVE_INFINITY]],
    ["Double", [0.1, -0, Number.MIN_VALUE, Number.NaN, Number.NEGATIVE_INFINITY]],
    ["Boolean", [true, false]],
    ["String", ["", "Größe 尺寸 🙂"]],
    ["DateTime", [0, T]],
    ["Text", ["line 1\nline 2"]],
    ["UUID", ["123e4567-e89b-12d3-a456-426614174000"]],
    ["Bytes", [Uint8Array.of(), Uint8Array.of(0, 255)]],
    ["File", [Uint8Array.of(1)]],
  ];

  it("covers every scalar datatype", () => {
    assert.deepEqual(cases.map(([datatype]) => datatype).toSorted(), SCALAR_DATATYPES.toSorted());
  });

  for (const [datatype, values] of cases) {
    it(`keeps ${datatype} exact, and null`, () => {
      for (const value of [...values, null]) assert.deepEqual(roundTrip(datatype, value), value);
    });
  }

  it("keeps quality and unit as properties", () => {
    const metric: MetricToSend = {
      name: "m",
      datatype: "Float",
      tellDatatype: true,
      value: 1,
      properties: [
        { key: "Quality", datatype: "Int32", value: 500 },
        { key: "engUnit", datatype: "String", value: "°C" },
      ],
    };

    const [decoded] = decodePayload(encodePayload({ metrics: [metric] })).metrics;

    assert.equal(propertyValue(decoded?.properties.get("Quality")), 500);
    assert.equal(propertyValue(decoded?.properties.get("engUnit")), "°C");
  });
});

/** The one metric of a payload in hex. */
function one(text: string): Metric {
  const [metric] = decodePayload(bytes(text)).metrics;
  assert.ok(metric);
  return metric;
}

describe("what others send", () => {
  it("reads Int8 −1 as one byte, as 32 bits and as ten bytes", () => {
    for (const form of ["1203 50 ff01", "1206 50 ffffffff0f", "120b 50 ffffffffffffffffff01"]) {
      assert.equal(metricValue(one(form), "Int8"), -1);
    }
  });

  it("reads UInt32 from either integer field", () => {
    assert.equal(metricValue(one("1206 50 ffffffff0f"), "UInt32"), 4_294_967_295);
    assert.equal(metricValue(one("1206 58 ffffffff0f"), "UInt32"), 4_294_967_295);
  });

  it("passes over extensions of payload and metric", () => {
    const payload = decodePayload(bytes("1205 5001 a20600 1800 a2060161"));

    assert.equal(payload.metrics.length, 1);
    assert.equal(payload.seq, 0);
  });

  it("tells a missing seq from seq 0", () => {
    assert.equal(decodePayload(bytes("")).seq, undefined);
    assert.equal(decodePayload(bytes("1800")).seq, 0);
  });
});

describe("what is refused", () => {
  const broken: readonly (readonly [what: string, text: string])[] = [
    ["a metric longer than the payload", "1205 50"],
    ["an endless varint", "08 ffffffffffffffffffffff01"],
    ["a payload that ends in a varint", "08 ff"],
    ["wire type 7", "0f"],
    ["field number 0", "00 00"],
    ["a start-group tag", "0b"],
    ["a name that is not UTF-8", "1203 0a01ff"],
    ["seq as text", "1a0131"],
    ["two property keys, one value", "120a 4a08 0a0161 0a0162 1200"],
    ["JSON", Buffer.from('{"value": 1}').toString("hex")],
  ];
  for (const [what, text] of broken) {
    it(`refuses ${what}, and says at which byte`, () => {
      assert.throws(
        () => decodePayload(bytes(text)),
        (error) =>
          error instanceof SparkplugError &&
          error.code === "PAYLOAD_MALFORMED" &&
          typeof error.place.offset === "number",
      );
    });
  }

  it("throws nothing but its own error, whatever the bytes", () => {
    let state = 42;
    const random = (): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31);
    for (let round = 0; round < 20_000; round += 1) {
      const input = Uint8Array.from({ length: random() % 40 }, () => (random() >> 8) & 0xff);
      try {
        decodePayload(input);
      } catch (error) {
        assert.ok(error instanceof SparkplugError, String(error));
      }
    }
  });

  it("does not read a value of the wrong kind as 0", () => {
    const [metric] = decodePayload(bytes("1203 7a0131")).metrics;
    assert.ok(metric);

    assert.throws(() => metricValue(metric, "Int32"), { code: "VALUE_MISFIT" });
  });

  it("sends nothing that does not fit its datatype", () => {
    const misfits: readonly (readonly [Datatype, MetricValue])[] = [
      ["UInt8", 300],
      ["Int32", 1.5],
      ["Int32", Number.NaN],
      ["UInt64", -1],
      ["Boolean", 1],
      ["String", 1],
      ["Float", "1"],
      ["Bytes", "x"],
      ["Int64", 2n ** 63n],
    ];
    for (const [datatype, value] of misfits) {
      assert.notEqual(valueFault(datatype, value), undefined);
      assert.throws(() => roundTrip(datatype, value), { code: "VALUE_MISFIT" });
    }
  });
});
