/** The writer thread of the store, on a disk that takes a while for each commit. */
import { DatabaseSync } from "node:sqlite";

const COMMIT_MS = 60;

const sleeping = new Int32Array(new SharedArrayBuffer(4));
// oxlint-disable-next-line typescript/unbound-method -- it is given its database below
const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function slowly(this: DatabaseSync, sql: string): void {
  if (sql === "COMMIT") Atomics.wait(sleeping, 0, 0, COMMIT_MS);
  exec.call(this, sql);
};
await import("../../hub/src/broker/store/writer-worker.ts");
