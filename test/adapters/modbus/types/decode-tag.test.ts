import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MetricValue } from "@unshub/sparkplug";
import type { Decoded } from "../../../../adapters/modbus/src/types/decode-tag.ts";
import type { Tag } from "../../../../adapters/modbus/src/tag.ts";
import { decodeAt } from "../../../support/modbus-decode.ts";
import { bytes } from "../../../support/modbus-hex.ts";
import { makeTag } from "../../../support/modbus-tag.ts";

const decoded = (hex: string, fields: Partial<Tag>, at = 0): Decoded =>
  decodeAt(makeTag(fields), bytes(hex), at);
const good = (value: MetricValue): Decoded => ({ kind: "good", value });

const text = (hex: string, fields: Partial<Tag> = {}): Decoded =>
  decoded(hex, { type: "string", length: bytes(hex).length / 2, ...fields });

describe("decoding registers", () => {
  const numbers: readonly (readonly [string, string, Partial<Tag>, MetricValue])[] = [
    ["int16", "ff38", { type: "int16" }, -200],
    ["uint16", "ff38", { type: "uint16" }, 65_336],
    ["int32", "fffe7961", { type: "int32" }, -99_999],
    ["uint32", "fffe7961", { type: "uint32" }, 4_294_867_297],
    ["float32", "41bc0000", { type: "float32" }, 23.5],
    ["float64", "4037800000000000", { type: "float64" }, 23.5],
    ["int64 within 2^53", "ffffffffffffffff", { type: "int64" }, -1],
    ["int64 beyond 2^53", "8000000000000000", { type: "int64" }, -(2n ** 63n)],
    ["uint64 beyond 2^53", "ffffffffffffffff", { type: "uint64" }, 2n ** 64n - 1n],
    ["-0 as it is", "80000000", { type: "float32" }, -0],
    ["a subnormal as it is", "00000001", { type: "float32" }, 2 ** -149],
  ];
  for (const [name, hex, fields, value] of numbers) {
    it(`reads ${name}`, () => assert.deepEqual(decoded(hex, fields), good(value)));
  }

  // 123456.789 as float32 is 47 F1 20 65; 0x0102030405060708 shows each byte by its place.
  const orders: readonly (readonly [Tag["byteOrder"], string, string, string])[] = [
    ["ABCD", "0102", "01020304", "0102030405060708"],
    ["CDAB", "0102", "03040102", "0708050603040102"],
    ["BADC", "0201", "02010403", "0201040306050807"],
    ["DCBA", "0201", "04030201", "0807060504030201"],
  ];
  for (const [byteOrder, word, long, longer] of orders) {
    it(`reads 16, 32 and 64 bits in order ${byteOrder}`, () => {
      assert.deepEqual(decoded(word, { type: "uint16", byteOrder }), good(0x0102));
      assert.deepEqual(decoded(long, { type: "uint32", byteOrder }), good(0x01020304));
      assert.deepEqual(decoded(longer, { type: "uint64", byteOrder }), good(0x0102030405060708n));
    });
  }

  const longOrders: readonly (readonly [Tag["byteOrder"], string])[] = [
    ["ABCDEFGH", "0102030405060708"],
    ["GHEFCDAB", "0708050603040102"],
    ["BADCFEHG", "0201040306050807"],
    ["HGFEDCBA", "0807060504030201"],
    ["CDABGHEF", "0304010207080506"],
    ["EFGHABCD", "0506070801020304"],
  ];
  for (const [byteOrder, hex] of longOrders) {
    it(`reads 64 bits in order ${byteOrder}`, () => {
      assert.deepEqual(decoded(hex, { type: "uint64", byteOrder }), good(0x0102030405060708n));
    });
  }

  it("reads a tag wherever it stands in the block", () => {
    assert.deepEqual(decoded("0001 0002 41bc 0000 0005", { type: "float32" }, 2), good(23.5));
  });

  it("reads the bit of a register, 0 being the lowest", () => {
    assert.deepEqual(decoded("0000 8001", { type: "bool", bit: 0 }, 1), good(true));
    assert.deepEqual(decoded("0000 8001", { type: "bool", bit: 15 }, 1), good(true));
    assert.deepEqual(decoded("0000 8001", { type: "bool", bit: 7 }, 1), good(false));
  });

  it("reads coils, the first in the lowest bit of the first byte", () => {
    assert.deepEqual(decoded("cd6b05", { table: "co", type: "bool" }, 0), good(true));
    assert.deepEqual(decoded("cd6b05", { table: "co", type: "bool" }, 1), good(false));
    assert.deepEqual(decoded("cd6b05", { table: "di", type: "bool" }, 18), good(true));
  });
});

describe("scaling", () => {
  it("gives the decimal number that was meant", () => {
    assert.deepEqual(decoded("0003", { scale: 0.1 }), good(0.3));
    assert.deepEqual(decoded("00d7", { scale: 0.1 }), good(21.5));
    assert.deepEqual(decoded("0001", { scale: 0.001 }), good(0.001));
  });

  it("adds the offset after the scale", () => {
    assert.deepEqual(decoded("0064", { scale: 0.5, offset: -40 }), good(10));
  });

  it("stays exact on 64 bits when scale and offset are whole", () => {
    assert.deepEqual(
      decoded("0fffffffffffffff", { type: "int64", scale: 2, offset: 1 }),
      good(2n ** 61n - 1n),
    );
  });

  it("never wraps a value that no longer fits its datatype", () => {
    const bad: Decoded = { kind: "bad", reason: "out_of_range" };

    assert.deepEqual(decoded("7fff", { type: "int16", scale: 2 }), bad);
    assert.deepEqual(decoded("0000", { type: "uint16", offset: -1 }), bad);
    assert.deepEqual(decoded("7f7fffff", { type: "float32", scale: 10 }), bad);
  });
});

describe("a value that cannot be true", () => {
  it("is bad when it is not finite", () => {
    for (const hex of ["7fc00000", "ffc00001", "7f800000", "ff800000"]) {
      assert.deepEqual(decoded(hex, { type: "float32" }), { kind: "bad", reason: "not_finite" });
    }
  });

  it("is bad outside its valid range, judged after scaling", () => {
    const fields: Partial<Tag> = { scale: 0.1, validRange: [-1, 500] };

    assert.deepEqual(decoded("1388", fields), good(500));
    assert.deepEqual(decoded("1389", fields), { kind: "bad", reason: "out_of_range" });
    assert.deepEqual(decoded("fff5", fields), { kind: "bad", reason: "out_of_range" });
  });
});

describe("decoding text", () => {
  it("has two characters in each register and ends at the first NUL", () => {
    assert.deepEqual(text("4142 4300 4444"), good("ABC"));
    assert.deepEqual(text("4142"), good("AB"));
    assert.deepEqual(text("0000 4142"), good(""));
  });

  it("exchanges the bytes of each register when the order says so, and no words", () => {
    assert.deepEqual(text("4241 0043", { byteOrder: "BADC" }), good("ABC"));
    assert.deepEqual(text("4241 0043", { byteOrder: "DCBA" }), good("ABC"));
    assert.deepEqual(text("4142 4300", { byteOrder: "CDAB" }), good("ABC"));
  });

  it("is UTF-8, and bad when it is not", () => {
    assert.deepEqual(text("c3a4 c2b0 4300"), good("ä°C"));
    assert.deepEqual(text("efbb bf41"), good("\ufeffA"));
    assert.deepEqual(text("c3ff"), { kind: "bad", reason: "bad_text" });
  });
});
