/** Stretches of time in the address bar. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  fixedRange,
  parseRange,
  PRESETS,
  rangeText,
  shifted,
  spanOf,
  zoomedOut,
} from "../../uns-browser/lib/range.ts";
import { readMetricAddress, writeMetricAddress } from "../../uns-browser/lib/metric-address.ts";

const NOW = Date.parse("2026-11-26T12:00:00Z");

describe("a range of time", () => {
  it("is written as it was read", () => {
    const texts = [
      ...PRESETS,
      "30s",
      "90m",
      "2h",
      "2026-11-23T05:00:00.000Z..2026-11-23T06:00:00.000Z",
    ];

    const written = texts.map((text) => rangeText(parseRange(text) ?? { kind: "last", ms: 0 }));

    assert.deepEqual(written, texts);
  });

  it("is nothing that has no ends, or ends the wrong way round, or is too short or too long", () => {
    const wrong = [
      "",
      "x",
      "0m",
      "999999d",
      "5 m",
      "2026-11-23..2026-11-22",
      "a..b",
      "1..2..3",
      "15",
    ];

    assert.deepEqual(
      wrong.map((text) => parseRange(text)),
      wrong.map(() => null),
    );
  });

  it("moves with now when it says how long, and stands still when it has ends", () => {
    assert.deepEqual(spanOf({ kind: "last", ms: 1000 }, NOW), { from: NOW - 1000, to: NOW });
    const fixed = fixedRange(NOW - 5000, NOW - 1000);
    assert.ok(fixed !== null);
    assert.deepEqual(spanOf(fixed, NOW + 9e9), { from: NOW - 5000, to: NOW - 1000 });
  });

  it("goes back by half, forth again, and ends as a moving one at now", () => {
    const back = shifted({ kind: "last", ms: 60_000 }, -1, NOW);
    assert.deepEqual(back, { kind: "fixed", from: NOW - 90_000, to: NOW - 30_000 });

    assert.deepEqual(shifted(back, 1, NOW), { kind: "last", ms: 60_000 });
  });

  it("becomes twice as long around its middle, but never reaches beyond now", () => {
    const wide = zoomedOut({ kind: "fixed", from: NOW - 60_000, to: NOW - 10_000 }, NOW);

    assert.deepEqual(wide, { kind: "fixed", from: NOW - 100_000, to: NOW });
  });
});

describe("the address of a metric's page", () => {
  it("keeps what others wrote, and reads back what it wrote", () => {
    const address = {
      range: { kind: "last", ms: 8 * 3_600_000 },
      tab: "raw",
      compare: ["P/a%2Cb/x", "P/温度".split("/").map(encodeURIComponent).join("/")],
      isUtc: true,
      hasBefore: true,
    } as const;

    const search = writeMetricAddress("?p=P/a/Speed&other=1", address);

    assert.ok(search.startsWith("?p=P/a/Speed&other=1&r=8h&tab=raw&cmp="));
    assert.deepEqual(readMetricAddress(search), address);
  });

  it("takes the usual for what it does not understand", () => {
    const { range, tab, compare } = readMetricAddress("?r=%E0%A4%A&tab=nothing&cmp=,");

    assert.deepEqual([range, tab, compare], [{ kind: "last", ms: 900_000 }, "overview", []]);
  });
});
