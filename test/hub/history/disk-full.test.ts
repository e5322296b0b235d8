/** A real disk that is really full: a small file system in memory, where the machine lets us mount one. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { openHistoryPlant } from "../../support/history-plant.ts";
import { dbirth, nbirth, SOURCE_TIME as T, speed } from "../../support/sparkplug-messages.ts";

const DISK_BYTES = 12 * 1024 * 1024;

/** The folder of a disk of its own; `undefined` when this machine does not let us. */
function smallDisk(t: TestContext): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "unshub-disk-"));
  let isMounted = false;
  t.after(() => {
    if (isMounted) execFileSync("umount", ["-l", folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  try {
    const size = `size=${DISK_BYTES}`;
    execFileSync("mount", ["-t", "tmpfs", "-o", size, "tmpfs", folder], { stdio: "ignore" });
    isMounted = true;
  } catch {
    return undefined;
  }
  return folder;
}

describe("a disk that is full", { timeout: 180_000 }, () => {
  it("stops the history, and nothing else; it goes on when there is room again", async (t) => {
    const disk = smallDisk(t);
    if (disk === undefined) return t.skip("no file system can be mounted here");
    const config = "  minFreeDisk: 0B\n";
    const plant = await openHistoryPlant(t, { file: join(disk, "history.db"), config });
    const { sessions, history, logs, logged, lines, tree } = plant;
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    const before = await lines("g/e/d/ok");
    const ballast = join(disk, "ballast");
    fill(ballast);

    let turn = 0;
    const say = (): void => {
      for (const end = turn + 20_000; turn < end; turn += 1) {
        const value = Math.trunc(Math.sin(turn) * 1e9);
        sessions.apply(speed(value, (turn + 2) % 256, { timestamp: T + turn }));
      }
    };
    while (history.state().recording) {
      say();
      // oxlint-disable-next-line no-await-in-loop -- each is written or refused before the next
      await lines("g/e/d/ok");
    }
    const stopped = history.state();
    rmSync(ballast);
    while (!history.state().recording) {
      say();
      // oxlint-disable-next-line no-await-in-loop -- likewise
      await lines("g/e/d/ok");
    }
    await logs(/the history is recorded again/);

    assert.match(stopped.because ?? "", /full|space/);
    assert.deepEqual((await lines("g/e/d/ok")).slice(0, 1), before);
    assert.deepEqual(
      logged.map(({ message }) => message),
      ["the history is not recorded", "the history is recorded again"],
    );
    assert.equal(tree.metric(tree.find("g/e/d/Motor/Speed") ?? 0)?.quality, "good");
    const { gaps, days } = await plant.reader.completeness(0, 1e6);
    assert.deepEqual(
      gaps.map(({ cause }) => cause),
      ["disk full"],
    );
    const dropped = days.reduce((sum, { counts }) => sum + counts.dropped, 0); // midnight may be between them
    assert.ok(dropped >= 20_000, JSON.stringify(days));
    return undefined;
  });
});

/** Takes all room that there is, to the last page. */
function fill(file: string): void {
  try {
    for (let size = 65_536; size >= 512; size /= 2) append(file, size);
  } catch (error) {
    assert.ok(error instanceof Error && "code" in error && error.code === "ENOSPC");
  }
}

function append(file: string, size: number): void {
  for (;;) writeFileSync(file, new Uint8Array(size), { flag: "a" });
}
