/** What must never be a good value, and that nothing a device sends makes the decoder throw. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { integerRange, isTemplate, type MetricValue } from "@unshub/sparkplug";
import { elementOf, type Tag } from "../../../../adapters/modbus/src/tag.ts";
import {
  GENERAL_BYTE_ORDERS,
  LONG_BYTE_ORDERS,
} from "../../../../adapters/modbus/src/types/byte-order.ts";
import {
  compileBlock,
  decodeBlock,
  type BlockReply,
  type DecodePlan,
} from "../../../../adapters/modbus/src/types/decode-plan.ts";
import { decodeAt, roundTrip } from "../../../support/modbus-decode.ts";
import { bytes } from "../../../support/modbus-hex.ts";
import { makeTag } from "../../../support/modbus-tag.ts";

const DATE: Partial<Tag> = {
  type: "date_fields",
  length: 3,
  date: { fields: ["year", "month", "day"] },
};
const MEMBERS = [
  makeTag({ name: "Running", type: "bool", bit: 0 }),
  makeTag({ name: "Speed", type: "float32", start: 1 }),
];
const STRUCT: Partial<Tag> = {
  type: "struct",
  length: 3,
  members: MEMBERS,
  membersAs: "template",
  templateRef: "Motor",
};

describe("what cannot be a true value", () => {
  const cases: readonly (readonly [string, Partial<Tag>, string, string])[] = [
    ["a digit above 9", { type: "bcd16" }, "1a00", "bad_bcd"],
    ["a digit above 9 in 64 bits", { type: "bcd64" }, "00000000000000f0", "bad_bcd"],
    ["a register above 9999", { type: "mod10k", length: 2 }, "0000 2710", "bad_mod10k"],
    ["a sentinel", { invalidRaw: [0x8000, 0xffff_ffff] }, "8000", "sentinel"],
    [
      "a sentinel of 32 bits",
      { type: "uint32", invalidRaw: [0xffff_ffff] },
      "ffffffff",
      "sentinel",
    ],
    [
      "a sentinel written as a negative number",
      { type: "int32", invalidRaw: [-1] },
      "ffffffff",
      "sentinel",
    ],
    [
      "a sentinel of 64 bits",
      { type: "uint64", invalidRaw: [2n ** 64n - 1n] },
      "ffffffffffffffff",
      "sentinel",
    ],
    [
      "a NaN that is a sentinel",
      { type: "float32", invalidRaw: [0x7fc0_0000], allowNan: true },
      "7fc00000",
      "sentinel",
    ],
    ["a sentinel of one byte", { type: "int8h", invalidRaw: [0x80] }, "8011", "sentinel"],
    ["NaN of 16 bits", { type: "float16" }, "7e00", "not_finite"],
    ["an infinity of 64 bits", { type: "float64" }, "7ff0000000000000", "not_finite"],
    [
      "a number without text",
      { enum: new Map([[1, "On"]]), datatype: "String" },
      "0002",
      "not_in_enum",
    ],
    ["more than its output holds", { datatype: "Int8" }, "0080", "out_of_range"],
    ["a fraction for a whole output", { scale: 0.1, datatype: "Int16" }, "0003", "out_of_range"],
    [
      "a fraction of a float for a whole output",
      { type: "float32", datatype: "Int16" },
      "41bc0000",
      "out_of_range",
    ],
    ["2 for a truth value", { datatype: "Boolean" }, "0002", "out_of_range"],
    ["one bad element of an array", { type: "bcd16", length: 2 }, "0001 000f", "bad_bcd"],
    ["the 30th of February", DATE, "07ea 0002 001e", "bad_time"],
    ["month 13", DATE, "07ea 000d 0001", "bad_time"],
    [
      "the time of a clock that knows it is wrong",
      { type: "dt_iec870" },
      "001a 03ce 0f89 67a7",
      "bad_time",
    ],
    ["all ones for a date", { type: "dt_iec870" }, "ffffffffffffffff", "bad_time"],
    [
      "a byte that ASCII does not have",
      { type: "string", length: 1, text: { encoding: "ascii" } },
      "41c4",
      "bad_text",
    ],
    [
      "half a character of GBK",
      { type: "string", length: 1, text: { encoding: "gbk" } },
      "41d6",
      "bad_text",
    ],
    ["a struct with one bad member", STRUCT, "0001 7fc0 0000", "not_finite"],
  ];
  for (const [name, fields, hex, reason] of cases) {
    it(`is bad: ${name}`, () => {
      assert.deepEqual(decodeAt(makeTag({ type: "int16", ...fields }), bytes(hex), 0), {
        kind: "bad",
        reason,
      });
    });
  }

  it("is good where the tag says so: NaN, clamped values, rounded outputs", () => {
    const nan = decodeAt(makeTag({ type: "float32", allowNan: true }), bytes("7fc00000"), 0);
    const clamped = makeTag({ euRange: [0, 100], clamp: true });
    const rounded = makeTag({ scale: 0.1, datatype: "Int16", round: true });

    assert.deepEqual(nan, { kind: "good", value: Number.NaN });
    assert.deepEqual(decodeAt(clamped, bytes("0065"), 0), { kind: "good", value: 100 });
    assert.deepEqual(decodeAt(clamped, bytes("ffff"), 0), { kind: "good", value: 0 });
    assert.deepEqual(decodeAt(rounded, bytes("0008"), 0), { kind: "good", value: 1 });
  });

  it("is a whole block when the reply is too short", () => {
    const tags = [makeTag({}), makeTag({ start: 1, type: "float32" })];
    const plan = compileBlock(
      tags.map((tag, index) => ({ tag, index, every: 1 })),
      { start: 0 },
    );
    const words: string[] = [];
    const sink = {
      number: (tag: number) => words.push(`${tag} good`),
      other: (tag: number) => words.push(`${tag} good`),
      bad: (tag: number, reason: string) => words.push(`${tag} ${reason}`),
    };

    decodeBlock(plan, { data: bytes("0001 0002"), offset: 0, pass: 0 }, sink);

    assert.deepEqual(words, ["0 short_reply", "1 short_reply"]);
  });
});

function said(plan: DecodePlan, reply: BlockReply): unknown[] {
  const values: unknown[] = [];
  decodeBlock(plan, reply, {
    number: (tag, value) => values.push([tag, value]),
    other: (tag, value) => values.push([tag, value]),
    bad: (tag, reason) => values.push([tag, reason]),
  });
  return values;
}

describe("a block", () => {
  it("is found in a reply that begins before it, of registers and of bits", () => {
    const registers = compileBlock([{ tag: makeTag({ start: 12 }), index: 0, every: 1 }], {
      start: 11,
    });
    const coils = compileBlock(
      [{ tag: makeTag({ table: "co", type: "bool", start: 12 }), index: 0, every: 1 }],
      { start: 11 },
    );

    assert.deepEqual(said(registers, { data: bytes("0001 0002 0003"), offset: 1, pass: 0 }), [
      [0, 3],
    ]);
    assert.deepEqual(said(coils, { data: bytes("0002"), offset: 8, pass: 0 }), [[0, 1]]);
  });

  it("says riders in every k-th pass only", () => {
    const plan = compileBlock(
      [
        { tag: makeTag({}), index: 4, every: 1 },
        { tag: makeTag({ start: 1 }), index: 9, every: 3 },
      ],
      { start: 0 },
    );
    const passes = [0, 1, 2, 3].map(
      (pass) => said(plan, { data: bytes("0001 0002"), offset: 0, pass }).length,
    );

    assert.deepEqual(passes, [2, 1, 1, 2]);
  });
});

const byteOrder = fc.constantFrom(...GENERAL_BYTE_ORDERS);
const anyTag: fc.Arbitrary<Tag> = fc.oneof(
  fc
    .record({
      type: fc.constantFrom(
        "int8h",
        "int8l",
        "uint8h",
        "uint8l",
        "int16",
        "uint16",
        "int32",
        "uint32",
        "int64",
        "uint64",
        "float16",
        "float32",
        "float64",
        "bcd16",
        "bcd32",
        "bcd64",
        "sign_magnitude16",
        "sign_magnitude32",
        "time32",
        "dt_iec870",
      ),
      byteOrder,
    })
    .map(makeTag),
  fc
    .record({ type: fc.constant("mod10k"), length: fc.integer({ min: 2, max: 4 }), byteOrder })
    .map(makeTag),
  fc
    .record({ type: fc.constant("bitfield"), length: fc.constantFrom(1, 2, 4), byteOrder })
    .map(makeTag),
  fc
    .record({
      type: fc.constantFrom("int64", "uint64", "float64"),
      byteOrder: fc.constantFrom(...LONG_BYTE_ORDERS),
    })
    .map(makeTag),
  fc
    .record({
      type: fc.constant("string"),
      length: fc.integer({ min: 1, max: 6 }),
      byteOrder,
      text: fc.record({
        encoding: fc.constantFrom("ascii", "utf8", "latin1", "gbk"),
        byte: fc.constantFrom("both", "high", "low"),
        swap: fc.boolean(),
      }),
    })
    .map(makeTag),
  fc
    .record({ type: fc.constantFrom("bytes"), length: fc.integer({ min: 1, max: 6 }) })
    .map(makeTag),
  fc
    .record({
      type: fc.constantFrom("uint16", "int16"),
      length: fc.integer({ min: 2, max: 6 }),
      byteOrder,
    })
    .map(makeTag),
  fc
    .record({
      type: fc.constantFrom("int16", "uint32", "int64", "float32"),
      scale: fc.constantFrom(0.1, 0.001, 2, -1, 1000, 0.15),
      offset: fc.constantFrom(0, -40, 0.5),
      byteOrder,
    })
    .map(makeTag),
  fc.constantFrom(
    makeTag(DATE),
    makeTag(STRUCT),
    makeTag({ enum: new Map([[1, "On"]]), datatype: "String" }),
  ),
);

/** Whether Sparkplug could carry `value` under the datatype of the tag. */
function fits(value: MetricValue, tag: Tag): boolean {
  if (Array.isArray(value))
    return value.every((element) => fits(element, { ...tag, datatype: elementOf(tag.datatype) }));
  if (typeof value === "boolean") return tag.datatype === "Boolean";
  if (typeof value === "string") return tag.datatype === "String";
  if (value instanceof Uint8Array) return tag.datatype === "Bytes";
  if (typeof value === "bigint" || typeof value === "number") return numberFits(value, tag);
  return value !== null && isTemplate(value) && tag.datatype === "Template";
}

function numberFits(value: number | bigint, { datatype }: Tag): boolean {
  if (datatype === "Float") return Number.isFinite(Math.fround(Number(value)));
  if (datatype === "Double") return Number.isFinite(Number(value));
  if (typeof value === "number" && !Number.isSafeInteger(value)) return false;
  const [min, max] = integerRange(datatype) ?? [value, value];
  return value >= min && value <= max;
}

describe("random registers", () => {
  it("never make it throw, and never are a good value that the datatype forbids", () => {
    fc.assert(
      fc.property(anyTag, fc.uint8Array({ minLength: 0, maxLength: 12 }), (tag, data) => {
        const decoded = decodeAt(tag, data, 0);
        if (decoded.kind === "good")
          assert.ok(fits(decoded.value, tag), `${tag.type} ${JSON.stringify(tag)}`);
        if (data.length < 2 * tag.length) assert.equal(decoded.kind, "bad");
      }),
      { numRuns: 3000 },
    );
  });

  it("that are a good value can be written, and are that value again", () => {
    fc.assert(
      fc.property(anyTag, fc.uint8Array({ minLength: 12, maxLength: 12 }), (tag, data) => {
        const decoded = decodeAt(tag, data, 0);
        fc.pre(decoded.kind === "good" && tag.type !== "struct");
        const again = roundTrip({ ...tag, maskWrite: true }, decoded.value);
        // A double beyond 15 digits stands for several raw integers: such a write is refused, not guessed.
        // GBK is read as GB18030, which has characters of four bytes; they are not written.
        if (again === "bad_text" && tag.text?.encoding === "gbk") return;
        const isGuess = again === "not_integer" && Math.abs(Number(decoded.value)) > 1e11;
        if (!isGuess) assert.deepEqual(again, decoded);
      }),
      { numRuns: 3000 },
    );
  });
});
