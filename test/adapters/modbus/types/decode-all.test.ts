import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeAll, rankReadings } from "../../../../adapters/modbus/src/types/decode-all.ts";
import { bytes } from "../../../support/modbus-hex.ts";

describe("every reading of the same registers", () => {
  it("has each type in each order that makes a difference, once", () => {
    const readings = decodeAll(bytes("41bc 0000 0000 0000"));

    const names = readings.map(
      ({ type, byteOrder, registers }) => `${type}/${registers} ${byteOrder}`,
    );
    assert.equal(new Set(names).size, names.length);
    assert.equal(names.filter((name) => name.startsWith("int16")).length, 2);
    assert.equal(names.filter((name) => name.startsWith("float32")).length, 4);
    assert.equal(names.filter((name) => name.startsWith("float64")).length, 6);
  });

  it("shows the value and why there is none", () => {
    const readings = decodeAll(bytes("41bc 0000"));
    const of = (type: string): unknown =>
      readings.find((reading) => reading.type === type && reading.byteOrder === "ABCD")?.decoded;

    assert.deepEqual(of("float32"), { kind: "good", value: 23.5 });
    assert.deepEqual(of("int16"), { kind: "good", value: 0x41bc });
    assert.deepEqual(of("bcd16"), { kind: "bad", reason: "bad_bcd" });
  });

  it("leaves out what would read beyond the registers", () => {
    assert.ok(decodeAll(bytes("0001 0002"), 1).every(({ registers }) => registers === 1));
    assert.deepEqual(decodeAll(bytes("")), []);
  });
});

const best = (hex: string, seen: number): string => {
  const [first] = rankReadings(bytes(hex), seen);
  return first === undefined
    ? "nothing"
    : `${first.type} ${first.byteOrder} at ${first.at} × ${first.scale}`;
};

describe("the register detective", () => {
  it("finds type, order, place and scale of what the display shows", () => {
    assert.equal(best("0007 41bc 0000 ffff", 23.5), "float32 ABCD at 1 × 1");
    assert.equal(best("20c5 47f1 0000 0001", 123_457.54), "float32 CDAB at 0 × 1");
    assert.equal(best("1111 00d7 2222", 21.5), "int16 ABCD at 1 × 0.1");
    assert.equal(best("0000 0001 e240 0000", 1234.56), "int32 ABCD at 1 × 0.01");
    assert.equal(best("40b7 8000 0000 0000", 6016), "float64 ABCDEFGH at 0 × 1");
    assert.equal(best("1234 5678", 12_345_678), "bcd32 ABCD at 0 × 1");
  });

  it("says that nothing fits rather than something far off", () => {
    assert.equal(best("0001 0002", 77.7), "nothing");
  });
});
