/** What decoding costs: blocks of 120 registers through compiled plans, without a wire. Nanoseconds are for each tag. */
import { datatypeOfTag, type Tag } from "../../adapters/modbus/src/tag.ts";
import { compileBlock, decodeBlock } from "../../adapters/modbus/src/types/index.ts";
import { measure, type Row } from "../measure.ts";

const REGISTERS = 120;
const TARGET_NS = 40;
const OFTEN = 2000;

type Mix = readonly Partial<Tag>[];

const MIXES: readonly (readonly [string, Mix])[] = [
  ["int16", [{ type: "int16" }]],
  ["float32 CDAB", [{ type: "float32", byteOrder: "CDAB" }]],
  ["int16, scaled and with validRange", [{ type: "int16", scale: 0.1, validRange: [-4000, 4000] }]],
  [
    "a mix of types, orders and scales",
    [
      { type: "int16" },
      { type: "float32", byteOrder: "CDAB" },
      { type: "uint32", scale: 0.1 },
      { type: "bool", bit: 3 },
      { type: "float64", byteOrder: "DCBA" },
      { type: "uint16", scale: 0.01, offset: -40 },
      { type: "int32", byteOrder: "BADC" },
      { type: "bcd16" },
    ],
  ],
];

/** One row for each mix of types; `oursNs` is for one tag. */
export function decodeCost(): readonly Row[] {
  return MIXES.map(([what, mix]) => {
    const tags = filled(mix);
    const plan = compileBlock(
      tags.map((tag, index) => ({ tag, index, every: 1 })),
      { start: 0 },
    );
    const values = new Float64Array(REGISTERS);
    let others = 0;
    const sink = {
      number: (tag: number, value: number) => {
        values[tag] = value;
      },
      other: () => {
        others += 1;
      },
      bad: () => {
        others += 1;
      },
    };
    const reply = { data: new Uint8Array(2 * REGISTERS).fill(0x11), offset: 0, pass: 0 };
    const row = measure({
      what: `decode: ${what}`,
      ours: () => decodeBlock(plan, reply, sink),
      peer: undefined,
      target: undefined,
      repeat: OFTEN,
    });
    if (others > 0) throw new Error(`${what}: ${others} values were no numbers`);
    return eachTag(row, tags.length);
  });
}

/** Tags one after the other until the block is full. */
function filled(mix: Mix): readonly Tag[] {
  const tags: Tag[] = [];
  for (let start = 0; ;) {
    const tag = tagOf(mix[tags.length % mix.length] ?? {}, start);
    if (start + tag.length > REGISTERS) return tags;
    tags.push(tag);
    start += tag.length;
  }
}

const LENGTHS = new Map([
  ["float32", 2],
  ["uint32", 2],
  ["int32", 2],
  ["float64", 4],
]);

function tagOf(fields: Partial<Tag>, start: number): Tag {
  const { type = "int16", scale = 1, offset = 0 } = fields;
  const length = LENGTHS.get(type) ?? 1;
  return {
    name: `${type} at ${start}`,
    table: "hr",
    start,
    length,
    type,
    byteOrder: "ABCD",
    scale,
    offset,
    datatype: datatypeOfTag({ type, length, scale, offset }),
    access: "r",
    writable: false,
    ...fields,
  };
}

function eachTag(row: Row, tags: number): Row {
  const oursNs = row.oursNs / tags;
  const oursMedianNs = row.oursMedianNs / tags;
  return {
    ...row,
    oursNs,
    oursMedianNs,
    target: `≤ ${TARGET_NS} ns`,
    reached: oursNs <= TARGET_NS,
  };
}
