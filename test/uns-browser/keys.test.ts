import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pageAction, treeAction } from "../../uns-browser/lib/keys.ts";
import { createTree, type Tree } from "../../uns-browser/lib/tree.ts";
import { branchRow, metricRow } from "./fake-hub.ts";

/** 1 › (2 › 3, 4), 5 › nothing shown; 1 and 2 are unfolded: 1 2 3 4 5. */
function plant(): Tree {
  const tree = createTree();
  tree.put([
    branchRow(1, null, "A"),
    branchRow(2, 1, "a"),
    metricRow(3, 2, "x"),
    metricRow(4, 2, "y"),
    branchRow(5, null, "B"),
    branchRow(6, 5, "b"),
  ]);
  tree.unfold([1, 2]);
  return tree;
}

function press(key: string, selected: number | null, shift = false) {
  return treeAction({ key, shift }, { tree: plant(), selected, pageRows: 3 });
}

describe("keys in the tree", () => {
  const moves: readonly (readonly [key: string, from: number | null, to: number])[] = [
    ["ArrowDown", 1, 2],
    ["ArrowUp", 2, 1],
    ["ArrowUp", 1, 1],
    ["ArrowDown", 5, 5],
    ["PageDown", 1, 4],
    ["PageUp", 5, 2],
    ["End", 1, 5],
    ["Home", 4, 1],
    ["ArrowDown", null, 1],
    ["End", null, 5],
    ["ArrowRight", 1, 2],
    ["ArrowLeft", 3, 2],
  ];
  for (const [key, from, to] of moves) {
    it(`${key} goes from ${from} to ${to}`, () => {
      assert.deepEqual(press(key, from), { kind: "go", id: to });
    });
  }

  it("lead to the copies of a row, and from one metric in trouble to the next", () => {
    assert.deepEqual(press("Y", 3, true), { kind: "copyMenu", id: 3 });
    assert.deepEqual(press("]", null), { kind: "problem", direction: 1 });
    assert.deepEqual(press("[", 3), { kind: "problem", direction: -1 });
  });

  it("unfold and fold", () => {
    assert.deepEqual(press("ArrowRight", 5), { kind: "unfold", ids: [5] });
    assert.deepEqual(press("ArrowLeft", 2), { kind: "fold", id: 2, all: false });
    assert.deepEqual(press("ArrowLeft", 1, true), { kind: "fold", id: 1, all: true });
    assert.deepEqual(press("*", 1), { kind: "unfold", ids: [1, 5] });
    assert.deepEqual(press("Enter", 2), { kind: "fold", id: 2, all: false });
    assert.deepEqual(press("Enter", 5), { kind: "unfold", ids: [5] });
  });

  it("open and copy", () => {
    assert.deepEqual(press("Enter", 3), { kind: "metric", id: 3, tab: "overview" });
    assert.deepEqual(press("r", 3), { kind: "metric", id: 3, tab: "raw" });
    assert.deepEqual(press("r", 2), null);
    assert.deepEqual(press("s", 2), { kind: "pin", id: 2 });
    assert.deepEqual(press(" ", 3), { kind: "open", id: 3 });
    assert.deepEqual(press("y", 3), { kind: "copyPath", id: 3 });
  });

  it("take a chain of levels for the one row that it is", () => {
    const tree = createTree({ isWhole: true });
    tree.put([
      branchRow(1, null, "press", { kind: "device" }),
      branchRow(2, 1, "a"),
      branchRow(3, 2, "b"),
      metricRow(4, 3, "x"),
      branchRow(5, 1, "c"),
      metricRow(6, 5, "y"),
    ]);
    tree.unfold([1]);
    const key = (name: string, selected: number) =>
      treeAction({ key: name, shift: false }, { tree, selected, pageRows: 3 });

    assert.deepEqual(key("ArrowRight", 1), { kind: "go", id: 3 });
    assert.deepEqual(key("ArrowRight", 3), { kind: "unfold", ids: [3] });
    assert.deepEqual(key("ArrowLeft", 3), { kind: "go", id: 1 });
    assert.deepEqual(key("*", 5), { kind: "unfold", ids: [3, 5] });
    tree.unfold([3]);
    assert.deepEqual(key("ArrowDown", 1), { kind: "go", id: 3 });
    assert.deepEqual(key("ArrowLeft", 3), { kind: "fold", id: 3, all: false });
    assert.deepEqual(key("ArrowLeft", 4), { kind: "go", id: 3 });
  });

  it("do nothing where there is nothing to do", () => {
    assert.equal(press("ArrowRight", 3), null);
    assert.equal(press("ArrowLeft", 5), null);
    assert.equal(press("y", null), null);
    assert.equal(press("y", 6), null);
    assert.equal(press("constructor", 1), null);
  });

  it("do nothing in an empty tree", () => {
    const tree = createTree();

    assert.equal(
      treeAction({ key: "End", shift: false }, { tree, selected: null, pageRows: 3 }),
      null,
    );
  });
});

describe("keys of the page", () => {
  const idle = { isTyping: false, hasFilter: false, hasPast: false, hasSelection: false };

  it("are text inside a text field, except Escape", () => {
    assert.equal(pageAction("p", { ...idle, isTyping: true }), null);
    assert.equal(pageAction("/", { ...idle, isTyping: true }), null);
    assert.equal(pageAction("Escape", { ...idle, isTyping: true, hasFilter: true }), "clearFilter");
  });

  it("clear the filter first, then close the details", () => {
    assert.equal(
      pageAction("Escape", { ...idle, hasFilter: true, hasSelection: true }),
      "clearFilter",
    );
    assert.equal(pageAction("Escape", { ...idle, hasSelection: true }), "closeDetails");
    assert.equal(pageAction("Escape", idle), null);
  });

  it("filter, pause, help", () => {
    assert.deepEqual(
      ["/", "p", "?", "q"].map((key) => pageAction(key, idle)),
      ["filter", "pause", "shortcuts", null],
    );
  });
});
