import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TreeRow } from "@unshub/hub/feed";
import { nextProblem } from "../../uns-browser/lib/problems.ts";
import { branchRow, metricRow } from "./fake-hub.ts";

function hub(rows: readonly TreeRow[]) {
  const answer = { epoch: "e", hits: rows.length, rows, marks: [], faults: [] };
  /** As many as the hub is asked for; it answers with 500 where nothing is said. */
  const find = (_filter: string, _signal?: AbortSignal, limit = 500) =>
    Promise.resolve({ ...answer, rows: rows.slice(0, limit) });
  return { find };
}

describe("the next metric in trouble", () => {
  const api = hub([
    branchRow(1, null, "A"),
    branchRow(2, 1, "zone 10"),
    metricRow(3, 2, "t"),
    branchRow(4, 1, "zone 2"),
    metricRow(5, 4, "a/b"),
    metricRow(6, 4, "t"),
  ]);

  it("is the one after the row that is looked at, as a person sorts, and begins anew at the end", async () => {
    const way: (string | null)[] = [];
    let at: string | null = null;
    for (let step = 0; step < 4; step += 1) {
      at = await nextProblem(api, at, 1);
      way.push(at);
    }
    const [first = null, second = null, third = null, again = null] = way;
    assert.deepEqual([first, again], ["A/zone%202/a%2Fb", first]);
    assert.deepEqual([second, third], ["A/zone%202/t", "A/zone%2010/t"]);
    assert.equal(await nextProblem(api, second, -1), first);
    assert.equal(await nextProblem(api, "A/zone%202", 1), first); // from a branch into it
  });

  it("is one of all below a gateway that is away, which may be many", async () => {
    const many = Array.from({ length: 900 }, (_, at) => metricRow(at + 2, 1, `m${at}`));
    const away = hub([branchRow(1, null, "A"), ...many]);
    assert.equal(await nextProblem(away, "A/m700", 1), "A/m701");
    assert.equal(await nextProblem(away, "A/m0", -1), "A/m899");
  });

  it("is nothing where nothing is wrong", async () => {
    assert.equal(await nextProblem(hub([]), "A", 1), null);
  });
});
