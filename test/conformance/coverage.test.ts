import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { missing, readCoverage } from "../../scripts/conformance.ts";

describe("the coverage of Sparkplug 3.0", () => {
  it("counts every one of the 299 testable statements once", async () => {
    const { proved, markedOnly, open } = await readCoverage();
    const ids = [...proved, ...markedOnly, ...open].map(({ id }) => id);
    assert.equal(ids.length, 299);
    assert.equal(new Set(ids).size, 299);
  });

  it("has a proof for everything an edge node or host can be tested for", async () => {
    assert.deepEqual(missing(await readCoverage()), []);
  });

  it("cites no id that the standard does not have", async () => {
    const { unknown } = await readCoverage();
    assert.deepEqual(unknown, []);
  });
});
