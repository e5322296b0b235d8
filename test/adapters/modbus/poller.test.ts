import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startPoller } from "../../../adapters/modbus/src/poller.ts";
import { StillClock } from "../../support/modbus-clock.ts";

/** A poller whose polls take `takesMs`; `polls` are the moments at which they began. */
function makePoller(options: { readonly takesMs: number; readonly phaseMs?: number }) {
  const clock = new StillClock();
  const polls: number[] = [];
  const warnings: (readonly [number, number])[] = [];
  const poller = startPoller({
    clock,
    intervalMs: 100,
    phaseMs: options.phaseMs ?? 0,
    poll: () => {
      polls.push(clock.elapsedMs());
      return new Promise((resolve) => clock.after(options.takesMs, resolve));
    },
    onOverrun: (inARow, neededMs) => warnings.push([inARow, neededMs]),
  });
  return { clock, polls, warnings, poller };
}

describe("the poller", () => {
  it("polls at fixed slots however long a poll takes", async () => {
    const { clock, polls } = makePoller({ takesMs: 70 });

    await clock.pass(500);

    assert.deepEqual(polls, [100, 200, 300, 400, 500]);
  });

  it("shifts its slots by the phase", async () => {
    const { clock, polls } = makePoller({ takesMs: 0, phaseMs: 30 });

    await clock.pass(350);

    assert.deepEqual(polls, [130, 230, 330]);
  });

  it("never polls twice at once: a slot that finds a poll running is counted and left out", async () => {
    const { clock, polls, poller } = makePoller({ takesMs: 130 });

    await clock.pass(650);

    assert.deepEqual(polls, [100, 300, 500]);
    assert.equal(poller.overruns, 3);
  });

  it("says how long a poll needed that overran, and how many in a row did", async () => {
    const { clock, warnings } = makePoller({ takesMs: 230 });

    await clock.pass(1000);

    assert.deepEqual(warnings, [
      [1, 230],
      [2, 230],
      [3, 230],
    ]);
  });

  it("catches nothing up after the process stood still, and stays in its slots", async () => {
    const { clock, polls } = makePoller({ takesMs: 0 });
    await clock.pass(150);

    await clock.jump(1000);
    await clock.pass(200);

    assert.deepEqual(polls, [100, 1150, 1200, 1300]);
  });

  it("stops when the running poll has ended, and begins no other", async () => {
    const { clock, polls, poller } = makePoller({ takesMs: 50 });
    await clock.pass(120);
    let stopped = false;

    const stopping = poller.stop().then(() => (stopped = true));
    await clock.pass(20);
    assert.equal(stopped, false);
    await clock.pass(500);
    await stopping;

    assert.deepEqual(polls, [100]);
  });
});
