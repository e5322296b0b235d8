/** P1: what the store reported as durable is there after `kill -9`, at whatever moment. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, it } from "node:test";
import { openStore, rowsOf, storeFile } from "../../../support/store-records.ts";

const CHILD = fileURLToPath(new URL("../../../support/store-writer-child.ts", import.meta.url));
const ROUNDS = 10;

/** Runs the child until it has reported so many times, kills it, and gives the last row it reported. */
async function killAfter(reports: number, file: string, durability: string): Promise<number> {
  const child = spawn(process.execPath, [CHILD, file, durability], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  let last = 0;
  let left = reports;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    left -= 1;
    if (left === 0) child.kill("SIGKILL");
  }
  const [, signal] = await exited;
  assert.equal(signal, "SIGKILL");
  return last;
}

describe("a store whose process is killed while it writes", () => {
  for (const durability of ["power", "process"]) {
    it(`has all that was reported durable, and nothing with a gap (durability ${durability})`, async (t) => {
      const file = storeFile(t);
      for (let round = 0; round < ROUNDS / 2; round += 1) {
        const reported = await killAfter(1 + Math.floor(Math.random() * 60), file, durability);

        const { store, state, damage } = await openStore(t, file);

        assert.equal(damage, undefined);
        assert.ok(state.lastRow >= reported, `${state.lastRow} rows, reported ${reported}`);
        const rows = await rowsOf(store, "a");
        assert.equal(rows.length, state.lastRow);
        assert.ok(rows.every((row, at) => row === at + 1));
        assert.deepEqual(await rowsOf(store, "b"), rows);
        const newest = state.retained.map((kept) => kept.row).toSorted((a, b) => b - a);
        assert.equal(newest[0], state.lastRow);
        await store.close();
      }
    });
  }
});
