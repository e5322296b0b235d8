import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { beyond } from "../../uns-browser/lib/bounds.ts";

const BOUNDS = { rangeLow: 0, rangeHigh: 10, highHigh: 8, high: 6, low: 2, lowLow: 1 };

describe("a value and its bounds", () => {
  it("is beyond the worst limit that it has passed, then beyond its range", () => {
    const found = [9, 7, 6, 4, 1.5, 0, -1].map((value) => beyond(value, BOUNDS));
    assert.deepEqual(found, ["highHigh", "high", null, null, "low", "lowLow", "lowLow"]);
    assert.equal(beyond(11, { rangeLow: 0, rangeHigh: 10 }), "range");
    assert.equal(beyond(-1, { rangeHigh: 10 }), null);
  });

  it("is known for every kind of number, and for nothing else", () => {
    assert.equal(beyond({ i64: "9007199254740993" }, { high: 5 }), "high");
    assert.equal(beyond({ f: "-Infinity" }, { low: 5 }), "low");
    for (const value of [{ f: "NaN" } as const, "9", true, null, { o: "DataSet 2×1" }])
      assert.equal(beyond(value, { high: 5 }), null);
  });
});
