/** Trends, pins and columns: what a browser remembers of the metrics that somebody looks at. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  gridColumns,
  parseLook,
  USUAL_LOOK,
  withColumn,
  withWidth,
} from "../../uns-browser/lib/columns.ts";
import { createPins, MOST_PINS } from "../../uns-browser/lib/pins.ts";
import { createTrends, TREND_SAMPLES, trendLines } from "../../uns-browser/lib/trends.ts";

const BOX = { width: 59, height: 10 };

describe("the trend of a metric", () => {
  it("has one sample a second at most, the last of it, and forgets all but sixty", () => {
    const trends = createTrends();
    for (let at = 0; at < 700; at += 1) trends.hear(1, { value: at, changes: 1 }, at * 100);

    const samples = trends.samples(1);

    assert.equal(samples.length, TREND_SAMPLES);
    assert.deepEqual([samples[0], samples[59]], [109, 699]);
  });

  it("has a hole where the value was not good, and tells its row only of new samples", () => {
    const trends = createTrends();
    let told = 0;
    trends.subscribe(1, () => (told += 1));
    trends.hear(1, { value: 5, changes: 1 }, 1000);
    trends.hear(1, { value: 6, changes: 1 }, 1100);
    trends.hear(1, { value: null, changes: 1 }, 1200);
    trends.hear(1, { value: 7, changes: 1 }, 3000);

    assert.deepEqual([...trends.samples(1)], [6, Number.NaN, 7]);
    assert.equal(told, 3);
  });

  it("knows how often it changes once it was watched for ten seconds, and forgets what is over", () => {
    const trends = createTrends();
    for (let second = 0; second <= 10; second += 1)
      trends.hear(1, { value: second, changes: 5 }, second * 1000);

    assert.equal(trends.rate(1, 9000), null);
    assert.equal(trends.rate(1, 10_000), 5);
    assert.equal(trends.rate(1, 15_000), 2.5);
    assert.equal(trends.rate(1, 99_000), 0);
    assert.equal(trends.rate(2, 0), null);
  });

  it("is drawn from least to most, ends at the right, and stops at holes", () => {
    const lines = trendLines(Float64Array.of(0, 10, Number.NaN, 5), BOX);

    assert.deepEqual(lines, [
      [
        [56, 10],
        [57, 0],
      ],
      [[59, 5]],
    ]);
    assert.deepEqual(trendLines(Float64Array.of(3, 3), BOX), [
      [
        [58, 5],
        [59, 5],
      ],
    ]);
    assert.deepEqual(trendLines(Float64Array.of(Number.NaN), BOX), []);
  });
});

function pinsKeptAs(text: string): ReturnType<typeof createPins> {
  return createPins({ read: () => text, write: () => undefined });
}

describe("pins", () => {
  it("come back as they were kept, in their order, and are let go by the same key", () => {
    let kept: string | null = null;
    const keeper = { read: () => kept, write: (text: string) => (kept = text) };
    const pins = createPins(keeper);
    pins.toggle("a/b");
    pins.add(["c", "a/b", "d"]);
    pins.toggle("c");

    assert.deepEqual(createPins(keeper).paths.get(), ["a/b", "d"]);
    assert.ok(pins.has("d"));
  });

  it("are none where somebody else wrote, and never more than there is room for", () => {
    assert.deepEqual(
      ["x", "{}", "[1,null]"].map((text) => pinsKeptAs(text).paths.get()),
      [[], [], []],
    );
    const many = createPins({ read: () => null, write: () => undefined });
    many.add(Array.from({ length: 99 }, (_, at) => `p${at}`));
    assert.equal(many.paths.get().length, MOST_PINS);
    assert.equal(many.paths.get().at(-1), "p98");
  });
});

describe("the columns of the tree", () => {
  it("stand in their order whatever was chosen first, and are read back", () => {
    const look = withColumn(
      withColumn({ columns: [], isCompact: true, widths: {} }, "rate"),
      "unit",
    );

    assert.deepEqual(look.columns, ["unit", "rate"]);
    assert.deepEqual(parseLook(JSON.stringify(look)), look);
    assert.deepEqual(withColumn(look, "unit").columns, ["rate"]);
    assert.equal(gridColumns(look).split(" 68px 72px ").length, 2);
  });

  it("are as wide as somebody made them, within reason", () => {
    const look = withWidth(withWidth(USUAL_LOOK, "name", 321.4), "unit", 5);

    assert.deepEqual(look.widths, { name: 321, unit: 40 });
    assert.match(gridColumns(look), /^321px minmax\(112px, 200px\) 40px /);
    assert.match(gridColumns(look, true), /^321px minmax\(168px, 300px\) 40px /);
    assert.deepEqual(parseLook(JSON.stringify(look)), look);
    assert.deepEqual(withWidth(look, "name", null).widths, { unit: 40 });
    const odd = { columns: ["unit"], widths: { name: "wide", unit: 1e9, other: 3 } };
    assert.deepEqual(parseLook(JSON.stringify(odd)).widths, { unit: 1000 });
  });

  it("are the usual ones where nothing was kept", () => {
    assert.deepEqual([null, "x", "7"].map(parseLook), [USUAL_LOOK, USUAL_LOOK, USUAL_LOOK]);
  });
});
