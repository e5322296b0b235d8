import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SampleBatchBuilder } from "@unshub/adapter";
import { BAD, batchReadings, GOOD, type MetricValue, type SampleBatch } from "@unshub/sparkplug";
import * as fc from "fast-check";
import { SampleOutbox } from "../../../hub/src/supervisor/sample-outbox.ts";
import { batchesOf, type SentPacket } from "../../../hub/src/supervisor/sample-packet.ts";

interface Said {
  readonly deviceId: string;
  readonly metric: number;
  readonly value: MetricValue;
  readonly at: number;
}

/** An outbox whose packets wait for the test to take them. */
function openOutbox(fullBatches = 3) {
  const posted: SentPacket[] = [];
  let endOfTurn: (() => void) | undefined;
  const outbox = new SampleOutbox({
    fullBatches,
    post: (packet) => posted.push(structuredClone(packet, { transfer: [packet.memory] })),
    atEndOfTurn: (callback) => {
      endOfTurn = callback;
    },
  });
  const heard: Said[] = [];
  const builder = new SampleBatchBuilder(2);
  return {
    outbox,
    posted,
    heard,
    endTurn: (): void => {
      endOfTurn?.();
      endOfTurn = undefined;
    },
    /** The hub takes the oldest packet, if there is one. */
    take: (): void => {
      const packet = posted.shift();
      if (packet === undefined) return;
      for (const [deviceId, batch] of batchesOf(packet)) heard.push(...rowsOf(deviceId, batch));
      outbox.taken(packet.memory);
    },
    say: (said: readonly Said[]): void => {
      for (const each of said) {
        if (typeof each.value === "number") builder.add(each.metric, each.value, GOOD, each.at);
        else {
          const why = { reason: "timeout" };
          builder.addOther(each.metric, each.value, { quality: BAD, at: each.at, why });
        }
      }
      const batch = builder.take();
      outbox.add(said[0]?.deviceId ?? "d", batch);
      builder.giveBack(batch); // and is used again: what was said must have been copied
    },
  };
}

function rowsOf(deviceId: string, batch: SampleBatch): readonly Said[] {
  const readings = batchReadings(batch, (metric) => ({ name: String(metric), datatype: "Double" }));
  return readings.map(({ name, value, timestamp, quality, reason }) => {
    assert.equal(quality === "bad", typeof value !== "number");
    assert.equal(reason, quality === "bad" ? "timeout" : undefined);
    return { deviceId, metric: Number(name), value, at: timestamp };
  });
}

describe("the outbox of an adapter's samples", () => {
  it("sends what was said in one turn as one packet, in its order", () => {
    const { say, endTurn, posted, take, heard } = openOutbox();
    const said: readonly Said[] = [
      { deviceId: "a", metric: 0, value: 1, at: 10 },
      { deviceId: "a", metric: 1, value: "text", at: 11 },
      { deviceId: "b", metric: 0, value: 2, at: 12 },
    ];

    say(said.slice(0, 2));
    say(said.slice(2));
    endTurn();
    const packets = posted.length;
    take();

    assert.equal(packets, 1);
    assert.deepEqual(heard, said);
  });

  it("never has more than two packets on the way, and loses no last value", () => {
    const metricCount = 4;
    const step = fc.oneof(
      fc.record({
        deviceId: fc.constantFrom("a", "b"),
        metric: fc.nat(metricCount - 1),
        value: fc.oneof(fc.nat(1000), fc.constant(null), fc.constant("text")),
      }),
      fc.constantFrom("turn" as const, "take" as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { outbox, say, endTurn, posted, take, heard } = openOutbox();
        const last = new Map<string, Said>();
        let count = 0;
        for (const [at, each] of steps.entries()) {
          if (each === "turn") endTurn();
          else if (each === "take") take();
          else {
            count += 1;
            last.set(`${each.deviceId}/${each.metric}`, { ...each, at });
            say([{ ...each, at }]);
          }
          assert.ok(posted.length <= 2);
          assert.equal(outbox.isSlow, posted.length >= 2);
        }
        for (let rest = 0; rest < 6; rest += 1) {
          endTurn();
          take();
        }

        for (const said of last.values()) {
          const of = heard.filter(
            ({ deviceId, metric }) => deviceId === said.deviceId && metric === said.metric,
          );
          assert.deepEqual(of.at(-1), said);
          assert.deepEqual(
            of,
            of.toSorted((a, b) => a.at - b.at),
          );
        }
        const coalesced = outbox.coalesced("a") + outbox.coalesced("b");
        assert.equal(heard.length + coalesced, count);
      }),
    );
  });

  it("loses nothing of a burst, old values as little as new ones", () => {
    const { outbox, say, endTurn, posted, take, heard } = openOutbox(100);
    for (let value = 0; value < 40; value += 1) {
      say([{ deviceId: "a", metric: 0, value, at: value }]);
      endTurn();
    }
    const before = posted.length;

    for (let rest = 0; rest < 4; rest += 1) {
      take();
      endTurn();
    }

    assert.equal(before, 2);
    assert.deepEqual(
      heard.map(({ value }) => value),
      Array.from({ length: 40 }, (_, value) => value),
    );
    assert.equal(outbox.coalesced("a"), 0);
  });

  it("sends what waits of a device before anything else is said of it", () => {
    const { outbox, say, endTurn, posted, take, heard } = openOutbox();
    for (let value = 0; value < 8; value += 1) {
      say([{ deviceId: "a", metric: 0, value, at: value }]);
      endTurn();
    }
    const before = posted.length;

    outbox.flush("a");
    const after = posted.length;
    while (posted.length > 0) take();

    assert.deepEqual([before, after], [2, 3]);
    assert.deepEqual(
      heard.map(({ value }) => value),
      [0, 1, 2, 3, 4, 7],
    );
    assert.equal(outbox.coalesced("a"), 2);
  });

  it("loses nothing while the hub is away for a moment", () => {
    const { outbox, say, endTurn, posted, take, heard } = openOutbox(300);
    const count = 200;
    for (let value = 0; value < count; value += 1) {
      say([{ deviceId: "a", metric: 0, value, at: value }]);
      endTurn();
    }
    const packets = posted.length;
    while (heard.length < count) {
      take();
      endTurn();
    }

    assert.equal(packets, 2);
    assert.deepEqual(
      heard.map(({ value }) => value),
      Array.from({ length: count }, (_, value) => value),
    );
    assert.equal(outbox.coalesced("a"), 0);
  });

  it("lets every device have its turn when all of them say more than the hub takes", () => {
    const { say, endTurn, take, heard } = openOutbox();
    const devices = Array.from({ length: 20 }, (_, index) => `d${index}`);
    for (let round = 0; round < 60; round += 1) {
      for (const deviceId of devices) say([{ deviceId, metric: 0, value: round, at: round }]);
      endTurn();
      take();
    }

    const late = new Set(heard.filter(({ at }) => at >= 20).map(({ deviceId }) => deviceId));
    assert.deepEqual(late, new Set(devices));
  });

  it("does not wait for the end of a turn that says very much", () => {
    const { say, posted } = openOutbox();
    const many = Array.from({ length: 20_000 }, (_, at) => ({
      deviceId: "a",
      metric: at,
      value: 1,
      at,
    }));

    say(many);

    assert.equal(posted.length, 1);
  });
});
