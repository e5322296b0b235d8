/** What the same batch makes superfluous never reaches the disk. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CODE, collectRemovals, eachEntry } from "../../../../hub/src/broker/store/batch-format.ts";
import { Batch } from "../../../../hub/src/broker/store/batch.ts";
import { message, session, to } from "../../../support/store-records.ts";

const NUMBERS = new Map([
  ["a", 1],
  ["b", 2],
]);

function codesOf(batch: Batch): readonly number[] {
  const codes: number[] = [];
  eachEntry(batch.finish(), (code) => codes.push(code));
  return codes.filter((code) => code !== CODE.skip);
}

describe("an open batch", () => {
  it("is empty again when all that was enqueued was dequeued", () => {
    const batch = new Batch();
    for (const row of [1, 2, 3]) batch.enqueue(message(row), [to("a"), to("b")], NUMBERS);

    for (const row of [2, 1, 3]) {
      batch.dequeue(2, row);
      batch.dequeue(1, row);
    }

    assert.equal(batch.isEmpty, true);
    assert.deepEqual(codesOf(batch), []);
  });

  it("keeps the message while one receiver still waits for it", () => {
    const batch = new Batch();
    batch.enqueue(message(1), [to("a", { identifiers: [5, 6] }), to("b")], NUMBERS);

    batch.dequeue(2, 1);

    assert.deepEqual(codesOf(batch), [CODE.enqueue]);
  });

  it("passes on what it cannot strike out", () => {
    const batch = new Batch();
    batch.enqueue(message(5), [to("a")], NUMBERS);

    batch.dequeue(1, 4);
    batch.dequeue(2, 5);

    assert.deepEqual(codesOf(batch), [CODE.enqueue, CODE.dequeue, CODE.dequeue]);
  });

  it("keeps only the last retained message of a topic, and one sent row per session", () => {
    const batch = new Batch();
    for (const row of [1, 2, 3]) {
      batch.retained(message(row, { topic: "t" }));
      batch.sentRow(1, row);
    }

    assert.deepEqual(codesOf(batch), [CODE.retained, CODE.sentRow]);
  });

  it("can be used again after it was cleared", () => {
    const batch = new Batch();
    batch.enqueue(message(1), [to("a")], NUMBERS);
    batch.retained(message(2));
    batch.clear();

    batch.dequeue(1, 1);
    batch.retained(message(2));

    assert.deepEqual(codesOf(batch), [CODE.dequeue, CODE.retained]);
  });

  it("grows with what is put into it", () => {
    const batch = new Batch();
    for (let row = 1; row <= 100; row += 1) {
      batch.retained(message(row, { payload: new Uint8Array(100_000) }));
    }

    assert.equal(codesOf(batch).length, 100);
  });

  it("leaves its removals behind, each once", () => {
    const batch = new Batch();
    batch.session(1, session("a"));
    batch.dequeue(1, 7);
    batch.dequeue(1, 7);
    batch.enqueue(message(8), [to("a")], NUMBERS);
    batch.deleteRetained("Füller");
    const removals = new Set<string>();

    collectRemovals(batch.finish(), removals);

    const codes: number[] = [];
    eachEntry(Buffer.from([...removals].join(""), "latin1"), (code) => codes.push(code));
    assert.deepEqual(codes, [CODE.dequeue, CODE.deleteRetained]);
  });
});
