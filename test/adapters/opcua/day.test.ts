/** A day of simulated time with troubles by chance; `OPCUA_HOURS` and `OPCUA_SEED` ask for more, or for others. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { warped } from "../../support/warped-clock.ts";
import { TIMES } from "../../../adapters/opcua/src/recover/recovery.ts";
import { collectedHeapBytes } from "../../support/heap.ts";
import { OpcUaStorm } from "../../support/opcua-storm.ts";
import { openTroubledLab } from "../../support/opcua-weather.ts";

const HOURS = Number(process.env["OPCUA_HOURS"] ?? 24);
const SEED = Number(process.env["OPCUA_SEED"] ?? 1);
const NAMES = Array.from({ length: 8 }, (_, index) => `N${index}`);

it(
  `a day with troubles by chance has no wrong value and no silent one, seed ${SEED}`,
  { timeout: 36_000_000 },
  async (t) => {
    const groups = { fast: { interval: "5s", sampling: "0ms", queue: 1000 } };
    // The server is asked how it is every 10 s, not 2: a day of simulated time is long enough.
    const times = { ...TIMES, watch: { everyMs: 10_000, withinMs: 2_000 } };
    const tuning = { times, keepAliveMs: 5_000, maxItems: 5_000 };
    await using plant = await openTroubledLab({ names: NAMES, more: { groups }, tuning });
    const storm = new OpcUaStorm(plant, NAMES, SEED);
    const { truth } = storm;
    await storm.blow(1);
    const before = collectedHeapBytes();

    await storm.blow(HOURS - 1);
    await storm.end();

    const grown = (collectedHeapBytes() - before) / 1_048_576;
    const { run } = plant;
    const counted = ["connections", "resumed", "transferred", "recreated", "gaps"].map(
      (name) => `${name} ${run.counter(name)}`,
    );
    t.diagnostic(
      `${storm.troubles.length} troubles: ${counted.join(", ")}; ${truth.number} values`,
    );
    assert.deepEqual(truth.wrong, []);
    assert.deepEqual(storm.unwell, []);
    assert.ok(truth.mostGaps <= run.counter("gaps"), `${truth.mostGaps} gaps`);
    assert.ok(storm.troubles.length >= HOURS);
    assert.ok(grown < 5, `${grown.toFixed(1)} MB more`);
    assert.ok(warped.nowMs >= HOURS * 3_600_000);
  },
);
