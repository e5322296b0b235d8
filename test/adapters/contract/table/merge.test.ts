import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mergeTags, type MergeMode } from "../../../../adapters/contract/src/table/merge.ts";

const HERE = [
  { name: "A", at: "hr:1", unit: "bar" },
  { name: "B", at: "hr:2" },
];
const FILE = [
  { name: "C", at: "hr:3" },
  { name: "A", at: "hr:9", description: "new" },
  { name: "B", at: "hr:2" },
];

const after = (mode: MergeMode): readonly unknown[] => mergeTags(HERE, FILE, mode).tags;

describe("tags that meet those of a file", () => {
  it("create adds new ones and leaves the others", () => {
    assert.deepEqual(after("create"), [...HERE, FILE[0]]);
  });

  it("delete removes those that the file names", () => {
    assert.deepEqual(after("delete"), []);
    assert.deepEqual(mergeTags(HERE, [{ name: "B" }], "delete").tags, [HERE[0]]);
  });

  it("overwrite makes them as the file says", () => {
    assert.deepEqual(after("overwrite"), [FILE[1], HERE[1], FILE[0]]);
  });

  it("merge-safe adds only the keys that are not there", () => {
    assert.deepEqual(after("merge-safe"), [
      { name: "A", at: "hr:1", unit: "bar", description: "new" },
      HERE[1],
      FILE[0],
    ]);
  });

  it("merge-overwrite takes every key that the file gives and keeps the rest", () => {
    assert.deepEqual(after("merge-overwrite"), [
      { name: "A", at: "hr:9", unit: "bar", description: "new" },
      HERE[1],
      FILE[0],
    ]);
  });

  it("says what happened to each one", () => {
    const { created, changed, deleted, untouched } = mergeTags(HERE, FILE, "overwrite");

    assert.deepEqual(
      { created, changed, deleted, untouched },
      { created: ["C"], changed: ["A"], deleted: [], untouched: ["B"] },
    );
    assert.deepEqual(mergeTags(HERE, [{ name: "X" }], "delete").untouched, ["X"]);
  });
});
