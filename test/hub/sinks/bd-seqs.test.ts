import assert from "node:assert/strict";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { BdSeqs } from "../../../hub/src/sinks/link/bd-seqs.ts";
import { tempDir } from "../../support/hub.ts";

function opened(file: string, most?: number): BdSeqs {
  const bdSeqs = new BdSeqs(file, most);
  bdSeqs.read();
  return bdSeqs;
}

describe("the bdSeq of edge nodes at the other side", () => {
  it("begins with their own and goes on from there, also after a line was written in part", (t) => {
    const file = join(tempDir(t), "sinks", "far.bdseq.jsonl");
    const first = opened(file);
    const before = [first.next("Plant1/gw", 254), first.next("Plant1/gw", 9)];
    appendFileSync(file, '["Plant1/gw",');

    const second = opened(file);
    const after = [second.next("Plant1/gw", 9), second.next("Plant1/other", 7)];
    const third = opened(file);

    assert.deepEqual(
      [before, after],
      [
        [254, 255],
        [0, 7],
      ],
    );
    assert.deepEqual([third.next("Plant1/gw", 9), third.next("Plant1/other", 9)], [1, 8]);
  });

  it("takes no more room than so many edge nodes need", (t) => {
    const file = join(tempDir(t), "far.bdseq.jsonl");
    const bdSeqs = opened(file, 3);
    for (let round = 0; round < 5; round += 1)
      for (const node of ["a", "b", "c"]) bdSeqs.next(node, 0);

    bdSeqs.next("d", 0);
    const lines = readFileSync(file, "utf8").trim().split("\n").length;
    const again = opened(file, 3);

    assert.ok(lines <= 6, `${lines} lines`);
    assert.deepEqual([again.next("b", 100), again.next("a", 100)], [5, 100]);
  });
});
