/**
 * A process that records is killed again and again, in the middle of whatever it does: what it recorded until a second
 * before is there, without a hole, and the file is whole. `UNSHUB_KILL_ROUNDS` sets how often; five times without it.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { describe, it, type TestContext } from "node:test";
import { openHistoryPlant } from "../../support/history-plant.ts";
import { tempDir } from "../../support/hub.ts";
import { seeded } from "../../support/seeded.ts";
import { SOURCE_TIME } from "../../support/sparkplug-messages.ts";

const ROUNDS = Number(process.env["UNSHUB_KILL_ROUNDS"] ?? 5);
const SEED = Number(process.env["UNSHUB_KILL_SEED"] ?? Math.floor(Math.random() * 1e9));
const CHILD = join(import.meta.dirname, "../../support/history-child.ts");
const PATH = "g/e/d/Motor/Speed";
/** Where the values of a round begin: far from those of the one before. */
const ROUND = 10_000_000;
const LOST_MS = 1000;

interface Life {
  readonly first: number;
  /** The last value that was said at least a second before the kill; `undefined`: none was. */
  readonly safe: number | undefined;
}

/** Records for a while and is killed. */
async function live(t: TestContext, file: string, first: number, forMs: number): Promise<Life> {
  const child = spawn(process.execPath, [CHILD, file, String(first), "2000"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const said: { readonly value: number; readonly at: number }[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const [value = 0, at = 0] = line.split(" ").map(Number);
    said.push({ value, at });
    if (at >= forMs) break;
  }
  const killedAt = said.at(-1)?.at ?? 0;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
  return { first, safe: said.findLast(({ at }) => at <= killedAt - LOST_MS)?.value };
}

describe("kill -9", { timeout: 300_000 }, () => {
  it(`loses at most the last second and never the file (seed ${SEED})`, async (t) => {
    const file = join(tempDir(t), "history.db");
    const random = seeded(SEED);
    const lives: Life[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one life after the other
      lives.push(await live(t, file, round * ROUND, 1200 + random() * 1500));
    }

    const database = new DatabaseSync(file, { readOnly: true });
    const check = database.prepare("PRAGMA integrity_check").get();
    database.close();
    const plant = await openHistoryPlant(t, { file });
    const kept = await Promise.all(lives.map(({ first }) => valuesFrom(plant, first)));

    assert.deepEqual(Object.values(check ?? {}), ["ok"]);
    assert.equal(plant.logged.filter(({ level }) => level === "error").length, 0);
    for (const [round, { first, safe }] of lives.entries()) {
      const values = kept[round] ?? [];
      assert.deepEqual(
        values,
        Array.from(values, (_, at) => first + at),
        `a hole in round ${round}`,
      );
      assert.ok((values.at(-1) ?? 0) >= (safe ?? 0), `round ${round}: ${values.at(-1)} of ${safe}`);
    }
    assert.ok(lives.filter(({ safe }) => safe !== undefined).length >= ROUNDS / 2);
  });
});

/** All values of a round, page by page. */
async function valuesFrom(
  { reader }: Awaited<ReturnType<typeof openHistoryPlant>>,
  first: number,
): Promise<readonly unknown[]> {
  const range = { since: SOURCE_TIME + first, until: SOURCE_TIME + first + ROUND / 2 };
  const values: unknown[] = [];
  let after: number | undefined;
  for (let more = true; more;) {
    // oxlint-disable-next-line no-await-in-loop -- page by page
    const page = await reader.values(PATH, { ...range, limit: 10_000, after });
    values.push(...(page?.values ?? []).filter(({ isGap }) => !isGap).map(({ value }) => value));
    after = page?.values.at(-1)?.time;
    more = page?.more === true;
  }
  return values;
}
