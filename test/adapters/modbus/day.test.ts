/**
 * Whole adapters through a day of simulated time with troubles by chance: no wrong value that is called GOOD, nothing
 * silent that is called GOOD, births and deaths in turn, everything right again in the end, and no more memory than at
 * the beginning. `MODBUS_DAYS` asks for more days than CI has patience for.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FieldRun } from "../../support/modbus-field-run.ts";
import type { CheckedDevice } from "../../support/modbus-field-check.ts";
import { placeOf } from "../../support/modbus-live-values.ts";
import { collectedHeapBytes } from "../../support/heap.ts";
import { weather } from "../../support/modbus-weather.ts";

const DAYS = Number(process.env["MODBUS_DAYS"] ?? 1);
const FIRST_SEED = Number(process.env["MODBUS_SEED"] ?? 1);
const HOURS = 24;
const TIMEOUT_MS = 500;
const STALE_AFTER_MS = 45_000;
const UNITS = [1, 2, 3];
/** A register of unit 1 that does not exist, in the middle of others. */
const HOLE = 104;

/** Two blocks of equal length far from each other, and one of the other table: answers that could be confused. */
const PLACES = [
  ...[0, 2, 4, 6].map((address) => ({ table: "hr" as const, address, group: "fast" })),
  ...[100, 102, HOLE, 106].map((address) => ({ table: "hr" as const, address, group: "fast" })),
  ...[0, 2, 4, 6].map((address) => ({ table: "ir" as const, address, group: "slow" })),
];

function deviceOf(unit: number): object {
  const tags = PLACES.map(({ table, address, group }) => ({
    name: `${table}${address}`,
    at: `${table}:${address}`,
    type: "uint32",
    publish: "always",
    group,
  }));
  return {
    name: `unit-${unit}`,
    unit,
    maxGap: 8,
    staleAfter: `${STALE_AFTER_MS}ms`,
    groups: { fast: { interval: "8s" }, slow: { interval: "30s" } },
    tags,
  };
}

function checkedOf(unit: number): CheckedDevice {
  const places = PLACES.map(({ table, address }) => {
    const place = placeOf({ unit, table, address, stamp: 0 });
    return [`${table}${address}`, place] as const;
  });
  return {
    name: `unit-${unit}`,
    places: new Map(places),
    staleAfterMs: STALE_AFTER_MS,
    longestAnswerMs: TIMEOUT_MS + 200,
  };
}

interface Kind {
  readonly name: string;
  readonly framing: "mbap" | "rtu";
  readonly link: object;
}

const KINDS: readonly Kind[] = [
  { name: "TCP, one at a time", framing: "mbap", link: { maxInFlight: 1 } },
  { name: "TCP, eight at a time", framing: "mbap", link: { maxInFlight: 8 } },
  { name: "RTU over TCP", framing: "rtu", link: { framing: "rtuOverTcp" } },
  { name: "a serial line", framing: "rtu", link: { framing: "rtu", port: "/simulated" } },
];

async function oneDay({ framing, link }: Kind, seed: number): Promise<void> {
  const where = "port" in link ? {} : { host: "10.0.0.1", port: 502 };
  await using run = await FieldRun.start({
    config: {
      link: { timeout: `${TIMEOUT_MS}ms`, ...where, ...link },
      devices: UNITS.map(deviceOf),
    },
    devices: UNITS.map(checkedOf),
    field: {
      framing,
      seed,
      isHole: (unit, table, address) => unit === 1 && table === "hr" && (address & 0xfe) === HOLE,
    },
  });
  const { check, clock, field } = run;
  const lookEverySecond = (): void => {
    check.lookForSilence();
    clock.after(1000, lookEverySecond);
  };
  lookEverySecond();
  await clock.pass(60_000);
  const heapBytes: number[] = [];
  const looked = (trouble: string | undefined, forMs: number): void => {
    const names = UNITS.map((unit) => `unit-${unit}`);
    const dead = names.filter((name) => !check.isAlive(name));
    const mustBeDead = trouble === "nobody can connect" || trouble === "everybody is silent";
    if (mustBeDead && forMs >= 180_000)
      assert.deepEqual(dead, names, `after ${forMs} ms in which ${trouble}`);
    if (trouble !== undefined) return;
    assert.deepEqual(dead, [], "after a long peace");
    for (const name of names)
      assert.deepEqual(check.unwell(name), name === "unit-1" ? [`hr${HOLE}`] : [], name);
    heapBytes.push(collectedHeapBytes());
  };

  const lateness = { leastMs: TIMEOUT_MS + 20, mostMs: 8 * TIMEOUT_MS };
  await weather({ field, clock, framing, seed, lateness, units: UNITS, looked }, HOURS);

  assert.deepEqual(check.wrong, []);
  const { births, samples } = check.count("unit-1");
  assert.ok(births > 1, "there was at least one death");
  assert.ok(samples > 30_000, `${samples} samples`);
  const grown = (heapBytes.at(-1) ?? 0) - (heapBytes[1] ?? 0);
  assert.ok(grown < 2_500_000, `${grown} bytes more than after two hours`);
}

describe("a day with troubles by chance has no wrong value", { timeout: 36_000_000 }, () => {
  for (const kind of KINDS) {
    for (let day = 0; day < DAYS; day += 1) {
      const seed = FIRST_SEED + day;
      it(`${kind.name}, seed ${seed}`, () => oneDay(kind, seed));
    }
  }
});
