/** Whether the disk is slow, and how it is told. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { COMMIT_BOUNDS, CommitWatch } from "../../../../hub/src/broker/store/commit-times.ts";
import { openStore, session, settled, storeFile } from "../../../support/store-records.ts";

const writer = new URL("../../../support/slow-store-writer.ts", import.meta.url);

describe("a disk", () => {
  it("is slow when more than one batch of a hundred took longer than 250 ms in ten seconds", () => {
    const { watch, pass, said } = watched();
    for (let batch = 0; batch < 97; batch += 1) write(watch, 2);
    for (let batch = 0; batch < 3; batch += 1) write(watch, 251);
    assert.equal(watch.isSlow, false);

    pass(10_000);
    write(watch, 2);

    assert.equal(watch.isSlow, true);
    assert.deepEqual(said, ["warn"]);
  });

  it("is not slow for one long flush among many, nor for a few batches", () => {
    const { watch, pass, said } = watched();
    for (let batch = 0; batch < 99; batch += 1) write(watch, 2);
    write(watch, 900);
    pass(10_000);
    for (let batch = 0; batch < 4; batch += 1) write(watch, 900);
    pass(10_000);
    write(watch, 2);

    assert.equal(watch.isSlow, false);
    assert.deepEqual(said, []);
  });

  it("is slow when the few batches that it gets done took half of ten seconds", () => {
    const { watch, pass } = watched();
    for (let batch = 0; batch < 3; batch += 1) {
      pass(3000);
      write(watch, 3000);
    }
    assert.equal(watch.isSlow, false);

    pass(3000);
    write(watch, 3000);

    assert.equal(watch.isSlow, true);
  });

  it("is no longer slow when it was quick for ten seconds, or nothing was written", () => {
    const { watch, pass, said } = watched();
    for (const ms of [300, 2]) {
      for (let batch = 0; batch < 5; batch += 1) write(watch, ms);
      pass(10_000);
    }
    write(watch, 2);
    assert.equal(watch.isSlow, false);
    assert.deepEqual(said, ["warn", "info"]);
    for (let batch = 0; batch < 5; batch += 1) write(watch, 300);
    pass(10_000);
    write(watch, 2);
    assert.equal(watch.isSlow, true);

    pass(20_000);

    assert.equal(watch.isSlow, false);
  });

  it("is slow while a batch is stuck", () => {
    const { watch, pass } = watched();
    watch.begun();
    pass(5001);
    assert.equal(watch.isSlow, true);

    watch.ended(5001);

    assert.equal(watch.isSlow, false);
  });

  it("is timed where it is written to", async (t) => {
    const { store } = await openStore(t, storeFile(t), { writer });
    for (const client of ["a", "b", "c"]) {
      store.saveSession(session(client));
      assert.equal(await settled(store), true);
    }

    const { took } = store.commits ?? assert.fail("it is on disk");

    assert.equal(took.count, 3);
    assert.ok(took.seconds >= 3 * 0.055, String(took.seconds));
    assert.equal(took.buckets[COMMIT_BOUNDS.indexOf(0.05)], 0);
  });
});

function watched() {
  let now = 1000;
  const said: string[] = [];
  const say = (level: string) => (): void => void said.push(level);
  const log = { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
  const watch = new CommitWatch(log, () => now);
  const pass = (ms: number): void => {
    now += ms;
  };
  return { watch, pass, said };
}

function write(watch: CommitWatch, ms: number): void {
  watch.begun();
  watch.ended(ms);
}
