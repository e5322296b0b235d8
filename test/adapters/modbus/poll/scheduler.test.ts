import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Scheduler } from "../../../../adapters/modbus/src/poll/scheduler.ts";
import { StillClock } from "../../../support/modbus-clock.ts";

describe("the scheduler", () => {
  it("comes to every slot exactly once, whatever the fractions of the clock", async () => {
    for (let start = 0; start < 50; start += 1) {
      const clock = new StillClock();
      await clock.pass(1000 / 3 + start * 0.7);
      const scheduler = new Scheduler(clock);
      const slots: number[] = [];
      scheduler.every({
        intervalMs: 1000,
        phaseMs: start / 7,
        due: (slotMs) => {
          slots.push(slotMs);
          assert.ok(slots.length <= 20, `slot ${slotMs} came again and again`);
        },
      });
      await clock.pass(20_000);
      assert.equal(new Set(slots).size, slots.length);
      assert.ok(slots.length >= 19, `only ${slots.length} slots of 20`);
    }
  });

  it("does not make up for the slots of a blocked event loop", async () => {
    const clock = new StillClock();
    const scheduler = new Scheduler(clock);
    let count = 0;
    scheduler.every({ intervalMs: 100, phaseMs: 10, due: () => (count += 1) });
    await clock.jump(1000);
    assert.equal(count, 1);
    await clock.pass(100);
    assert.equal(count, 2);
  });

  it("runs everything in the order of its time, in whatever order it was planned", async () => {
    const clock = new StillClock();
    const scheduler = new Scheduler(clock);
    const ran: number[] = [];
    const times = Array.from({ length: 200 }, (_, index) => (index * 7919) % 200);
    for (const ms of times) scheduler.after(ms, () => ran.push(ms));
    const cancelled = scheduler.after(50, () => ran.push(-1));
    cancelled.cancel();
    await clock.pass(200);
    assert.deepEqual(
      ran,
      times.toSorted((a, b) => a - b),
    );
  });
});
