/** How often metrics usually speak, learned from when they did. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Rhythms } from "../../../hub/src/tree/rhythms.ts";

/** What was learned of intervals. */
function after(intervals: readonly number[]): Rhythms {
  const rhythms = new Rhythms();
  for (const interval of intervals) rhythms.heard(7, interval);
  return rhythms;
}

/** Intervals made of numbers between 0 and 1 that are the same each time. */
function jittered(count: number, interval: (noise: number) => number): readonly number[] {
  let state = 42;
  return Array.from({ length: count }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return interval(state / 2_147_483_648);
  });
}

describe("the rhythm of a metric", () => {
  it("is the usual interval, whatever single ones were", () => {
    const intervals = jittered(200, (one) => 1000 + 200 * (one - 0.5)).map((interval, at) =>
      at % 50 === 7 ? 600_000 : interval,
    );

    const usual = after(intervals).usualMs(7) ?? 0;

    assert.ok(usual > 940 && usual < 1060, `${usual} ms`);
  });

  it("follows when it changes", () => {
    const usual =
      after([
        ...Array.from({ length: 100 }, () => 1000),
        ...Array.from({ length: 100 }, () => 5000),
      ]).usualMs(7) ?? 0;

    assert.ok(usual > 4500 && usual <= 5000, `${usual} ms`);
  });

  it("is not said of what speaks whenever something happens, nor after a few values", () => {
    const byEvents = jittered(200, (one) => -10_000 * Math.log(1 - one));

    assert.equal(after(byEvents).usualMs(7), undefined);
    assert.equal(after(byEvents).isSilent(7, 1e9), false);
    assert.equal(after(Array.from({ length: 9 }, () => 1000)).usualMs(7), undefined);
    assert.equal(new Rhythms().usualMs(7), undefined);
  });

  it("makes silent what was not heard for five intervals, and not before five seconds", () => {
    const quick = after(Array.from({ length: 50 }, () => 100));
    const slow = after(Array.from({ length: 50 }, () => 10_000));

    assert.deepEqual(
      [4999, 5001].map((ago) => quick.isSilent(7, ago)),
      [false, true],
    );
    assert.deepEqual(
      [49_000, 51_000].map((ago) => slow.isSilent(7, ago)),
      [false, true],
    );
  });

  it("takes no notice of several values in one message, and of clocks that are set back", () => {
    const rhythms = after(Array.from({ length: 50 }, () => 1000));
    for (const interval of [0, 0, -5000, Number.NaN]) rhythms.heard(7, interval);

    assert.equal(rhythms.usualMs(7), 1000);
  });

  it("is kept for as many metrics as there are", () => {
    const rhythms = new Rhythms();
    rhythms.reserve(5000);
    for (let times = 0; times < 20; times += 1) rhythms.heard(4999, 250);
    rhythms.reserve(50_000);

    assert.equal(rhythms.usualMs(4999), 250);
    assert.equal(rhythms.perSecond(4999, 0), 4);
    assert.equal(rhythms.perSecond(4999, 2000), 0.5);
  });
});
