/** Letters typed in the tree. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createTree } from "../../uns-browser/lib/tree.ts";
import { createTypeAhead, rowNamed } from "../../uns-browser/lib/type-ahead.ts";
import { branchRow, metricRow } from "./fake-hub.ts";

/** press-1 › (Motor › Speed, Pump, pump-2, Torque), weld. */
function plant() {
  const tree = createTree();
  tree.put([
    branchRow(1, null, "press-1"),
    branchRow(2, 1, "Motor"),
    metricRow(3, 2, "Speed"),
    metricRow(4, 1, "Pump"),
    metricRow(5, 1, "pump-2"),
    metricRow(6, 1, "Torque"),
    branchRow(7, null, "weld"),
  ]);
  tree.unfold([1, 2]);
  return tree;
}

function first(key: string, areKeys: boolean): string | null {
  return createTypeAhead(() => 0).type(key, areKeys);
}

describe("letters typed in the tree", () => {
  it("are one word when they come quickly, shortcuts in its midst included", () => {
    let now = 0;
    const typed = createTypeAhead(() => now);
    const keys = ["t", "o", "r", "-", "p", " ", "Enter"];

    const quickly = keys.map((key) => typed.type(key, true));
    now = 799;
    assert.equal(typed.isTyping(), true);
    now = 800;
    assert.equal(typed.isTyping(), false);
    const later = typed.type("w", true);

    assert.deepEqual(quickly, ["t", "to", "tor", "tor-", "tor-p", "tor-p ", null]);
    assert.equal(later, "w");
  });

  it("begin no word where they are shortcuts, except with Shift, or when those are switched off", () => {
    for (const key of "yYsrhepg") assert.equal(first(key, true), null, key);
    for (const key of "PSRHEGw7塔") assert.equal(first(key, true), key);
    for (const key of "yYpg") assert.equal(first(key, false), key);
    for (const key of [" ", "*", "/", "[", "?", "ArrowDown", "Process"])
      assert.equal(first(key, false), null, key);
  });

  it("go to the next row beside this one that begins so, around the end", () => {
    const tree = plant();
    const go = (from: number | null, word: string) => rowNamed(tree, from, word);

    assert.deepEqual([go(2, "p"), go(4, "P"), go(5, "p"), go(4, "pp")], [4, 5, 4, 5]);
    assert.deepEqual([go(4, "pu"), go(4, "pump-"), go(5, "pump")], [4, 5, 5]);
    assert.deepEqual([go(null, "w"), go(1, "w"), go(7, "press")], [7, 7, 1]);
    assert.deepEqual([go(2, "s"), go(2, "x")], [null, null]); // Speed is not beside it
  });

  it("find levels that share a row by the first and the last of them", () => {
    const tree = createTree({ isWhole: true });
    tree.put([
      branchRow(1, null, "press", { kind: "device" }),
      branchRow(2, 1, "line"),
      branchRow(3, 2, "cell"),
      metricRow(4, 3, "x"),
      branchRow(5, 1, "a"),
      metricRow(6, 5, "y"),
    ]);
    tree.unfold([1]);

    assert.deepEqual([rowNamed(tree, 5, "li"), rowNamed(tree, 5, "ce")], [3, 3]);
  });
});
