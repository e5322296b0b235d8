/** How the clock of an edge node goes, how late it is, and whether it lived: in what the hub counts of each. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NodeClock } from "../../../hub/src/tree/node-clock.ts";
import { DAY_MARKS, DAY_SLOTS, SLOT_MS, StateDay } from "../../../hub/src/tree/state-day.ts";

const NOW = 1_800_000_000_000;
const { online, offline, trouble } = DAY_MARKS;

describe("the clock of an edge node", () => {
  it("is not known before a message with a time", () => {
    assert.equal(new NodeClock().now, undefined);
  });

  it("is told by the quickest message, and what the others take longer is their delay", () => {
    const clock = new NodeClock();

    // Its clock is 4210 ms behind; every fourth message takes 5 ms, the others 45 ms.
    for (let at = 0; at < 400; at += 1) {
      const sentAt = NOW + at * 100;
      clock.heard(sentAt + (at % 4 === 0 ? 5 : 45), sentAt - 4210);
    }

    assert.equal(clock.now?.aheadMs, -4215);
    assert.ok(Math.abs((clock.now?.delayMs ?? 0) - 30) <= 5, `${clock.now?.delayMs} ms`);
  });

  it("may be ahead", () => {
    const clock = new NodeClock();

    clock.heard(NOW, NOW + 1500);

    assert.deepEqual(clock.now, { aheadMs: 1500, delayMs: 0 });
  });

  it("that was set is told anew at once, and never as a delay", () => {
    const clock = new NodeClock();
    for (let at = 0; at < 100; at += 1) clock.heard(NOW + at, NOW + at);

    for (let at = 100; at < 120; at += 1) clock.heard(NOW + at, NOW + at - 3_600_000);

    assert.deepEqual(clock.now, { aheadMs: -3_600_000, delayMs: 0 });
  });

  it("that drifts is followed: a quick message of long ago counts no longer", () => {
    const clock = new NodeClock();
    clock.heard(NOW, NOW);

    for (let at = 1; at <= 900; at += 1) clock.heard(NOW + at * 1000, NOW + at * 1000 - 200);

    assert.equal(clock.now?.aheadMs, -200);
  });
});

describe("the last day of an edge node", () => {
  it("is not known before it was heard", () => {
    assert.deepEqual(new StateDay().slots(NOW), Array(DAY_SLOTS).fill(0));
  });

  it("goes on as it was until something happens, and holds all that happened in a quarter of an hour", () => {
    const day = new StateDay();

    day.become("online", NOW - 3 * SLOT_MS);
    day.trouble(NOW - 2 * SLOT_MS);
    day.become("offline", NOW - 1 * SLOT_MS);

    assert.deepEqual(day.slots(NOW).slice(-5), [
      0,
      online,
      online | trouble,
      online | offline,
      offline,
    ]);
  });

  it("forgets what is older than a day", () => {
    const day = new StateDay();
    day.become("online", NOW);

    day.become("offline", NOW + 200 * SLOT_MS);

    const slots = day.slots(NOW + 200 * SLOT_MS);
    assert.equal(slots.at(-1), online | offline);
    assert.deepEqual(slots.slice(0, -1), Array(DAY_SLOTS - 1).fill(online));
  });

  it("keeps what is past when the hub's clock is set back", () => {
    const day = new StateDay();
    day.become("online", NOW - 4 * SLOT_MS);
    day.slots(NOW);

    day.become("offline", NOW - 2 * SLOT_MS);

    assert.deepEqual(day.slots(NOW).slice(-3), [online, online, online | offline]);
  });
});
