import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  clampOffset,
  drawnRows,
  MAX_PX,
  offsetShowing,
  windowOf,
} from "../../uns-browser/lib/row-window.ts";

const small = { count: 100, rowPx: 24, viewPx: 480 };
const huge = { count: 1_000_000, rowPx: 24, viewPx: 480 };

describe("the row window", () => {
  it("draws what is visible and a few rows more", () => {
    assert.deepEqual(drawnRows(small, 0), [0, 28]);
    assert.deepEqual(drawnRows(small, 24 * 40), [32, 68]);
    assert.deepEqual(drawnRows(small, windowOf(small).maxOffset), [72, 100]);
  });

  it("scrolls one to one while the list fits into an element", () => {
    assert.deepEqual(windowOf(small), {
      spacerPx: 2400,
      isScaled: false,
      scale: 1,
      maxOffset: 1920,
    });
  });

  it("reaches the last of a million rows at the end of a scaled scrollbar", () => {
    const { spacerPx, isScaled, scale, maxOffset } = windowOf(huge);
    assert.equal(spacerPx, MAX_PX);
    assert.equal(isScaled, true);

    const offsetAtEnd = (spacerPx - huge.viewPx) * scale;

    assert.ok(Math.abs(offsetAtEnd - maxOffset) < 1);
    assert.equal(drawnRows(huge, offsetAtEnd)[1], huge.count);
  });

  it("scrolls as little as needed to show a row", () => {
    assert.equal(offsetShowing(small, 240, 5), 120);
    assert.equal(offsetShowing(small, 240, 15), 240);
    assert.equal(offsetShowing(small, 240, 40), 41 * 24 - 480);
  });

  it("puts a row that is more than a screen away in the middle", () => {
    assert.equal(offsetShowing(small, 0, 60), 60 * 24 - (480 - 24) / 2);
    assert.equal(offsetShowing(small, 1920, 30), 30 * 24 - (480 - 24) / 2);
    assert.equal(offsetShowing(small, 0, 99), 1920);
  });

  it("never scrolls beyond the ends, nor in a list shorter than the view", () => {
    assert.equal(clampOffset(small, -5), 0);
    assert.equal(clampOffset(small, 1e9), 1920);
    assert.equal(clampOffset({ ...small, count: 3 }, 100), 0);
  });
});
