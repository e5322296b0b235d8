import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import {
  NOTHING_LEARNED,
  withCuts,
  withHole,
} from "../../../../adapters/modbus/src/plan/learned.ts";
import { planLimits, type PlanLimits } from "../../../../adapters/modbus/src/plan/limits.ts";
import { planBlocks, type PlannedBlock } from "../../../../adapters/modbus/src/plan/plan-blocks.ts";
import { planDevice, type GroupTags } from "../../../../adapters/modbus/src/plan/ride-along.ts";
import {
  blockMs,
  busLoad,
  requestsPerSecond,
} from "../../../../adapters/modbus/src/plan/wire-time.ts";
import type { Tag } from "../../../../adapters/modbus/src/tag.ts";
import type { BusConfig } from "../../../../adapters/modbus/src/wire/link-config.ts";
import { makeLimits, plannedTags, shownBlock } from "../../../support/modbus-plan.ts";

const at = (...starts: readonly number[]): readonly Partial<Tag>[] =>
  starts.map((start) => ({ start }));
const planned = (
  tags: readonly Partial<Tag>[],
  limits: PlanLimits = makeLimits({}),
  learned = NOTHING_LEARNED,
): readonly string[] => planBlocks(plannedTags(tags), limits, learned).map(shownBlock);

describe("planning blocks", () => {
  it("joins neighbours whatever their order, and reads small gaps along", () => {
    assert.deepEqual(planned(at(2, 0, 1)), ["hr 0+3: 1 2 0"]);
    assert.deepEqual(planned(at(0, 33)), ["hr 0+34: 0 1"]);
    assert.deepEqual(planned(at(0, 34)), ["hr 0+1: 0", "hr 34+1: 1"]);
    assert.deepEqual(planned(at(0, 2), makeLimits({ maxGap: 0 })), ["hr 0+1: 0", "hr 2+1: 1"]);
  });

  it("keeps to the longest block, of bits too", () => {
    assert.deepEqual(planned(at(0, 10, 16), makeLimits({ maxBlock: 16 })), [
      "hr 0+11: 0 1",
      "hr 16+1: 2",
    ]);
    const coils = [0, 500, 1999, 2000].map((start): Partial<Tag> => ({
      start,
      table: "co",
      type: "bool",
    }));
    assert.deepEqual(planned(coils, makeLimits({ maxBlock: 2000, maxGap: 1500 })), [
      "co 0+2000: 0 1 2",
      "co 2000+1: 3",
    ]);
  });

  it("never reads a forbidden address or a learned hole along", () => {
    assert.deepEqual(planned(at(0, 5), makeLimits({ forbidden: [[3, 3]] })), [
      "hr 0+1: 0",
      "hr 5+1: 1",
    ]);
    const learned = withHole(NOTHING_LEARNED, "hr", [1, 4]);
    assert.deepEqual(planned(at(0, 5), makeLimits({}), learned), ["hr 0+1: 0", "hr 5+1: 1"]);
    assert.deepEqual(
      planned(
        at(0, 5).map((tag) => ({ ...tag, table: "ir" })),
        makeLimits({}),
        learned,
      ),
      ["ir 0+6: 0 1"],
    );
  });

  it("begins anew at a cut and at the end of a range", () => {
    assert.deepEqual(planned(at(0, 1, 2), makeLimits({}), withCuts(NOTHING_LEARNED, "hr", [1])), [
      "hr 0+1: 0",
      "hr 1+2: 1 2",
    ]);
    const ranges = [
      [0, 1],
      [2, 9],
    ] as const;
    assert.deepEqual(planned(at(0, 1, 2, 3), makeLimits({ ranges })), [
      "hr 0+2: 0 1",
      "hr 2+2: 2 3",
    ]);
  });

  it("follows the order of the configuration, or reads each tag alone, for odd devices", () => {
    assert.deepEqual(planned(at(1, 0, 2), makeLimits({ order: "asWritten", maxGap: 0 })), [
      "hr 1+1: 0",
      "hr 0+1: 1",
      "hr 2+1: 2",
    ]);
    assert.deepEqual(planned(at(0, 1), makeLimits({ oneRequestPerTag: true })), [
      "hr 0+1: 0",
      "hr 1+1: 1",
    ]);
  });

  it("reads a tag longer than one request in parts, and nothing with it", () => {
    const tags = plannedTags([{ start: 0, type: "string", length: 130 }, { start: 130 }]);

    const blocks = planBlocks(tags, makeLimits({}), NOTHING_LEARNED);

    assert.deepEqual(blocks.map(shownBlock), ["hr 0+130: 0", "hr 130+1: 1"]);
    assert.deepEqual(blocks[0]?.parts, [
      [0, 124],
      [125, 129],
    ]);
  });

  it("allows gaps by what they cost: 32 registers over TCP, half the overhead on a serial line", () => {
    const nowhere = { hr: [], ir: [], co: [], di: [] };
    const limits = {
      maxBlock: { hr: 125, ir: 100, co: 2000, di: 64 },
      forbidden: nowhere,
      ranges: nowhere,
      order: "sorted",
      oneRequestPerTag: false,
      maxBlocksPerBurst: Infinity,
      splitOn: [2, 3],
    } as const;
    const overTcp = planLimits(limits, { carrier: "tcp" });
    const onLine = planLimits(limits, { carrier: "rtu", turnaround: 20 });

    assert.equal(overTcp.tables.hr.maxGap, 32);
    assert.equal(overTcp.tables.co.maxGap, 512);
    assert.equal(overTcp.tables.di.maxBlock, 64);
    assert.equal(overTcp.tables.hr.ranges, undefined);
    assert.equal(onLine.tables.ir.maxGap, 20);
    const maxGap = { hr: 4, ir: undefined, co: 8, di: undefined };
    const asSaid = planLimits({ ...limits, maxGap }, { carrier: "tcp" }).tables;
    assert.deepEqual([asSaid.hr.maxGap, asSaid.ir.maxGap, asSaid.co.maxGap], [4, 32, 8]);
  });

  it("plans 50 000 tags", () => {
    const tags = Array.from({ length: 50_000 }, (_, index): Partial<Tag> => ({
      start: (index * 7919) % 50_000,
    }));
    assert.equal(planned(tags).length, 400);
  });
});

const group = (
  name: string,
  intervalMs: number,
  starts: readonly number[],
  first: number,
): GroupTags => ({
  name,
  intervalMs,
  tags: plannedTags(at(...starts)).map((tag) => ({ ...tag, index: tag.index + first })),
});

/** All tags lie in the block, it is short enough, and what no tag uses is not closed. */
function checkBlock(
  { table, start, length, tags }: PlannedBlock,
  limits: { readonly maxBlock: number; readonly forbidden: readonly (readonly [number, number])[] },
): void {
  assert.ok(length <= limits.maxBlock);
  const used = new Set<number>();
  for (const { tag } of tags) {
    assert.equal(tag.table, table);
    assert.ok(tag.start >= start && tag.start + tag.length <= start + length);
    for (let own = tag.start; own < tag.start + tag.length; own += 1) used.add(own);
  }
  for (let address = start; address < start + length; address += 1) {
    const isClosed = limits.forbidden.some(([first, last]) => address >= first && address <= last);
    assert.ok(used.has(address) || !isClosed, `${address} is read for nothing`);
  }
}

describe("any plan", () => {
  it("reads every tag once, whole, within all limits, and nothing that is closed", () => {
    const spans = fc
      .array(fc.tuple(fc.nat(300), fc.nat(5)), { maxLength: 8 })
      .map((pairs) => pairs.map(([first, more]) => [first, first + more] as const));
    const input = fc.record({
      tags: fc.array(
        fc.record({
          start: fc.nat(300),
          length: fc.integer({ min: 1, max: 9 }),
          table: fc.constantFrom("hr", "ir"),
        }),
        { maxLength: 80 },
      ),
      maxBlock: fc.integer({ min: 9, max: 125 }),
      maxGap: fc.nat(20),
      forbidden: spans,
    });
    fc.assert(
      fc.property(input, ({ tags, ...limits }) => {
        const all = plannedTags(tags.map((tag) => ({ ...tag, type: "bytes" })));

        const blocks = planBlocks(all, makeLimits(limits), NOTHING_LEARNED);

        const read = blocks.flatMap((block) => block.tags.map(({ index }) => index));
        assert.deepEqual(
          read.toSorted((a, b) => a - b),
          all.map(({ index }) => index),
        );
        for (const block of blocks) checkBlock(block, limits);
      }),
    );
  });
});

describe("a slower group", () => {
  it("rides along in the blocks of a faster one and is looked at in every k-th pass", () => {
    const groups = [group("slow", 5000, [1, 50], 10), group("fast", 1000, [0, 2], 0)];

    const [slow, fast] = planDevice(groups, makeLimits({}), NOTHING_LEARNED);

    assert.deepEqual(fast?.blocks.map(shownBlock), ["hr 0+3: 0 10 1"]);
    assert.deepEqual(
      fast?.blocks[0]?.tags.map(({ every }) => every),
      [1, 5, 1],
    );
    assert.deepEqual(slow?.blocks.map(shownBlock), ["hr 50+1: 11"]);
    assert.equal(fast?.tags.length, 3);
  });

  it("is asked for in every k-th pass when a new plan leaves it alone in a block", () => {
    const riders = plannedTags(at(9)).map((tag) => ({ ...tag, every: 5 }));

    assert.equal(planBlocks(riders, makeLimits({}), NOTHING_LEARNED)[0]?.every, 5);
  });
});

describe("time on the wire", () => {
  const line: BusConfig = {
    baud: 9600,
    dataBits: 8,
    parity: "even",
    stopBits: 1,
    turnaroundMs: 0,
  };

  it("is 0.31 s for 125 registers at 9600 8E1", () => {
    assert.equal(Math.round(blockMs(line, { table: "hr", length: 125 }) / 10), 31);
    assert.equal(Math.round(blockMs(line, { table: "co", length: 16 }) / 10), 3);
  });

  it("has a fixed silence above 19 200 baud", () => {
    const fast = { ...line, baud: 115_200, turnaroundMs: 5 };
    assert.ok(Math.abs(blockMs(fast, { table: "hr", length: 1 }) - (15 * 11) / 115.2 - 8.5) < 1e-9);
  });

  it("adds up to the load of the line and the requests in a second", () => {
    const blocks = [
      { table: "hr", length: 125 } as const,
      { table: "hr", length: 125, every: 5 } as const,
    ];
    const groups = [{ intervalMs: 500, blocks }];

    assert.equal(requestsPerSecond(groups), 2.4);
    assert.equal(Math.round(busLoad(line, groups) * 100), 74);
  });
});
