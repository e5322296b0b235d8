/** What leaves a queue in one batch, together or one by one: the same is left in any case. */
import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { Batch } from "../../../../hub/src/broker/store/batch.ts";
import { openFile } from "../../../../hub/src/broker/store/open-file.ts";
import { StoreWriter } from "../../../../hub/src/broker/store/store-writer.ts";
import { message, session, storeFile, to } from "../../../support/store-records.ts";

const NUMBERS = new Map([
  ["a", 1],
  ["b", 2],
]);

/** A message of session `a`. */
interface Queued {
  /** Whether `b` has it, too. */
  readonly isShared: boolean;
  /** How often `a` takes it out: a batch that failed says it again. */
  readonly taken: number;
}

const QUEUED: fc.Arbitrary<Queued> = fc.record({
  isShared: fc.integer({ min: 0, max: 19 }).map((chance) => chance === 0),
  taken: fc.integer({ min: 0, max: 29 }).map((chance) => Math.min(chance, chance === 29 ? 2 : 1)),
});

describe("messages that leave a queue", { timeout: 180_000 }, () => {
  it("leave nothing else, whatever stays between them, is shared or was gone before", (t) => {
    const { database } = openFile({ file: storeFile(t), durability: "process", reserveBytes: 0 });
    t.after(() => database.close());
    const writer = new StoreWriter(database);
    let lastRow = 0;

    fc.assert(
      fc.property(fc.array(QUEUED, { maxLength: 60 }), (queued) => {
        const before = lastRow;
        lastRow += queued.length;
        const rows = queued.map((one, index) => ({ ...one, row: before + index + 1 }));
        writer.apply(enqueued(rows));
        writer.apply(dequeued(rows));

        const stays = rows.filter((one) => one.taken === 0).map(({ row }) => row);
        const shared = rows.filter((one) => one.isShared).map(({ row }) => row);
        const all = rows.filter((one) => one.taken === 0 || one.isShared).map(({ row }) => row);
        assert.deepEqual(queueOf(database, 1, before), stays);
        assert.deepEqual(queueOf(database, 2, before), shared);
        assert.deepEqual(messagesAfter(database, before), all);
      }),
      { numRuns: 300 },
    );
  });
});

function enqueued(rows: readonly (Queued & { readonly row: number })[]): Buffer {
  const batch = new Batch();
  for (const clientId of NUMBERS.keys())
    batch.session(NUMBERS.get(clientId) ?? 0, session(clientId));
  for (const { row, isShared } of rows)
    batch.enqueue(message(row), isShared ? [to("a"), to("b")] : [to("a")], NUMBERS);
  return Buffer.from(batch.finish());
}

function dequeued(rows: readonly (Queued & { readonly row: number })[]): Buffer {
  const batch = new Batch();
  for (const { row, taken } of rows)
    for (let time = 0; time < taken; time += 1) batch.dequeue(1, row);
  return Buffer.from(batch.finish());
}

function queueOf(database: DatabaseSync, id: number, afterRow: number): readonly number[] {
  const sql = "SELECT row FROM queue WHERE session = ? AND row > ? ORDER BY row";
  return database
    .prepare(sql)
    .all(id, afterRow)
    .map(({ row }) => Number(row));
}

function messagesAfter(database: DatabaseSync, afterRow: number): readonly number[] {
  const sql = "SELECT row FROM message WHERE row > ? ORDER BY row";
  return database
    .prepare(sql)
    .all(afterRow)
    .map(({ row }) => Number(row));
}
