/** Whole adapters on a field bus in simulated time: what is counted, in requests and in slots that were kept. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FieldRun, type FieldRunOptions } from "../../support/modbus-field-run.ts";
import { exceptionPdu } from "../../support/modbus-hostile.ts";
import { placeOf } from "../../support/modbus-live-values.ts";

type Place = readonly [table: "hr" | "ir", address: number];

interface Wishes {
  readonly units?: readonly number[];
  readonly link?: object;
  readonly device?: object;
  readonly interval?: string;
  readonly field?: Partial<FieldRunOptions["field"]>;
}

/** Units with the same tags, all published at every pass. */
function fieldOf(places: readonly Place[], wishes: Wishes = {}): Promise<FieldRun> {
  const { units = [1], interval = "1s", field } = wishes;
  const nameOf = ([table, address]: Place): string => `${table}${address}`;
  const tags = places.map((place) => ({
    name: nameOf(place),
    at: `${place[0]}:${place[1]}`,
    type: "uint32",
    publish: "always",
  }));
  return FieldRun.start({
    config: {
      link: { host: "10.0.0.1", port: 502, timeout: "500ms", ...wishes.link },
      devices: units.map((unit) => ({
        name: `unit-${unit}`,
        unit,
        groups: { all: { interval } },
        tags,
        ...wishes.device,
      })),
    },
    devices: units.map((unit) => ({
      name: `unit-${unit}`,
      places: new Map(
        places.map((place) => {
          const [table, address] = place;
          return [nameOf(place), placeOf({ unit, table, address, stamp: 0 })] as const;
        }),
      ),
      staleAfterMs: 3000,
      longestAnswerMs: 1200,
    })),
    field: { framing: "mbap", seed: 1, ...field },
  });
}

const pair = (index: number): Place => ["hr", 2 * index];
const isPart = (hole: number) => (_: number, table: "hr" | "ir", address: number) =>
  table === "hr" && (address & 0xfe) === hole;

describe("one wrong address among N tags", () => {
  for (const count of [2, 7, 16, 33, 60]) {
    const most = Math.floor(2 * Math.log2(count)) + 2;
    for (const wrong of new Set([0, count >> 1, count - 1])) {
      it(`N = ${count}, tag ${wrong}: the others are GOOD within ${most} requests`, async () => {
        const places = Array.from({ length: count }, (_, index) => pair(index));
        await using run = await fieldOf(places, { field: { isHole: isPart(2 * wrong) } });
        while (!run.check.isAlive("unit-1")) await run.clock.pass(10);

        assert.ok(run.field.requests <= most, `${run.field.requests} requests`);
        assert.deepEqual(run.check.unwell("unit-1"), [`hr${2 * wrong}`]);
        assert.deepEqual(run.check.wrong, []);
      });
    }
  }
});

describe("behind a gateway", () => {
  const UNITS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  const OTHERS = UNITS.filter((unit) => unit !== 3);

  /** Passes of the nine others in ten minutes, with `trouble` of unit 3 from the beginning of them. */
  async function slotsKept(link: object, framing: "mbap" | "rtu"): Promise<number> {
    await using run = await fieldOf([pair(0)], { units: UNITS, link, field: { framing, seed: 1 } });
    await run.clock.pass(20_000);
    assert.deepEqual(UNITS.map((unit) => run.check.isAlive(`unit-${unit}`)).includes(false), false);
    const before = OTHERS.map((unit) => run.check.count(`unit-${unit}`).samples);

    run.field.trouble = ({ unit }) => unit === 3;
    await run.clock.pass(600_000);

    assert.equal(run.check.isAlive("unit-3"), false);
    assert.deepEqual(run.check.wrong, []);
    const after = OTHERS.map((unit) => run.check.count(`unit-${unit}`));
    assert.ok(after.every(({ deaths }) => deaths === 0));
    const kept = after.map(({ samples }, index) => samples - (before[index] ?? 0));
    return kept.reduce((sum, slots) => sum + slots) / (OTHERS.length * 600);
  }

  const links = [
    { name: "Modbus TCP, one at a time", framing: "mbap", link: { gateway: true } },
    {
      name: "Modbus TCP, eight at a time",
      framing: "mbap",
      link: { gateway: true, maxInFlight: 8 },
    },
    { name: "RTU over TCP", framing: "rtu", link: { framing: "rtuOverTcp" } },
  ] as const;
  for (const { name, framing, link } of links) {
    it(`${name}: unit 3 of ten is dead, and 99 % of the others' slots are kept`, async () => {
      const share = await slotsKept(link, framing);
      assert.ok(share >= 0.99, `${share} of the slots`);
    });
  }

  for (const { name, framing, link } of links) {
    const most = name.includes("eight") ? 0 : 3;
    it(`${name}: the first 20 s of its silence cost the others ${most} slots at most`, async () => {
      await using run = await fieldOf([pair(0), pair(200)], {
        units: UNITS,
        link: { ...link, timeout: "1s" },
        field: { framing, seed: 1 },
      });
      await run.clock.pass(20_000);
      const asked = new Map<number, number[]>(OTHERS.map((unit) => [unit, []]));
      run.field.trouble = ({ unit, pdu }) => {
        if (pdu[1] === 0 && pdu[2] === 0) asked.get(unit)?.push(run.clock.elapsedMs());
        return unit === 3;
      };

      await run.clock.pass(20_000);

      for (const [unit, times] of asked) {
        const slots = new Set(times.map((ms) => Math.round((ms - (times[0] ?? 0)) / 1000)));
        assert.ok(slots.size >= 20 - most, `unit ${unit}: ${slots.size} of 20 slots`);
      }
    });
  }

  it("an answer that takes 300 ms: every slot of three units is kept", async () => {
    const latencyMs = [300, 300] as const;
    await using run = await fieldOf([pair(0)], {
      units: [1, 2, 3],
      link: { gateway: true },
      field: { framing: "mbap", seed: 1, latencyMs },
    });
    await run.clock.pass(10_000);
    const before = [1, 2, 3].map((unit) => run.check.count(`unit-${unit}`).samples);

    await run.clock.pass(600_000);

    for (const [index, samples] of before.entries()) {
      const now = run.check.count(`unit-${index + 1}`);
      assert.ok(now.samples - samples >= 599, `${now.samples - samples} of 600`);
      assert.equal(now.deaths, 0);
    }
    assert.deepEqual(run.check.wrong, []);
  });
});

describe("devices with limits", () => {
  it("one that answers 16 registers at most gives all 60 of its values", async () => {
    const places = Array.from({ length: 60 }, (_, index) => pair(index));
    await using run = await fieldOf(places);
    run.field.trouble = ({ pdu }, hand) => {
      if ((pdu[4] ?? 0) <= 16) return false;
      hand.deliver(hand.answer({ pdu: exceptionPdu(pdu, 3) }));
      return true;
    };

    await run.clock.pass(120_000);

    assert.deepEqual(run.check.unwell("unit-1"), []);
    assert.deepEqual(run.check.wrong, []);
    assert.equal(run.check.count("unit-1").deaths, 0);
  });

  it("one with holes everywhere gives all values that it has, and says why it does not give the others", async () => {
    const places = Array.from({ length: 60 }, (_, index) => pair(index));
    const holes = new Set([0, 14, 16, 18, 50, 90, 118]);
    const isHole = (_: number, __: "hr" | "ir", address: number) => holes.has(address & 0xfe);
    await using run = await fieldOf(places, { field: { isHole } });

    await run.clock.pass(120_000);

    assert.deepEqual(
      run.check.unwell("unit-1"),
      [...holes].map((address) => `hr${address}`),
    );
    assert.deepEqual(run.check.reasons("unit-1"), new Set(["modbus_exception_2"]));
    assert.deepEqual(run.check.wrong, []);
  });

  it("holes between tags are not read twice", async () => {
    const places = [pair(0), pair(2), pair(5), pair(9)];
    const gaps = new Set([2, 6, 8]);
    const isHole = (_: number, __: "hr" | "ir", address: number) => gaps.has(address & 0xfe);
    await using run = await fieldOf(places, { field: { isHole } });
    await run.clock.pass(60_000);
    const { exceptions } = run.adapter.diagnostics().devices[0] ?? { exceptions: Number.NaN };

    await run.clock.pass(600_000);

    assert.equal(run.adapter.diagnostics().devices[0]?.exceptions, exceptions);
    assert.deepEqual(run.check.unwell("unit-1"), []);
  });
});

describe("a storm of exceptions", () => {
  for (const code of [1, 2, 3, 4, 5, 6, 8, 10, 11]) {
    it(`${code}: is no reason to reconnect, and ends with everything GOOD`, async () => {
      await using run = await fieldOf([pair(0), pair(30), ["ir", 0]], { units: [1, 2] });
      await run.clock.pass(10_000);
      run.field.trouble = ({ pdu, unit }, hand) => {
        if (unit !== 1) return false;
        hand.deliver(hand.answer({ pdu: exceptionPdu(pdu, code) }));
        return true;
      };
      await run.clock.pass(60_000);
      const other = run.check.count("unit-2");
      assert.ok(run.check.unwell("unit-1").length > 0 || !run.check.isAlive("unit-1"));

      run.field.trouble = () => false;
      // Refused functions are asked for once an hour.
      await run.clock.pass(3_700_000);

      assert.deepEqual(run.check.unwell("unit-1"), []);
      assert.deepEqual(run.check.wrong, []);
      assert.equal(other.deaths, 0);
      assert.ok(other.samples >= 3 * 65, `${other.samples} samples of the other unit`);
      assert.equal(run.adapter.diagnostics().links[0]?.counters["connects"], 1);
    });
  }
});

describe("transaction ids", () => {
  it("come round after 65 536 requests, with late answers all the time, and no value is wrong", async () => {
    await using run = await fieldOf([pair(0), pair(60)], {
      link: { maxInFlight: 8, lateWindow: "30s", retries: 0 },
      interval: "100ms",
      device: { offlineAfter: 1000, demoteAfter: 1000 },
    });
    run.field.trouble = (_, hand) => {
      if (hand.random() > 0.02) return false;
      hand.deliver(hand.answer(), 600 + hand.random() * 25_000);
      return true;
    };

    while (run.field.requests < 70_000) await run.clock.pass(100_000);

    assert.deepEqual(run.check.wrong, []);
    assert.ok(run.check.count("unit-1").samples > 65_536);
  });
});
