/**
 * The benches `soak` and `kill` in short: the whole hub with history, plain topics, pages and commands, and afterwards a look
 * at every metric, file and line. `npm run bench -- soak` and `-- kill` do it for as long as one likes.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";

const RUN = join(import.meta.dirname, "../../bench/run.ts");
const SEED = process.env["UNSHUB_KILL_SEED"] ?? String(Math.floor(Math.random() * 1e9));
const ROUNDS = process.env["UNSHUB_KILL_ROUNDS"] ?? "3";
const NO_LINUX = !existsSync("/proc/self/stat") && "the bench reads /proc, which only Linux has";

/** What the bench said; it fails when one of its lines is not reached. */
async function bench(t: TestContext, ...args: readonly string[]): Promise<string> {
  return await new Promise((resolve, reject) => {
    const { signal } = t;
    execFile(process.execPath, [RUN, ...args], { signal }, (error, out, complaints) => {
      if (error === null) resolve(out);
      else reject(new Error(`${out}\n${complaints}`, { cause: error }));
    });
  });
}

/** The figure of a line. */
function figureOf(out: string, what: string): number {
  const line = out.split("\n").find((text) => text.includes(what)) ?? "";
  return Number(/(\d+)\s*(?:≤|$)/.exec(line.slice(line.indexOf(what) + what.length))?.[1]);
}

describe("the whole hub", { skip: NO_LINUX, concurrency: true, timeout: 300_000 }, () => {
  it("has every value in the log, as plain topic and on the pages, with everything on", async (t) => {
    const out = await bench(t, "soak", "--seconds", "5", "--rate", "3000");

    assert.equal(figureOf(out, "values sent"), 15_000);
    assert.equal(figureOf(out, "rows in the log"), 15_600);
  });

  it(`loses at most the last second when it is killed, and says so (seed ${SEED})`, async (t) => {
    const out = await bench(t, "kill", "--rounds", ROUNDS, "--seed", SEED, "--rate", "2000");

    assert.ok(figureOf(out, "values in the log") > 1000, out);
    assert.ok(figureOf(out, "lives of devices") > 0, out);
    assert.ok(figureOf(out, "plain topics retained") > 0, out);
    assert.ok(figureOf(out, "commands answered") > 0, out);
  });
});
