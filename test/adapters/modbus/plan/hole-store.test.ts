import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { HoleStore } from "../../../../adapters/modbus/src/plan/hole-store.ts";
import {
  NOTHING_LEARNED,
  withHole,
  withMaxBlock,
} from "../../../../adapters/modbus/src/plan/learned.ts";

const DAY_MS = 86_400_000;
const PLC = { address: "10.0.1.20:502", unit: 1, identification: "" };
const LEARNED = withMaxBlock(withHole(NOTHING_LEARNED, "hr", [7, 9]), "hr", 32);

function inDirectory(run: (directory: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const directory = mkdtempSync(join(tmpdir(), "holes-"));
    try {
      await run(directory);
    } finally {
      rmSync(directory, { recursive: true });
    }
  };
}

describe("what was learned of a device", () => {
  it(
    "is there after a restart for seven days, and for this device only",
    inDirectory(async (directory) => {
      const path = join(directory, "holes.json");
      let now = 1000;
      const first = await HoleStore.open(path, () => now);
      await Promise.all([
        first.remember(PLC, LEARNED),
        first.remember({ ...PLC, unit: 2 }, withHole(NOTHING_LEARNED, "ir", [1, 1])),
      ]);

      const second = await HoleStore.open(path, () => now);

      assert.deepEqual(second.recall(PLC), LEARNED);
      assert.deepEqual(second.recall({ ...PLC, identification: "other" }), NOTHING_LEARNED);
      assert.deepEqual(readdirSync(directory), ["holes.json"]);
      now += 7 * DAY_MS;
      assert.deepEqual(second.recall(PLC), NOTHING_LEARNED);
    }),
  );

  for (const [what, text] of [
    ["half a file", '{"version":1,"dev'],
    ["a file of another kind", '{"devices":[{"unit":"x"}]}'],
  ] as const) {
    it(
      `is learned again after ${what}`,
      inDirectory(async (directory) => {
        const path = join(directory, "holes.json");
        writeFileSync(path, text);

        const store = await HoleStore.open(path, () => 0);

        assert.deepEqual(store.recall(PLC), NOTHING_LEARNED);
        await store.remember(PLC, LEARNED);
        assert.deepEqual((await HoleStore.open(path, () => 0)).recall(PLC), LEARNED);
      }),
    );
  }
});
