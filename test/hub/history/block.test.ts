import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { decodeBlock, encodeBlock } from "../../../hub/src/history/log/block.ts";
import { BrokenBytes, ByteWriter } from "../../../hub/src/history/log/bytes.ts";
import {
  newColumns,
  NOTHING,
  NUMBER,
  SIDE,
  TRUTH,
  type Columns,
} from "../../../hub/src/history/log/columns.ts";
import { readSide, writeSide, type SideRecord } from "../../../hub/src/history/log/side-record.ts";
import { columnsOf } from "../../support/history-rows.ts";

type Row = { time: number; received: number; meta: number; value: number; text: string };

const anyNumber = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.double().map(Math.fround),
  fc.integer({ min: -99_999, max: 99_999 }).map((value) => value / 100),
);
const anyRow: fc.Arbitrary<Row> = fc.record({
  time: fc.oneof(
    fc.integer({ min: 0, max: 2 ** 45 }),
    fc.double({ noNaN: true, min: 0, max: 8e15 }),
  ),
  received: fc.integer({ min: 0, max: 2 ** 45 }),
  meta: fc
    .tuple(
      fc.integer({ min: 0, max: 6 }),
      fc.constantFrom(NUMBER, TRUTH, NOTHING, SIDE),
      fc.constantFrom(0, 32, 64),
    )
    .map(([quality, kind, flags]) => quality | kind | flags),
  value: anyNumber,
  text: fc.string(),
});

function columnsWith(rows: readonly Row[]): Columns {
  const columns = newColumns(rows.length);
  const sides = new ByteWriter();
  for (const [at, { time, received, meta, value, text }] of rows.entries()) {
    const kind = meta & SIDE;
    columns.times[at] = time;
    columns.received[at] = received;
    columns.metas[at] = meta;
    columns.numbers[at] = kind === SIDE ? sides.length : numberOf(kind, value);
    if (kind === SIDE) writeSide(sides, recordOf(text));
  }
  return { ...columns, sides: sides.take() };
}

function numberOf(kind: number, value: number): number {
  if (kind === TRUTH) return value > 0 ? 1 : 0;
  return kind === NOTHING ? 0 : value;
}

function recordOf(text: string): SideRecord {
  const bytes = new TextEncoder().encode(text);
  const hasReason = text.length % 2 === 0;
  return { reasonCode: hasReason ? 255 : 1, reason: hasReason ? text : undefined, kind: 5, bytes };
}

function recordsIn({ numbers, metas, sides }: Columns): readonly SideRecord[] {
  return [...metas.entries()].flatMap(([at, meta]) =>
    (meta & SIDE) === SIDE ? [readSide(sides, numbers[at] ?? 0)] : [],
  );
}

describe("a block", () => {
  it("gives back every time, value, quality and record exactly", () => {
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 300 }), (rows) => {
        const columns = columnsWith(rows);

        const back = decodeBlock(encodeBlock(columns));

        assert.deepEqual([...back.times], [...columns.times]);
        assert.deepEqual([...back.received], [...columns.received]);
        assert.deepEqual([...back.metas], [...columns.metas]);
        assert.deepEqual([...back.numbers], [...columns.numbers]);
        assert.deepEqual(recordsIn(back), recordsIn(columns));
      }),
      { numRuns: 300 },
    );
  });

  it("gives back decimals, floats, constants and numbers that are none, each kind in a block of its own", () => {
    const kinds = [
      (at: number) => at / 10,
      (at: number) => Math.fround(at * 1.1),
      (at: number) => Math.sin(at),
      () => 7,
      () => Number.NaN,
      (at: number) => (at % 3 === 0 ? -0 : at),
      (at: number) => (at % 2 === 0 ? Number.POSITIVE_INFINITY : at),
    ];
    for (const value of kinds) {
      const columns = columnsOf(
        Array.from({ length: 2000 }, (_, at) => ({ time: 1e12 + at * 1000, value: value(at) })),
      );

      assert.deepEqual([...decodeBlock(encodeBlock(columns)).numbers], [...columns.numbers]);
    }
  });

  it("with any byte changed or missing is refused", () => {
    const bytes = encodeBlock(
      columnsOf(Array.from({ length: 200 }, (_, at) => ({ time: 1e12 + at, value: at / 7 }))),
    );
    for (let at = 1; at < bytes.length; at += 1) {
      const broken = bytes.slice();
      broken[at] = (broken[at] ?? 0) ^ 0x10;
      assert.throws(() => decodeBlock(broken), BrokenBytes);
      assert.throws(() => decodeBlock(bytes.subarray(0, at)), BrokenBytes);
    }
  });
});
