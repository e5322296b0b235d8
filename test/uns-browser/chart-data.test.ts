/** What a chart draws of the past: lines that stop where nothing good is known, bands, shaded spans, the live tail. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  alignedCurves,
  drawable,
  figuresOf,
  pointsOfParts,
  pointsOfValues,
  shadesOf,
  valueAt,
  withTail,
  type TailSample,
} from "../../uns-browser/lib/chart-data.ts";
import { parseParts, parseValues, type PastValue } from "../../uns-browser/lib/history.ts";

const SPAN = { from: 1000, to: 9000 };

function value(time: number, is: number, more: Partial<PastValue> = {}): PastValue {
  const usual = { receivedAt: time, reason: null, isGap: false, isHistorical: false } as const;
  return { time, value: is, quality: "good", ...usual, ...more };
}

function tail(
  time: number,
  is: number | null,
  quality: TailSample["quality"] = "good",
): TailSample {
  return { time, value: is, quality };
}

describe("the line of single values", () => {
  it("begins with what held before the range, and holds its last value to the end", () => {
    const { times, values } = pointsOfValues([value(200, 5), value(4000, 7)], SPAN);

    assert.deepEqual(
      [times, values],
      [
        [1000, 4000, 9000],
        [5, 7, 7],
      ],
    );
  });

  it("holds a value until it is not good any more, and has a gap until the next good one", () => {
    const { times, values } = pointsOfValues(
      [value(2000, 5), value(5000, 5, { quality: "offline" }), value(8000, 6)],
      SPAN,
    );

    assert.deepEqual(
      [times, values],
      [
        [2000, 4999, 5000, 8000, 9000],
        [5, 5, null, 6, 6],
      ],
    );
  });

  it("ends where the record ends, and keeps one point a time", () => {
    const { times, values } = pointsOfValues(
      [value(2000, 5), value(2000, 6), value(3000, 0, { isGap: true })],
      SPAN,
    );

    assert.deepEqual(
      [times, values],
      [
        [2000, 2999, 3000],
        [6, 6, null],
      ],
    );
  });

  it("draws truth as 0 and 1, long integers as near as it can, and texts not at all", () => {
    const drawn = [true, false, { i64: "9007199254740993" }, "x", null, { f: "NaN" } as const].map(
      drawable,
    );

    assert.deepEqual(drawn, [1, 0, 9007199254740992, null, null, null]);
  });
});

describe("the line of joined values", () => {
  it("has least and most around it, what held where nothing came, and a gap where nothing was good", () => {
    const parts = parseParts({
      from: 0,
      to: 3,
      spans: [],
      buckets: [
        { time: 0, count: 2, rows: 2, min: 1, max: 5, average: 3, timeWeighted: 2 },
        { time: 1, count: 0, rows: 0, timeWeighted: 5 },
        { time: 2, count: 0, rows: 1 },
      ],
    });

    const { values, band } = pointsOfParts(parts?.buckets ?? []);

    assert.deepEqual(values, [3, 5, null]);
    assert.deepEqual(band, { low: [1, 5, null], high: [5, 5, null] });
    assert.deepEqual(figuresOf(pointsOfParts(parts?.buckets ?? [])), {
      least: 1,
      most: 5,
      last: 5,
    });
  });
});

describe("the live tail", () => {
  const past = pointsOfValues([value(2000, 5), value(4000, 7)], { from: 1000, to: 5000 });

  it("replaces what only held, and holds until what is known", () => {
    const { times, values } = withTail(past, [tail(4000, 7), tail(4500, 8), tail(6000, 9)], 7000);

    assert.deepEqual(
      [times, values],
      [[2000, 4000, 4499, 4500, 6000, 7000].filter((time) => time !== 4499), [5, 7, 8, 9, 9]],
    );
  });

  it("moves the end of a value that does not change", () => {
    assert.equal(withTail(past, [], 8000).times.at(-1), 8000);
    assert.equal(withTail(past, [], 8000).values.at(-1), 7);
  });

  it("ends where the value was lost", () => {
    const { values } = withTail(past, [tail(6000, 7, "offline")], 8000);

    assert.equal(values.at(-1), null);
  });
});

describe("what is shaded", () => {
  it("is each stretch that was not good, cut to the range", () => {
    const shades = shadesOf(
      [
        { time: 0, quality: "good" },
        { time: 2000, quality: "stale" },
        { time: 3000, quality: "good" },
        { time: 8000, quality: "offline" },
      ],
      SPAN,
    );

    assert.deepEqual(shades, [
      { from: 2000, to: 3000, quality: "stale" },
      { from: 8000, to: 9000, quality: "offline" },
    ]);
  });
});

describe("several curves", () => {
  it("stand over the same times; where one has no sample its line goes on", () => {
    const { times, lines } = alignedCurves([
      { times: [1, 3], values: [10, null], band: null },
      { times: [2, 3], values: [20, 30], band: null },
    ]);

    assert.deepEqual(times, [1, 2, 3]);
    assert.deepEqual(
      lines.map(({ values }) => values),
      [
        [10, undefined, null],
        [undefined, 20, 30],
      ],
    );
  });

  it("tell what held under the pointer, and nothing in a gap or before their first value", () => {
    const points = { times: [1, 5, 9], values: [10, undefined, null], band: null };

    assert.deepEqual(
      [0, 1, 6, 9].map((time) => valueAt(points, time)),
      [null, 10, 10, null],
    );
  });
});

describe("values of the past from the hub", () => {
  it("are read with their flags, and left alone when they are something else", () => {
    const read = parseValues({
      from: 1,
      to: 2,
      more: true,
      values: [
        {
          time: 1,
          receivedAt: 3,
          value: { i64: "12" },
          quality: "stale",
          gap: true,
          historical: true,
        },
        7,
      ],
    });

    assert.equal(read?.values.length, 1);
    assert.deepEqual(read?.values[0], {
      time: 1,
      receivedAt: 3,
      value: { i64: "12" },
      quality: "stale",
      reason: null,
      isGap: true,
      isHistorical: true,
    });
    assert.equal(parseValues({ from: 1 }), null);
    assert.equal(parseParts([]), null);
  });
});
