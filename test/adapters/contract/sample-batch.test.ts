import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SampleBatchBuilder } from "@unshub/adapter";
import { BAD, GOOD, type SampleBatch } from "@unshub/sparkplug";

const T = 1_700_000_000_000;

function numbersOf({ count, numbers }: SampleBatch): readonly number[] {
  return [...numbers.subarray(0, count)];
}

function filled(builder: SampleBatchBuilder, first: number, rows: number): SampleBatch {
  for (let row = 0; row < rows; row += 1) builder.add(row, first + row, GOOD, T);
  return builder.take();
}

describe("a batch of samples", () => {
  it("has the rows that were added, in their order, and nothing of the batch before", () => {
    const builder = new SampleBatchBuilder(2);
    builder.addOther(7, null, { quality: BAD, at: T, why: { reason: "timeout" } });
    builder.giveBack(builder.take());

    const batch = filled(builder, 10, 5);

    assert.deepEqual(numbersOf(batch), [10, 11, 12, 13, 14]);
    assert.deepEqual([...batch.metrics.subarray(0, 5)], [0, 1, 2, 3, 4]);
    assert.equal(batch.others, undefined);
    assert.equal(batch.reasons, undefined);
  });

  it("keeps its columns to itself until they are given back", () => {
    const builders = Array.from({ length: 12 }, () => new SampleBatchBuilder(3));
    for (let round = 0; round < 5; round += 1) {
      const batches = builders.map((builder, index) => filled(builder, 100 * index, 3 + index));
      for (const [index, batch] of batches.entries()) {
        const first = 100 * index;
        const expected = Array.from({ length: 3 + index }, (_, row) => first + row);
        assert.deepEqual(numbersOf(batch), expected);
      }
      for (const [index, batch] of batches.entries()) builders[index]?.giveBack(batch);
    }
  });

  it("that is given back twice is lent once", () => {
    const builder = new SampleBatchBuilder(2);
    const batch = filled(builder, 0, 2);
    builder.giveBack(batch);
    builder.giveBack(batch);

    const first = filled(new SampleBatchBuilder(2), 10, 2);
    const second = filled(new SampleBatchBuilder(2), 20, 2);

    assert.deepEqual(numbersOf(first), [10, 11]);
    assert.deepEqual(numbersOf(second), [20, 21]);
  });

  it("that is longer than the columns it was lent lets them grow", () => {
    const short = new SampleBatchBuilder(1);
    for (let round = 0; round < 6; round += 1) short.giveBack(filled(short, 0, 1));

    const long = filled(new SampleBatchBuilder(1), 0, 1000);

    assert.deepEqual(
      numbersOf(long),
      Array.from({ length: 1000 }, (_, row) => row),
    );
  });

  it("without a row gives nothing back", () => {
    const empty = new SampleBatchBuilder();
    for (let round = 0; round < 6; round += 1) empty.giveBack(empty.take());

    assert.deepEqual(numbersOf(filled(empty, 5, 2)), [5, 6]);
  });

  it("marks rows that are older than what was said, in as many rows as there come to be", () => {
    const builder = new SampleBatchBuilder(1);
    builder.markHistorical(builder.add(0, 1, GOOD, T));
    for (let row = 0; row < 300; row += 1) builder.add(0, row, GOOD, T);
    builder.markHistorical(builder.add(0, 2, GOOD, T));

    const batch = builder.take();

    assert.equal(batch.historical?.[0], 1);
    assert.equal(batch.historical?.[1], 0);
    assert.equal(batch.historical?.[301], 1);
  });
});
