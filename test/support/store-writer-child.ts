/**
 * A process that fills a store until it is killed: batch after batch, each message for two sessions, and says on stdout
 * which row is the last that was reported durable. `node store-writer-child.ts <file> <durability>`
 */
import { openSqliteStore } from "../../hub/src/broker/store/sqlite-store.ts";
import { SILENT_LOG } from "./silent-log.ts";
import { message, session, to } from "./store-records.ts";

const [, , file = "", durability] = process.argv;
const { store, state } = await openSqliteStore({
  file,
  durability: durability === "power" ? "power" : "process",
  log: SILENT_LOG,
});
/** As a client with a window: no more than so many messages wait for their acknowledgement. */
const WINDOW = 500;
let row = state.lastRow;
let durable = row;
for (const name of ["a", "b"]) store.saveSession(session(name));
const lastRows = new Map<number, number>();

store.onSettled = () => {
  for (const [batch, last] of lastRows) {
    if (batch > store.settledBatch) break;
    lastRows.delete(batch);
    if (store.hasFailed(batch)) throw new Error("a batch failed");
    durable = last;
    process.stdout.write(`${last}\n`);
  }
};

function turn(): void {
  const payload = new Uint8Array(1 + ((row * 37) % 3000));
  for (let count = 1 + (row % 40); count > 0 && row - durable < WINDOW; count -= 1) {
    row += 1;
    store.enqueue(message(row, { payload }), [to("a"), to("b")]);
    store.saveRetained(message(row, { topic: `t/${row % 10}` }));
    lastRows.set(store.openBatch, row);
    store.hurry();
  }
  setImmediate(turn);
}
turn();
