/**
 * Golden vectors: what stands in the registers in hex (highest byte first; made with Python's `struct` and by hand),
 * what it is worth, and the same in every order. The orders are spelled out here by letters, since the code under
 * test computes them.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MetricValue } from "@unshub/sparkplug";
import type { Tag } from "../../../../adapters/modbus/src/tag.ts";
import type { ByteOrder } from "../../../../adapters/modbus/src/types/byte-order.ts";
import {
  RAW_TYPE_NAMES,
  type RawTypeName,
} from "../../../../adapters/modbus/src/types/raw-type.ts";
import { decodeAt, roundTrip } from "../../../support/modbus-decode.ts";
import { bytes } from "../../../support/modbus-hex.ts";
import { makeTag } from "../../../support/modbus-tag.ts";

/** Which natural byte (A the highest) each byte on the wire is. */
const WIRE: Readonly<Record<2 | 4 | 8, readonly (readonly [ByteOrder, string])[]>> = {
  2: [
    ["ABCD", "AB"],
    ["CDAB", "AB"],
    ["BADC", "BA"],
    ["DCBA", "BA"],
  ],
  4: [
    ["ABCD", "ABCD"],
    ["CDAB", "CDAB"],
    ["BADC", "BADC"],
    ["DCBA", "DCBA"],
  ],
  8: [
    ["ABCD", "ABCDEFGH"],
    ["CDAB", "GHEFCDAB"],
    ["BADC", "BADCFEHG"],
    ["DCBA", "HGFEDCBA"],
    ["ABCDEFGH", "ABCDEFGH"],
    ["GHEFCDAB", "GHEFCDAB"],
    ["BADCFEHG", "BADCFEHG"],
    ["HGFEDCBA", "HGFEDCBA"],
    ["CDABGHEF", "CDABGHEF"],
    ["EFGHABCD", "EFGHABCD"],
  ],
};

type Vector = readonly [RawTypeName, string, MetricValue, Partial<Tag>?];

const VECTORS: readonly Vector[] = [
  ["int8h", "fe07", -2],
  ["int8l", "07fe", -2],
  ["uint8h", "fe07", 254],
  ["uint8l", "07fe", 254],
  ["int16", "8000", -32_768],
  ["int16", "7fff", 32_767],
  ["uint16", "ff38", 65_336],
  ["int32", "fffe7961", -99_999],
  ["int32", "80000000", -2_147_483_648],
  ["uint32", "fffe7961", 4_294_867_297],
  ["int64", "eeddef0b82167eeb", -1_234_567_890_123_456_789n],
  ["int64", "001fffffffffffff", 9_007_199_254_740_991],
  ["int64", "ffe0000000000001", -9_007_199_254_740_991],
  ["int64", "ffe0000000000000", -9_007_199_254_740_992n],
  ["uint64", "0102030405060708", 0x0102030405060708n],
  ["uint64", "ffffffffffffffff", 2n ** 64n - 1n],
  ["uint64", "0000000180000000", 0x180000000],
  ["float16", "cae0", -13.75],
  ["float16", "7bff", 65_504],
  ["float16", "0001", 2 ** -24],
  ["float16", "3555", 0.333_251_953_125],
  ["float32", "47f12065", 123_456.789_062_5],
  ["float32", "80000000", -0],
  ["float64", "c0f81cd6e9e1b08a", -98_765.4321],
  ["float64", "7e37e43c8800759c", 1e300],
  ["bcd16", "1984", 1984],
  ["bcd32", "12345678", 12_345_678],
  ["bcd64", "0000001234567890", 1_234_567_890],
  ["bcd64", "9999999999999999", 9_999_999_999_999_999n],
  ["sign_magnitude16", "8005", -5],
  ["sign_magnitude16", "7fff", 32_767],
  ["sign_magnitude32", "80000100", -256],
  ["bitfield", "8001", 0x8001, { length: 1 }],
  ["bitfield", "80010002", 0x80010002, { length: 2 }],
  ["bitfield", "8000000000000001", 2n ** 63n + 1n, { length: 4 }],
  ["time32", "69b57a26", 1_773_500_966_000],
];

function onWire(hex: string, letters: string): Uint8Array {
  const natural = bytes(hex);
  return Uint8Array.from(letters, (letter) => natural[letter.charCodeAt(0) - 65] ?? 0);
}

function sizeOf(hex: string): 2 | 4 | 8 {
  const { length } = bytes(hex);
  if (length === 2 || length === 4 || length === 8) return length;
  throw new RangeError(`${hex} has ${length} bytes`);
}

describe("golden vectors", () => {
  for (const [type, hex, value, fields] of VECTORS) {
    it(`${type} ${hex} is read in every order, and written the same way`, () => {
      for (const [byteOrder, letters] of WIRE[sizeOf(hex)]) {
        const tag = makeTag({ type, byteOrder, maskWrite: true, ...fields });
        const data = onWire(hex, letters);

        assert.deepEqual(decodeAt(tag, data, 0), { kind: "good", value }, byteOrder);
        assert.deepEqual(roundTrip(tag, value), { kind: "good", value }, byteOrder);
      }
    });
  }

  const others: readonly (readonly [string, Partial<Tag>, string, MetricValue])[] = [
    ["mod10k of two registers", { type: "mod10k", length: 2 }, "04d2 162e", 12_345_678],
    ["mod10k of three registers", { type: "mod10k", length: 3 }, "0001 0002 0003", 100_020_003],
    [
      "mod10k of four registers",
      { type: "mod10k", length: 4 },
      "270f270f270f270f",
      9_999_999_999_999_999n,
    ],
    [
      "mod10k, lowest first",
      { type: "mod10k", length: 3, byteOrder: "CDAB" },
      "0003 0002 0001",
      100_020_003,
    ],
    [
      "mod10k, bytes exchanged",
      { type: "mod10k", length: 2, byteOrder: "BADC" },
      "d204 2e16",
      12_345_678,
    ],
    ["a date of IEC 870-5", { type: "dt_iec870" }, "001a 03ce 0f09 67a7", 1_773_500_966_535],
    [
      "the same, bytes exchanged",
      { type: "dt_iec870", byteOrder: "BADC" },
      "1a00 ce03 090f a767",
      1_773_500_966_535,
    ],
    [
      "a date in local time",
      { type: "dt_iec870", utcOffsetMinutes: 60 },
      "001a 03ce 1009 67a7",
      1_773_500_966_535,
    ],
    [
      "a date in fields",
      {
        type: "date_fields",
        length: 6,
        date: { fields: ["second", "minute", "hour", "day", "month", "year"] },
      },
      "001a 0009 000f 000e 0003 07ea",
      1_773_500_966_000,
    ],
    [
      "a date in bytes of BCD",
      {
        type: "date_fields",
        length: 3,
        date: {
          fields: ["year", "month", "day", "hour", "minute", "second"],
          size: "byte",
          digits: "bcd",
        },
      },
      "2603 1415 0926",
      1_773_500_966_000,
    ],
    ["bytes", { type: "bytes", length: 2 }, "0102 0304", Uint8Array.of(1, 2, 3, 4)],
    ["an array of int16", { type: "int16", length: 3 }, "0001 ffff 7fff", [1, -1, 32_767]],
    [
      "an array of float32",
      { type: "float32", length: 4, byteOrder: "CDAB" },
      "0000 41bc 0000 3f80",
      [23.5, 1],
    ],
    [
      "an array of int64",
      { type: "int64", length: 8 },
      "0000000000000001 8000000000000000",
      [1, -(2n ** 63n)],
    ],
    ["a scaled array", { type: "uint16", length: 2, scale: 0.1 }, "0001 0003", [0.1, 0.3]],
    ["GBK", { type: "string", length: 3, text: { encoding: "gbk" } }, "d6d0 cec4 4100", "中文A"],
    ["ISO 8859-1", { type: "string", length: 2, text: { encoding: "latin1" } }, "c4ff 4100", "ÄÿA"],
    [
      "ISO 8859-1 and not windows-1252",
      { type: "string", length: 1, text: { encoding: "latin1" } },
      "8095",
      "\u0080\u0095",
    ],
    ["ASCII", { type: "string", length: 2, text: { encoding: "ascii" } }, "4142 4300", "ABC"],
    [
      "text in the high bytes",
      { type: "string", length: 3, text: { byte: "high" } },
      "4100 4200 0000",
      "AB",
    ],
    [
      "text in the low bytes",
      { type: "string", length: 3, text: { byte: "low" } },
      "0041 0042 0000",
      "AB",
    ],
    ["swapped text", { type: "string", length: 2, text: { swap: true } }, "4241 0043", "ABC"],
    [
      "text that is not swapped whatever the order",
      { type: "string", length: 1, byteOrder: "DCBA", text: { swap: false } },
      "4142",
      "AB",
    ],
    [
      "a number with a text",
      { enum: new Map([[2, "Running"]]), datatype: "String" },
      "0002",
      "Running",
    ],
    ["a truth in a register", { datatype: "Boolean" }, "0001", true],
    [
      "a line through two points",
      { rawRange: [0, 27_648], euRange: [0, 400], datatype: "Double" },
      "6c00",
      400,
    ],
    [
      "the other end of the line",
      { rawRange: [4000, 20_000], euRange: [-20, 60], datatype: "Double" },
      "0fa0",
      -20,
    ],
  ];
  for (const [name, fields, hex, value] of others) {
    it(`${name} is read, and written the same way`, () => {
      const tag = makeTag({ type: "int16", ...fields });

      assert.deepEqual(decodeAt(tag, bytes(hex), 0), { kind: "good", value });
      assert.deepEqual(roundTrip(tag, value), { kind: "good", value });
    });
  }

  it("has every type", () => {
    const tested = new Set<string>(["bool", "struct", ...VECTORS.map(([type]) => type)]);
    for (const [, { type = "int16" }] of others) tested.add(type);
    assert.deepEqual(
      RAW_TYPE_NAMES.filter((name) => !tested.has(name)),
      [],
    );
  });
});
