/** Numbers of commands, over runs of the hub. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { CommandNumbers } from "../../../hub/src/command/index.ts";
import { openNumberFile } from "../../../hub/src/number-file.ts";
import { tempDir } from "../../support/hub.ts";
import { SILENT_LOG } from "../../support/silent-log.ts";

/** What a run of the hub gives, on the same disk as the others. */
function openRuns(t: TestContext) {
  const path = join(tempDir(t), "command-number");
  const run = (): CommandNumbers =>
    new CommandNumbers({ file: openNumberFile(path, () => true), log: SILENT_LOG });
  return { path, run };
}

function given(numbers: CommandNumbers, count: number): readonly number[] {
  return Array.from({ length: count }, () => numbers.next());
}

describe("the numbers of commands", () => {
  it("count from 1, and are given once, however a run ends", (t) => {
    const { run } = openRuns(t);
    const first = run();

    const all = [...given(first, 1500), ...given(run(), 1500), ...given(run(), 1)];

    assert.deepEqual(all.slice(0, 1500), given(new CommandNumbers(), 1500));
    assert.equal(new Set(all).size, all.length);
  });

  it("are known to be of an earlier run", (t) => {
    const { run } = openRuns(t);
    const [last = 0] = given(run(), 1500).slice(-1);

    const next = run();

    assert.ok(next.before >= last && next.next() > next.before);
  });

  it("go on when the disk takes nothing", (t) => {
    const { path, run } = openRuns(t);
    mkdirSync(`${path}.new`); // no file can be written there

    assert.deepEqual(given(run(), 3), [1, 2, 3]);
  });
});
