/** The small parts of a link, without a wire. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { AdaptiveTimeout } from "../../../../adapters/modbus/src/wire/adaptive-timeout.ts";
import { Alarm } from "../../../../adapters/modbus/src/wire/alarm.ts";
import { charactersMs, frameGapMs } from "../../../../adapters/modbus/src/wire/line-timing.ts";
import { ReconnectPauses } from "../../../../adapters/modbus/src/wire/reconnect.ts";
import { RequestQueue } from "../../../../adapters/modbus/src/wire/request-queue.ts";
import { FrameTrace } from "../../../../adapters/modbus/src/wire/trace.ts";
import { TransactionIds } from "../../../../adapters/modbus/src/wire/transaction-ids.ts";
import { RequestWindow } from "../../../../adapters/modbus/src/wire/window.ts";
import { StillClock } from "../../../support/modbus-clock.ts";
import { askRegisters } from "../../../support/modbus-wire.ts";

const ANYTHING = (): boolean => true;

describe("the queue of a link", () => {
  it("gives polls by deadline, and those of one deadline in the order in which they came", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 200 }), (deadlines) => {
        const queue = new RequestQueue();
        const requests = deadlines.map((deadline) => askRegisters(1, 0, 1, { deadline }).request);
        for (const request of requests) queue.push(request);

        const taken = requests.map(() => queue.take(ANYTHING));

        // The sort of JavaScript is stable.
        assert.deepEqual(
          taken,
          requests.toSorted((a, b) => a.deadline - b.deadline),
        );
        assert.equal(queue.length, 0);
      }),
      { numRuns: 100 },
    );
  });

  it("passes over those that may not go, and keeps their place", () => {
    const queue = new RequestQueue();
    for (const unit of [1, 1, 2, 1]) queue.push(askRegisters(unit, 0, 1).request);

    assert.equal(queue.take(({ unit }) => unit === 2)?.unit, 2);
    assert.equal(
      queue.take(({ unit }) => unit === 2),
      undefined,
    );
    assert.equal(queue.length, 3);
  });

  it("stays right when it is filled and emptied many thousand times", () => {
    const queue = new RequestQueue();
    let next = 0;
    for (let round = 0; round < 5000; round += 1) {
      for (let add = 0; add < (round % 3) + 1; add += 1)
        queue.push(askRegisters(1, 0, 1, { deadline: next++ }).request);
      const first = queue.take(ANYTHING)?.deadline ?? -1;
      assert.equal(first, round);
    }
  });
});

describe("transaction ids", () => {
  it("come around after 65 536 and skip what is on the wire or late", () => {
    const ids = new TransactionIds(0xfffd);
    ids.timedOut(0xffff, 100);

    const dealt = [1, 2, 3].map(() => ids.next(0, (id) => id === 0));

    assert.deepEqual(dealt, [0xfffe, 1, 2]);
    assert.ok(ids.isLate(0xffff));
  });

  it("are free again when their late window has passed", () => {
    const ids = new TransactionIds(9);
    ids.timedOut(10, 100);

    assert.equal(
      ids.next(99, () => false),
      11,
    );
    ids.timedOut(12, 100);
    assert.equal(
      ids.next(100, () => false),
      12,
    );
  });

  it("never run out, even when all of them are late", () => {
    const ids = new TransactionIds();

    for (let round = 0; round < 10_000; round += 1)
      ids.timedOut(
        ids.next(0, () => false),
        Number.MAX_VALUE,
      );

    assert.equal(typeof ids.next(0, () => false), "number");
  });
});

/** As many answers as a window looks at before it grows. */
function answers(window: RequestWindow, rttMs: number, nowMs = 0): void {
  for (let count = 0; count < 32; count += 1) window.answered(rttMs, true, nowMs);
}

describe("the window of a link", () => {
  it("stays what it was set to, from 1 to 16", () => {
    const window = new RequestWindow(8);
    window.isOdd(0);

    assert.equal(window.size, 8);
    assert.equal(new RequestWindow(99).size, 16);
    assert.equal(new RequestWindow().size, 1);
  });

  it("auto: grows to 4 while answers take no longer", () => {
    const window = new RequestWindow("auto");
    for (let round = 0; round < 10; round += 1) answers(window, 5);

    assert.equal(window.size, 4);
  });

  it("auto: goes back a step when answers take longer", () => {
    const window = new RequestWindow("auto");
    answers(window, 5);
    answers(window, 5);
    answers(window, 9);

    assert.equal(window.size, 2);
    answers(window, 5);
    assert.equal(window.size, 2);
  });

  it("auto: is one for the day after anything odd", () => {
    const window = new RequestWindow("auto");
    answers(window, 5);
    window.isOdd(0);
    answers(window, 5, 86_399_999);
    assert.equal(window.size, 1);

    answers(window, 5, 86_400_000);

    assert.equal(window.size, 2);
  });
});

describe("adaptive time-outs", () => {
  it("are four times the usual answer, at least 200 ms, at most what is set", () => {
    const adaptive = new AdaptiveTimeout();
    assert.equal(adaptive.timeoutOf(1, 1000), 1000);
    adaptive.answered(1, 10);
    adaptive.answered(2, 100);
    adaptive.answered(3, 900);

    assert.deepEqual(
      [1, 2, 3, 4].map((unit) => adaptive.timeoutOf(unit, 1000)),
      [200, 400, 1000, 1000],
    );
  });

  it("grow when a unit falls silent, so that a slow one is heard again", () => {
    const adaptive = new AdaptiveTimeout();
    adaptive.answered(1, 10);
    adaptive.timedOut(1);
    assert.equal(adaptive.timeoutOf(1, 1000), 400);
    adaptive.timedOut(1);
    adaptive.timedOut(1);

    assert.equal(adaptive.timeoutOf(1, 1000), 1000);
  });
});

describe("pauses before connecting again", () => {
  it("are anything up to 0.5 s, 1 s, … 30 s", () => {
    const longest = new ReconnectPauses(undefined, () => 0.999_999);
    const shortest = new ReconnectPauses(undefined, () => 0);

    const most = Array.from({ length: 8 }, () => longest.next());

    assert.deepEqual(most, [499, 999, 1999, 3999, 7999, 15_999, 29_999, 29_999]);
    assert.equal(shortest.next(), 50);
  });

  it("begin again only after a connection that was healthy for 30 s", () => {
    const pauses = new ReconnectPauses(undefined, () => 0.5);
    pauses.next();
    pauses.ended(29_999);
    assert.equal(pauses.next(), 500);
    pauses.ended(30_000);

    assert.equal(pauses.next(), 250);
  });
});

describe("an alarm", () => {
  it("rings at the earliest moment asked for, once", async () => {
    const clock = new StillClock();
    const rings: number[] = [];
    const alarm = new Alarm(clock, (nowMs) => rings.push(nowMs));
    alarm.by(30);
    alarm.by(10.5);
    alarm.by(20);

    await clock.pass(100);

    assert.deepEqual(rings, [11]);
  });
});

describe("times of a serial line", () => {
  it("are those of the standard", () => {
    assert.equal(charactersMs({ baud: 9600, parity: "even" }, 96), 110);
    assert.equal(frameGapMs({ baud: 9600, parity: "even" }), 3.5 * (11 / 9.6));
    assert.equal(frameGapMs({ baud: 115_200 }), 1.75);
    assert.equal(frameGapMs({}), 0);
  });
});

describe("the trace of a link", () => {
  it("keeps the last 1 000 frames, oldest first, and copies of them", () => {
    const trace = new FrameTrace("rtu");
    const frame = Buffer.of(1, 6, 0, 0, 0, 7, 0, 0); // whose own `slice` is no copy
    trace.switchOn();
    for (let at = 0; at < 1003; at += 1) {
      frame[3] = at & 255;
      trace.add("sent", frame, { at });
    }

    const frames = trace.frames();

    assert.equal(frames.length, 1000);
    assert.equal(frames[0]?.at, 3);
    assert.equal(frames[0]?.header, "unit 1 write register 3");
    assert.equal(frames.at(-1)?.header, `unit 1 write register ${1002 & 255}`);
    trace.switchOff();
    assert.equal(trace.frames().length, 1000);
    trace.switchOn();
    assert.equal(trace.frames().length, 0);
  });

  it("says what frames are", () => {
    const trace = new FrameTrace("rtu");
    trace.switchOn();
    const add = (direction: "sent" | "received", ...pdu: readonly number[]): void =>
      trace.add(direction, Uint8Array.of(9, ...pdu, 0, 0), { at: 0 });
    add("sent", 1, 0, 5, 0, 8);
    add("received", 1, 1, 0xff);
    add("sent", 16, 1, 0, 0, 2, 4, 0, 0, 0, 0);
    add("received", 0x90, 3);
    add("sent", 22, 0, 1, 0xff, 0, 0, 0);
    add("received", 0x2b, 0x0e);

    assert.deepEqual(
      trace.frames().map(({ header }) => header),
      [
        "unit 9 read coils 5+8",
        "unit 9 read coils: 1 bytes",
        "unit 9 write registers 256+2",
        "unit 9 write registers: exception 3",
        "unit 9 mask write register 1",
        "unit 9 function 43 3584+0",
      ],
    );
  });
});
