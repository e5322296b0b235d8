import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RebirthShield } from "../../../../hub/src/namespace/aware/rebirth-shield.ts";

const NODE = { groupId: "g", edgeNodeId: "e" };
const BY = { clientId: "scada", hostId: undefined, cause: undefined };

describe("the rebirth shield's memory", () => {
  it("keeps the 1000 pairs that were heard last", () => {
    const shield = new RebirthShield(5000);

    for (let at = 0; at < 1002; at += 1)
      shield.passes({ ...NODE, edgeNodeId: `e${at}` }, BY, { at, isAlone: true });

    const { askings, counts } = shield;
    assert.deepEqual([askings.length, counts.passed], [1000, 1002]);
    assert.deepEqual([askings[0]?.edgeNode, askings.at(-1)?.edgeNode], ["g/e2", "g/e1001"]);
  });

  it("lets requests pass when it has no room for more edge nodes", () => {
    const shield = new RebirthShield(5000);
    for (let node = 0; node < 20_000; node += 1)
      shield.passes({ ...NODE, edgeNodeId: `e${node}` }, BY, { at: 0, isAlone: true });

    const ask = (at: number): boolean => shield.passes(NODE, BY, { at, isAlone: true });

    assert.deepEqual([ask(1), ask(2)], [true, true]);
    assert.deepEqual([ask(5000), ask(5001)], [true, false]);
  });

  it("counts for each of 20 000 edge nodes, and for all others together", () => {
    const shield = new RebirthShield(undefined);
    for (let node = 0; node < 20_001; node += 1)
      shield.passes({ ...NODE, edgeNodeId: `e${node}` }, BY, { at: 0, isAlone: true });
    shield.passes({ ...NODE, edgeNodeId: "e0" }, BY, { at: 1, isAlone: true });

    const { counts, countsByNode } = shield;
    assert.deepEqual([counts.passed, countsByNode.size], [20_002, 20_000]);
    assert.deepEqual(countsByNode.get("g/e0"), { passed: 2, held: 0 });
  });

  it("waits for one answer within the window, and for another one after it", () => {
    const shield = new RebirthShield(100);

    const passed = [0, 50, 99, 100, 199, 200].map((at) =>
      shield.passes(NODE, BY, { at, isAlone: true }),
    );

    assert.deepEqual(passed, [true, false, false, true, false, true]);
    assert.partialDeepStrictEqual(shield.askings, [{ passed: 3, held: 3, lastAt: 200 }]);
  });

  it("holds nothing back while it is off", () => {
    const shield = new RebirthShield(undefined);

    assert.deepEqual(
      [1, 2].map((at) => shield.passes(NODE, BY, { at, isAlone: true })),
      [true, true],
    );
  });
});
