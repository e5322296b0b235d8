/** Slots of a schedule, on a clock that stands still. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Scheduler } from "../../../../adapters/modbus/src/poll/scheduler.ts";
import { StillClock } from "../../../support/modbus-clock.ts";

describe("a schedule", () => {
  it("comes once to each slot, also where a phase with fractions is rounded", async () => {
    const clock = new StillClock();
    const scheduler = new Scheduler(clock);
    // With this phase the quotient of the seventh slot is rounded to below seven.
    const phaseMs = ((6 * 0.618_033_988_75) % 1) * 5000;
    const slots: number[] = [];
    const due = (slotMs: number): void => {
      slots.push(slotMs);
      if (slots.length > 20) throw new Error("the schedule does not move on");
    };
    scheduler.every({ intervalMs: 5000, phaseMs, due });

    await clock.pass(50_000);

    assert.deepEqual(
      slots,
      Array.from({ length: 10 }, (_, slot) => phaseMs + slot * 5000),
    );
  });
});
