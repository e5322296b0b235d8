import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { planBlocks, splitBlock, type Block } from "../../../adapters/modbus/src/blocks.ts";
import { makeTag } from "../../support/modbus-tag.ts";
import type { Tag } from "../../../adapters/modbus/src/tag.ts";

const LIMITS = { maxBlock: 120, maxGap: 24 };

const at = (start: number, fields: Partial<Tag> = {}): Tag =>
  makeTag({ name: `${fields.table ?? "hr"}${start}`, start, ...fields });

const shown = (blocks: readonly Block[]): readonly string[] =>
  blocks.map(({ table, start, length, tags }) => `${table} ${start}+${length}: ${tags.length}`);

describe("the block planner", () => {
  it("reads neighbours in one request, in whatever order they were written", () => {
    assert.deepEqual(shown(planBlocks([at(2), at(0), at(1)], LIMITS)), ["hr 0+3: 3"]);
  });

  it("reads gaps along up to maxGap", () => {
    assert.deepEqual(shown(planBlocks([at(0), at(25)], LIMITS)), ["hr 0+26: 2"]);
    assert.deepEqual(shown(planBlocks([at(0), at(26)], LIMITS)), ["hr 0+1: 1", "hr 26+1: 1"]);
    assert.deepEqual(shown(planBlocks([at(0), at(2)], { ...LIMITS, maxGap: 0 })), [
      "hr 0+1: 1",
      "hr 2+1: 1",
    ]);
  });

  it("never asks for more than maxBlock and never cuts a tag", () => {
    const tags = [at(0), at(118, { type: "int32", length: 2 })];

    assert.deepEqual(shown(planBlocks(tags, { maxBlock: 120, maxGap: 125 })), ["hr 0+120: 2"]);
    assert.deepEqual(shown(planBlocks(tags, { maxBlock: 119, maxGap: 125 })), [
      "hr 0+1: 1",
      "hr 118+2: 1",
    ]);
  });

  it("keeps tables apart", () => {
    const tags = [at(0), at(1, { table: "ir" }), at(2, { table: "co" }), at(3, { table: "di" })];

    assert.deepEqual(shown(planBlocks(tags, LIMITS)), [
      "co 2+1: 1",
      "di 3+1: 1",
      "hr 0+1: 1",
      "ir 1+1: 1",
    ]);
  });

  it("counts 16 bits as one register", () => {
    const tags = [at(0, { table: "co" }), at(384, { table: "co" }), at(2000, { table: "co" })];

    assert.deepEqual(shown(planBlocks(tags, LIMITS)), ["co 0+385: 2", "co 2000+1: 1"]);
  });

  it("lets tags overlap", () => {
    const tags = [at(0, { type: "int32", length: 2 }), at(0), at(1)];

    assert.deepEqual(shown(planBlocks(tags, LIMITS)), ["hr 0+2: 3"]);
  });

  it("leaves out what is only written", () => {
    assert.deepEqual(shown(planBlocks([at(0), at(1, { access: "w" })], LIMITS)), ["hr 0+1: 1"]);
  });

  it("splits a refused block at its gaps first", () => {
    const [block] = planBlocks([at(0), at(1), at(5), at(6)], LIMITS);

    assert.deepEqual(shown(block === undefined ? [] : splitBlock(block)), [
      "hr 0+2: 2",
      "hr 5+2: 2",
    ]);
  });

  it("splits a refused block without gaps in the middle, and a single tag not at all", () => {
    const [block] = planBlocks([at(0), at(1), at(2)], LIMITS);
    const [single] = planBlocks([at(0)], LIMITS);

    assert.deepEqual(shown(block === undefined ? [] : splitBlock(block)), [
      "hr 0+2: 2",
      "hr 2+1: 1",
    ]);
    assert.deepEqual(single === undefined ? [] : splitBlock(single), []);
  });

  it("splits tags of one and the same register", () => {
    const [block] = planBlocks([at(3, { bit: 0 }), at(3, { bit: 1 })], LIMITS);

    assert.deepEqual(shown(block === undefined ? [] : splitBlock(block)), [
      "hr 3+1: 1",
      "hr 3+1: 1",
    ]);
  });

  it("plans 50 000 tags without effort", () => {
    const tags = Array.from({ length: 50_000 }, (_, start) => at(start));

    assert.equal(planBlocks(tags, LIMITS).length, Math.ceil(50_000 / 120));
  });
});
