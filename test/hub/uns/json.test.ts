import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import type { MetricValue } from "@unshub/sparkplug";
import { matchesFilter } from "../../../hub/src/broker/index.ts";
import type { TreeQuality } from "../../../hub/src/tree/index.ts";
import { Told } from "../../../hub/src/uns/json/told.ts";
import { mayMatchBelow } from "../../../hub/src/uns/json/topics.ts";
import { Violations, type FoundThere } from "../../../hub/src/uns/json/violations.ts";
import { openPaths } from "../../support/uns-plant.ts";

describe("report by exception", () => {
  const value: fc.Arbitrary<MetricValue> = fc.constantFrom<MetricValue>(
    null,
    0,
    -0,
    1,
    Number.NaN,
    true,
    false,
    "",
    "1",
    1n,
    2n ** 63n,
    Uint8Array.of(1),
    Uint8Array.of(2),
    [1, 2],
    [1, 3],
  );
  const quality = fc.constantFrom<TreeQuality>("good", "bad", "offline", "none");
  const step = fc.record({ id: fc.constantFrom(0, 1, 5000), value, quality });

  it("tells a metric exactly when its value or its quality is another one", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const told = new Told();
        const last = new Map<number, unknown>();
        for (const { id, value: worth, quality: q } of steps) {
          const now = [worth, q];
          const isNews = told.isNews(id, worth, q);
          assert.equal(isNews, !isSame(last.get(id), now));
          last.set(id, now);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("tells again what it was told to forget", () => {
    const told = new Told();
    told.isNews(7, 1, "good");
    told.forget(7);

    assert.equal(told.isNews(7, 1, "good"), true);
    assert.equal(told.isNews(7, 1, "good"), false);
  });
});

function isSame(a: unknown, b: unknown): boolean {
  try {
    assert.deepStrictEqual(a, b);
    return true;
  } catch {
    return false;
  }
}

describe("a filter and a device", () => {
  const level = fc.constantFrom("a", "b", "c");
  const filter = fc
    .tuple(fc.array(fc.constantFrom("a", "b", "+"), { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([levels, isOpen]) => [...levels, ...(isOpen ? ["#"] : [])].join("/"));

  it("meet whenever the filter matches a topic below the device", () => {
    const path = fc.array(level, { minLength: 1, maxLength: 3 });
    const below = fc.array(level, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(filter, path, below, (text, top, rest) => {
        const topic = [...top, ...rest].join("/");
        if (matchesFilter(text, topic)) assert.ok(mayMatchBelow(text, top.join("/")), topic);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("what is wrong with a device", () => {
  const at = 1_700_000_000_000;
  const base = { title: "", because: "", count: 1, firstAt: at, lastAt: at };
  const found: FoundThere[] = [
    {
      ...base,
      code: "S04",
      clientId: "c",
      subject: "edge node g/n",
      topic: "spBv1.0/g/DDATA/n/d",
    },
    { ...base, code: "P06", clientId: "c", subject: "edge node g/n", topic: "spBv1.0/g/NDATA/n" },
    { ...base, code: "T01", clientId: "x", subject: "host h", topic: "spBv1.0/STATE/h" },
    { ...base, code: "U02", clientId: "device g/n/d2 x", subject: "device g/n/d2 x", topic: "" },
  ];

  it("is what its messages and its edge node did, and what became of its place", () => {
    const plant = openPaths();
    plant.born("g", "n", "d", ["x"]);
    plant.born("g", "n", "d2", ["x"]);
    plant.born("g", "n2", "d", ["x"]);
    const { paths } = plant;
    const violations = new Violations({ paths, found: () => found });

    const codes = Array.from(paths.all(), (place) => [
      [place.member.edgeNodeId, place.member.deviceId ?? ""].join("/"),
      violations.of(place).map(({ code }) => code),
    ]);

    assert.deepEqual(codes, [
      ["n/", ["S04", "P06"]],
      ["n/d", ["S04", "P06"]],
      ["n/d2", ["P06", "U02"]],
      ["n2/", []],
      ["n2/d", []],
    ]);
  });

  it("is news once, and again when it is found again", () => {
    const plant = openPaths();
    plant.born("g", "n", "d", ["x"]);
    const now = { list: found };
    const violations = new Violations({
      paths: plant.paths,
      found: (since) => now.list.filter(({ lastAt }) => lastAt >= since),
    });

    const first = violations.takeChanged().length;
    const second = violations.takeChanged().length;
    now.list = found.map((one) => ({ ...one, count: 2, lastAt: at + 1 }));
    const third = violations.takeChanged().length;

    assert.deepEqual([first, second, third], [2, 0, 2]);
  });
});
