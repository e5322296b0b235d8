import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MetricValue } from "@unshub/sparkplug";
import type { Tag } from "../../../../adapters/modbus/src/tag.ts";
import { encodeCommand } from "../../../../adapters/modbus/src/types/encode-command.ts";
import { encodeWrite } from "../../../../adapters/modbus/src/types/encode.ts";
import { modified } from "../../../../adapters/modbus/src/types/write-request.ts";
import { hexOfWrite } from "../../../support/modbus-decode.ts";
import { makeTag } from "../../../support/modbus-tag.ts";

/** `writes served: PDU in hex`, or the word of the refusal. */
function steps(...writes: readonly (readonly [Partial<Tag>, MetricValue])[]): readonly string[] {
  const command = writes.map(([fields, value]) => ({ tag: makeTag(fields), value }));
  return encodeCommand(command).map(({ writes: places, encoded }) => {
    const what =
      encoded.kind === "request"
        ? hexOfWrite(encoded.request)
        : encoded.kind === "problem"
          ? encoded.code
          : encoded.kind;
    return `${places.join("+")}: ${what}`;
  });
}

const coil = (start: number): Partial<Tag> => ({ table: "co", type: "bool", start });
const member = (start: number, fields: Partial<Tag> = {}): Partial<Tag> => ({
  writeGroup: "recipe",
  start,
  ...fields,
});

describe("the writes of one command", () => {
  it("go one by one in their order", () => {
    assert.deepEqual(steps([{ start: 5 }, 1], [{ start: 4 }, 2]), [
      "0: 0600050001",
      "1: 0600040002",
    ]);
  });

  it("write neighbouring coils by one function 15", () => {
    assert.deepEqual(steps([coil(3), true], [coil(4), false], [coil(5), true], [coil(9), true]), [
      "0+1+2: 0f000300030105",
      "3: 050009ff00",
    ]);
  });

  it("write an atomic group in one request, wherever its members stand in the command", () => {
    assert.deepEqual(
      steps([member(11, { type: "float32" }), 23.5], [{ start: 0 }, 7], [member(10), -1]),
      ["0+2: 10000a000306ffff41bc0000", "1: 0600000007"],
    );
  });

  it("write nothing of an atomic group that has a gap, or one member that cannot be written", () => {
    assert.deepEqual(steps([member(10), 1], [member(12), 2]), ["0+1: not_atomic"]);
    assert.deepEqual(steps([member(10), 1], [member(11), 1.5]), ["0+1: not_integer"]);
    assert.deepEqual(steps([member(10), 1], [member(11, { table: "co", type: "bool" }), true]), [
      "0+1: not_atomic",
    ]);
  });

  it("write at most 123 registers in one request", () => {
    const text = { type: "string", length: 123 } as const;
    assert.equal(steps([text, "x"])[0]?.length, "0: ".length + 2 * (6 + 246));
    assert.deepEqual(steps([{ ...text, length: 124 }, "x"]), ["0: too_long"]);
    assert.deepEqual(steps([member(0, text), "x"], [member(123), 1]), ["0+1: too_long"]);
  });
});

describe("one register", () => {
  it("is written by function 16 where the device wants that", () => {
    assert.deepEqual(steps([{ singleWrite: "fc16" }, 5]), ["0: 1000000001020005"]);
  });

  it("has single bits by function 22, or by reading it first, or not at all", () => {
    const bit = { type: "bool", bit: 3 } as const;
    assert.deepEqual(steps([{ ...bit, maskWrite: true }, true]), ["0: 160000fff70008"]);
    assert.deepEqual(steps([{ ...bit, maskWrite: true }, false]), ["0: 160000fff70000"]);
    assert.deepEqual(steps([{ ...bit, allowRmw: true }, true]), ["0: readModifyWrite"]);
    assert.deepEqual(steps([bit, true]), ["0: not_writable"]);
  });

  it("keeps its other bits when it is read, changed and written", () => {
    const on = encodeWrite(makeTag({ type: "bool", bit: 3, allowRmw: true, start: 7 }), true);
    const low = encodeWrite(makeTag({ type: "int8l", allowRmw: true }), -2);
    assert.ok(on.kind === "readModifyWrite" && low.kind === "readModifyWrite");

    assert.deepEqual(modified(on, 0x8001), { functionCode: 6, start: 7, word: 0x8009 });
    assert.deepEqual(modified(low, 0x1234), { functionCode: 6, start: 0, word: 0x12fe });
    assert.deepEqual(modified({ ...low, single: "fc16" }, 0x1234), {
      functionCode: 16,
      start: 0,
      bytes: Uint8Array.of(0x12, 0xfe),
    });
  });
});

describe("a value that cannot be written", () => {
  const cases: readonly (readonly [string, Partial<Tag>, MetricValue, string])[] = [
    ["to an input register", { table: "ir" }, 1, "not_writable"],
    ["a text that the enum does not have", { enum: new Map([[1, "On"]]) }, "Off", "not_in_enum"],
    ["a number that has no text", { enum: new Map([[1, "On"]]) }, 2, "not_in_enum"],
    ["outside what is valid when read", { validRange: [0, 10] }, 11, "out_of_range"],
    ["what would be clamped when read", { euRange: [0, 10], clamp: true }, 11, "out_of_range"],
    [
      "the number that means no value",
      { type: "uint16", invalidRaw: [0xffff] },
      0xffff,
      "out_of_range",
    ],
    ["five digits of BCD", { type: "bcd16" }, 10_000, "out_of_range"],
    ["more than float16 holds", { type: "float16" }, 65_520, "out_of_range"],
    ["half a second", { type: "time32" }, 1500, "not_integer"],
    [
      "milliseconds into fields without them",
      { type: "date_fields", length: 1, date: { fields: ["year"] } },
      5,
      "bad_time",
    ],
    ["too few elements", { type: "int16", length: 3 }, [1, 2], "bad_type"],
    ["one wrong element", { type: "int16", length: 2 }, [1, 40_000], "out_of_range"],
    ["too few bytes", { type: "bytes", length: 2 }, Uint8Array.of(1), "too_long"],
    [
      "a character that GBK does not have",
      { type: "string", length: 4, text: { encoding: "gbk" } },
      "😀",
      "bad_text",
    ],
    [
      "an umlaut in ASCII",
      { type: "string", length: 4, text: { encoding: "ascii" } },
      "ä",
      "bad_text",
    ],
    [
      "a text for both bytes into one",
      { type: "string", length: 2, text: { byte: "low" } },
      "abc",
      "bad_text",
    ],
  ];
  for (const [name, fields, value, code] of cases) {
    it(`is refused: ${name}`, () => assert.deepEqual(steps([fields, value]), [`0: ${code}`]));
  }

  it("is rounded only where the tag says so", () => {
    assert.deepEqual(steps([{}, 1.7]), ["0: not_integer"]);
    assert.deepEqual(steps([{ round: true }, 1.7]), ["0: 0600000002"]);
    assert.deepEqual(steps([{ round: true, scale: 0.1 }, 1.26]), ["0: 060000000d"]);
  });
});
