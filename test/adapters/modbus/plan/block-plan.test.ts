import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { probesOf, retryAll } from "../../../../adapters/modbus/src/plan/block-plan.ts";
import { learnedOf } from "../../../../adapters/modbus/src/plan/learned.ts";
import {
  deviceWithHoles,
  makeLimits,
  plannedTags,
  PlanRun,
  shownBlock,
  type ModelDevice,
} from "../../../support/modbus-plan.ts";

const MINUTE_MS = 60_000;
const at = (start: number): { start: number } => ({ start });
const row = (count: number): readonly { start: number }[] =>
  Array.from({ length: count }, (_, start) => ({ start }));

/** Both sides of register 10 can be read, but not at once. */
const crossing: ModelDevice = ({ start, length }) =>
  start < 10 && start + length > 10 ? 2 : undefined;
/** Answers at most 16 registers. */
const short: ModelDevice = ({ length }) => (length > 16 ? 3 : undefined);

/** Three tags, the second of which was found to be refused. */
function refusedOne(): PlanRun {
  const run = new PlanRun(plannedTags(row(3)), deviceWithHoles(new Set([1])), makeLimits({}));
  run.pass();
  run.learn();
  return run;
}

describe("a block that a device refuses", () => {
  it("is halved until the wrong tag stands alone, and put together again around it", () => {
    const run = new PlanRun(plannedTags(row(8)), deviceWithHoles(new Set([5])), makeLimits({}));

    run.pass();
    run.learn();

    assert.deepEqual([...run.bad], [5]);
    assert.deepEqual(run.plan.blocks.map(shownBlock), ["hr 0+5: 0 1 2 3 4", "hr 6+2: 6 7"]);
    assert.ok(run.requests <= 8, `${run.requests} requests`);
  });

  it("keeps all its tags when the wrong address is in a gap, which is never read again", () => {
    const run = new PlanRun(
      plannedTags([at(0), at(1), at(5), at(6), at(9)]),
      deviceWithHoles(new Set([3])),
      makeLimits({}),
    );

    run.pass();
    run.learn();

    assert.equal(run.bad.size, 0);
    assert.deepEqual(run.plan.blocks.map(shownBlock), ["hr 0+2: 0 1", "hr 5+5: 2 3 4"]);
    assert.deepEqual(learnedOf(run.plan.learned, "hr").holes, [[2, 4]]);
  });

  it("gives the values of its healthy parts before the wrong tag is found", () => {
    const run = new PlanRun(plannedTags(row(64)), deviceWithHoles(new Set([63])), makeLimits({}));

    run.pass();
    run.learn(() => run.good.size >= 32);

    assert.equal(run.requests, 2);
  });

  it("takes tags with the same registers for one", () => {
    const tags = [at(0), ...Array.from({ length: 16 }, () => at(1)), at(2)];
    const run = new PlanRun(plannedTags(tags), deviceWithHoles(new Set([1])), makeLimits({}));

    run.pass();
    run.learn();

    assert.equal(run.bad.size, 16);
    assert.deepEqual([...run.good], [0, 17]);
    assert.ok(run.requests <= 5, `${run.requests} requests`);
  });

  it("calls no tag wrong when the device only refuses to cross a border", () => {
    const run = new PlanRun(plannedTags(row(20)), crossing, makeLimits({}));

    run.pass();
    run.learn();
    for (let pass = 0; pass < 10; pass += 1) {
      run.pass();
      run.learn();
    }

    assert.equal(run.bad.size, 0);
    assert.equal(run.good.size, 20);
    const before = run.requests;
    run.pass();
    assert.equal(run.requests - before, run.plan.blocks.length);
  });
});

describe("a device that refuses everything for a while", () => {
  it("is asked again for whole blocks, not for each tag, and is good at once when it answers", () => {
    const holes = new Set(Array.from({ length: 100 }, (_, address) => address));
    const run = new PlanRun(plannedTags(row(100)), deviceWithHoles(holes), makeLimits({}));
    run.pass();
    run.learn();
    assert.equal(run.bad.size, 100);

    holes.clear();
    run.nowMs += MINUTE_MS;
    const before = run.requests;
    run.learn();

    assert.equal(run.requests - before, 1);
    assert.equal(run.good.size, 100);
    assert.deepEqual(learnedOf(run.plan.learned, "hr").holes, []);
  });

  it("is taken apart again when it answers a part only", () => {
    const holes = new Set([0, 1, 2, 3]);
    const run = new PlanRun(plannedTags(row(4)), deviceWithHoles(holes), makeLimits({}));
    run.pass();
    run.learn();

    holes.delete(0);
    run.nowMs += MINUTE_MS;
    run.learn();

    assert.deepEqual([...run.good], [0]);
    assert.deepEqual(run.plan.blocks.map(shownBlock), ["hr 0+1: 0"]);
  });

  it("leaves no cut behind when it was only a bad moment", () => {
    let isBad = true;
    const run = new PlanRun(plannedTags(row(16)), () => (isBad ? 2 : undefined), makeLimits({}));
    run.pass();
    isBad = false;
    run.learn();

    assert.deepEqual(
      run.plan.blocks.map(({ length }) => length),
      [16],
    );
    assert.deepEqual(learnedOf(run.plan.learned, "hr").cuts, []);
  });
});

describe("exception 3", () => {
  it("may mean too long: the longest request is halved for the whole table and remembered", () => {
    const run = new PlanRun(plannedTags(row(125)), short, makeLimits({ maxBlock: 64 }));

    run.pass();
    run.learn();
    run.pass();

    assert.equal(run.bad.size, 0);
    assert.equal(run.good.size, 125);
    assert.equal(learnedOf(run.plan.learned, "hr").maxBlock, 16);
    assert.ok(run.plan.blocks.every(({ length }) => length <= 16));
    assert.ok(run.requests < 30, `${run.requests} requests`);
  });

  it("may mean a hole: then the longest request stays", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 125 }), fc.nat(), (count, seed) => {
        const wrong = seed % count;
        const device = deviceWithHoles(new Set([wrong]), 3);
        const run = new PlanRun(plannedTags(row(count)), device, makeLimits({}));

        run.pass();
        run.learn(() => run.good.size === count - 1);

        assert.equal(run.good.size, count - 1);
        const most = 2 * Math.ceil(Math.log2(count)) + 2;
        assert.ok(run.requests <= most, `${count}: ${run.requests} requests`);
        run.learn();
        assert.deepEqual([...run.bad], [wrong]);
        assert.equal(learnedOf(run.plan.learned, "hr").maxBlock, undefined);
      }),
    );
  });
});

describe("healthy tags beside one wrong address", () => {
  it("are all good again within 2·log2(N) + 2 requests, whatever the gaps", () => {
    const places = fc.uniqueArray(fc.nat({ max: 124 }), { minLength: 2, maxLength: 125 });
    fc.assert(
      fc.property(places, fc.nat(), (starts, seed) => {
        const sorted = starts.toSorted((a, b) => a - b);
        const first = sorted[0] ?? 0;
        const span = (sorted.at(-1) ?? 0) - first + 1;
        const wrong = first + (seed % span);
        const healthy = sorted.filter((start) => start !== wrong).length;
        const device = deviceWithHoles(new Set([wrong]));
        const run = new PlanRun(plannedTags(sorted.map(at)), device, makeLimits({ maxGap: 125 }));

        run.pass();
        run.learn(() => run.good.size === healthy);

        assert.equal(run.good.size, healthy);
        const most = 2 * Math.log2(sorted.length) + 2;
        assert.ok(run.requests <= most, `${sorted.length} tags: ${run.requests} requests`);
      }),
      { numRuns: 2000 },
    );
  });

  it("are all good on any map of holes, and no hole is asked for in later passes", () => {
    const map = fc.record({
      starts: fc.uniqueArray(fc.nat({ max: 400 }), { minLength: 1, maxLength: 120 }),
      holes: fc.uniqueArray(fc.nat({ max: 400 }), { maxLength: 60 }),
      maxBlock: fc.integer({ min: 4, max: 125 }),
      code: fc.constantFrom(2, 3),
    });
    fc.assert(
      fc.property(map, ({ starts, holes, maxBlock, code }) => {
        const wrong = new Set(holes);
        const run = new PlanRun(
          plannedTags(starts.map(at)),
          deviceWithHoles(wrong, code),
          makeLimits({ maxBlock }),
        );

        for (let pass = 0; pass < 60; pass += 1) {
          run.pass();
          run.learn();
        }

        for (const [index, start] of starts.entries()) {
          assert.equal(run.bad.has(index), wrong.has(start), `tag at ${start}`);
          assert.equal(run.good.has(index), !wrong.has(start), `tag at ${start}`);
        }
        const before = run.requests;
        run.pass();
        assert.equal(run.requests - before, run.plan.blocks.length);
        assert.deepEqual(probesOf(run.plan, run.nowMs), []);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a tag that is refused alone", () => {
  it("is asked for again after 1, 2, 4 … 60 minutes", () => {
    const run = refusedOne();
    const pauses: number[] = [];

    for (let round = 0; round < 9; round += 1) {
      const due = run.plan.refused[0]?.retryAtMs ?? 0;
      pauses.push((due - run.nowMs) / MINUTE_MS);
      assert.deepEqual(probesOf(run.plan, due - 1), []);
      run.nowMs = due;
      run.learn();
    }

    assert.deepEqual(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  it("is asked for at once after a reconnect, and comes back when it is answered", () => {
    const holes = new Set([1]);
    const run = new PlanRun(plannedTags(row(3)), deviceWithHoles(holes), makeLimits({}));
    run.pass();
    run.learn();

    holes.clear();
    run.plan = retryAll(run.plan, run.nowMs);
    run.learn();

    assert.deepEqual(run.plan.blocks.map(shownBlock), ["hr 0+3: 0 1 2"]);
    assert.deepEqual(learnedOf(run.plan.learned, "hr").holes, []);
  });

  it("is not in a block after a restart that remembers it, but asked for alone at once", () => {
    const { learned } = refusedOne().plan;
    const device = deviceWithHoles(new Set([1]));
    const run = new PlanRun(plannedTags(row(3)), device, makeLimits({}), learned);

    run.pass();
    run.learn();

    assert.equal(run.requests, 3);
    assert.deepEqual([...run.good], [0, 2]);
    assert.deepEqual([...run.bad], [1]);
  });

  it("may be longer than one request: it is refused in its parts", () => {
    const device = deviceWithHoles(new Set([150]));
    const tags = plannedTags([{ start: 0, type: "string", length: 200 }, at(200)]);
    const run = new PlanRun(tags, device, makeLimits({}));

    run.pass();
    run.learn();

    assert.deepEqual([...run.bad], [0]);
    assert.deepEqual(run.plan.refused[0]?.block.parts, [
      [0, 124],
      [125, 199],
    ]);
  });
});
