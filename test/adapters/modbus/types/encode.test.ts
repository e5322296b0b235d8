import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MetricValue } from "@unshub/sparkplug";
import {
  GENERAL_BYTE_ORDERS,
  LONG_BYTE_ORDERS,
} from "../../../../adapters/modbus/src/types/byte-order.ts";
import { encodeWrite } from "../../../../adapters/modbus/src/types/encode.ts";
import type { Tag } from "../../../../adapters/modbus/src/tag.ts";
import { hexOfWrite, roundTrip } from "../../../support/modbus-decode.ts";
import { bytes, hexOf } from "../../../support/modbus-hex.ts";
import { makeTag } from "../../../support/modbus-tag.ts";

/** The PDU in hex, or the sentence that refuses. */
function written(value: MetricValue, fields: Partial<Tag>): string {
  const encoded = encodeWrite(makeTag({ start: 1, ...fields }), value);
  if (encoded.kind === "readModifyWrite") return encoded.kind;
  if (encoded.kind === "overlay") return `${hexOf(encoded.bits)} keeps ${hexOf(encoded.keep)}`;
  return encoded.kind === "request" ? hexOfWrite(encoded.request) : encoded.problem;
}

const word = (): number => crypto.getRandomValues(new Uint16Array(1))[0] ?? 0;
const randomBits = (count: number): bigint =>
  BigInt.asUintN(count, crypto.getRandomValues(new BigUint64Array(1))[0] ?? 0n);
const float = (bits: 32 | 64): number => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, randomBits(64));
  const value = bits === 32 ? view.getFloat32(0) : view.getFloat64(0);
  return Number.isFinite(value) ? value : 0;
};
const plain = (value: bigint): number | bigint =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value;
describe("encoding a write", () => {
  const requests: readonly (readonly [string, MetricValue, Partial<Tag>, string])[] = [
    ["a coil on", true, { table: "co", type: "bool" }, "05 0001 ff00"],
    ["a coil off", false, { table: "co", type: "bool" }, "05 0001 0000"],
    ["int16 with function 6", -200, { type: "int16" }, "06 0001 ff38"],
    ["uint16", 65_535, { type: "uint16" }, "06 0001 ffff"],
    ["int16 low byte first", 0x0102, { byteOrder: "DCBA" }, "06 0001 0201"],
    ["int32 in one function 16", -99_999, { type: "int32" }, "10 0001 0002 04 fffe7961"],
    ["float32", 23.5, { type: "float32" }, "10 0001 0002 04 41bc0000"],
    [
      "float32 in order CDAB",
      23.5,
      { type: "float32", byteOrder: "CDAB" },
      "10 0001 0002 04 000041bc",
    ],
    ["uint64", 2n ** 64n - 1n, { type: "uint64" }, "10 0001 0004 08 ffffffffffffffff"],
    ["int64", -(2n ** 63n), { type: "int64" }, "10 0001 0004 08 8000000000000000"],
    ["a scaled value", 21.5, { scale: 0.1 }, "06 0001 00d7"],
    ["a scaled value that binary cannot hold", 35.7, { scale: 0.1 }, "06 0001 0165"],
    ["a scaled value with offset", 10, { scale: 0.5, offset: -40 }, "06 0001 0064"],
    [
      "text filled up with NUL",
      "ABC",
      { type: "string", length: 3 },
      "10 0001 0003 06 414243000000",
    ],
    ["text of one register", "A", { type: "string", length: 1 }, "06 0001 4100"],
  ];
  for (const [name, value, fields, hex] of requests) {
    it(`writes ${name}`, () => assert.equal(written(value, fields), hexOf(bytes(hex))));
  }

  const refusals: readonly (readonly [string, MetricValue, Partial<Tag>, RegExp])[] = [
    ["a fraction to an integer", 1.7, {}, /whole number/],
    ["half a step", 21.55, { scale: 0.1 }, /whole number/],
    ["a fraction however small", 1.000_000_000_1, {}, /whole number/],
    ["an odd value at scale 2", 3, { scale: 2 }, /whole number/],
    ["what does not fit", 32_768, {}, /does not fit int16: -32768 to 32767/],
    ["less than nothing to unsigned", -1, { type: "uint16" }, /does not fit uint16/],
    ["2^64", 2n ** 64n, { type: "uint64" }, /does not fit uint64/],
    ["too much for float32", 1e39, { type: "float32" }, /does not fit float32/],
    ["NaN", Number.NaN, { type: "float32" }, /not finite/],
    ["infinity", Infinity, {}, /not finite/],
    ["nothing", null, {}, /null is not a number/],
    ["text to a number", "5", {}, /"5" is not a number/],
    ["a number to a coil", 1, { table: "co", type: "bool" }, /1 is not true or false/],
    ["bytes to text", new Uint8Array(3), { type: "string", length: 2 }, /3 bytes is not a text/],
    [
      "a value above the write range",
      351,
      { writeRange: [0, 350] },
      /351 is outside writeRange 0 to 350/,
    ],
    ["a value below the write range", -0.1, { scale: 0.1, writeRange: [0, 350] }, /outside/],
    [
      "text that is too long",
      "ABCDE",
      { type: "string", length: 2 },
      /5 bytes; there is room for 4/,
    ],
    ["text with NUL", "A\0B", { type: "string", length: 2 }, /NUL/],
    ["half a surrogate pair", "\ud800", { type: "string", length: 2 }, /well-formed/],
  ];
  for (const [name, value, fields, sentence] of refusals) {
    it(`refuses ${name}`, () => assert.match(written(value, fields), sentence));
  }
});

describe("what is written is what will be read", () => {
  const makers: readonly (readonly [Partial<Tag>, () => MetricValue])[] = [
    [{ type: "int16" }, () => word() - 32_768],
    [{ type: "uint16" }, word],
    [{ type: "int32" }, () => Number(BigInt.asIntN(32, randomBits(32)))],
    [{ type: "uint32" }, () => Number(randomBits(32))],
    [{ type: "int64" }, () => plain(BigInt.asIntN(64, randomBits(64)))],
    [{ type: "uint64" }, () => plain(randomBits(64))],
    [{ type: "float32" }, () => float(32)],
    [{ type: "float64" }, () => float(64)],
    [{ type: "int16", scale: 0.1 }, () => (word() - 32_768) / 10],
    [{ type: "uint32", scale: 0.001, offset: -5 }, () => (word() - 5000) / 1000],
    [{ type: "string", length: 8 }, () => "°äxz".repeat(word() % 3)],
  ];

  for (const [fields, make] of makers) {
    it(`for ${JSON.stringify(fields)} in every byte order`, () => {
      const tag = makeTag(fields);
      const orders =
        tag.length === 4 ? [...GENERAL_BYTE_ORDERS, ...LONG_BYTE_ORDERS] : GENERAL_BYTE_ORDERS;
      for (let round = 0; round < 400; round += 1) {
        for (const byteOrder of orders) {
          const value = make();

          assert.deepEqual(roundTrip(makeTag({ ...fields, byteOrder }), value), {
            kind: "good",
            value,
          });
        }
      }
    });
  }
});
