/** The counts beside the pages in the navigation. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { badgeOf, parseAttention } from "../../uns-browser/lib/badges.ts";

describe("the counts in the navigation", () => {
  it("say what is wrong and what is waited for, and nothing where nothing is", () => {
    const counts = { nodes: 2, devices: 0, waiting: 1, problems: 0 };

    assert.deepEqual(badgeOf("nodes", counts), { count: 2, word: "not online", kind: "bad" });
    assert.equal(badgeOf("adapters", counts), null);
    assert.equal(badgeOf("commands", counts)?.kind, "waiting");
    assert.equal(badgeOf("audit", counts), null);
  });

  it("are read from an answer that has both, and from no other", () => {
    assert.deepEqual(parseAttention({ nodes: 1, devices: 3 }), { nodes: 1, devices: 3 });
    for (const strange of [null, 7, {}, { nodes: 1 }, { nodes: "1", devices: 2 }])
      assert.equal(parseAttention(strange), null);
  });
});
