/** What is counted of edge nodes and devices, how busy they are, and counting anew. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageRate } from "../../../hub/src/tree/message-rate.ts";
import {
  dbirth,
  message,
  nbirth,
  ndeath,
  RECEIVED_AT,
  speed,
} from "../../support/sparkplug-messages.ts";
import { openTestTree } from "../../support/sparkplug-tree.ts";

const NODE = { groupId: "g", edgeNodeId: "e" };
const START = 1_000_000;

/** A rate after messages at these times. */
function rateAfter(times: readonly number[]): MessageRate {
  const rate = new MessageRate();
  for (const at of times) rate.heard(at);
  return rate;
}

/** A birth of device `d` with metrics of these names. */
function birth(names: readonly string[], seq: number) {
  const type = { datatype: "Int8", tellDatatype: true, value: 1 } as const;
  return message(
    "DBIRTH/e/d",
    names.map((name) => ({ name, ...type })),
    seq,
  );
}

const every = (ms: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, at) => START + at * ms);

function session(what: ReturnType<typeof openTestTree>) {
  const found = what.sessions.find(NODE);
  assert.ok(found);
  return found;
}

describe("messages a second", () => {
  it("are those of the last ten seconds, whenever one looks", () => {
    const steady = rateAfter(every(100, 400));
    for (const after of [0, 40, 90]) {
      const rate = steady.perSecond(START + 39_900 + after);
      assert.ok(rate > 9.5 && rate < 10.5, `${rate} after ${after} ms`);
    }
    assert.equal(rateAfter(every(500, 4)).perSecond(START + 2000), 2);
  });

  it("go down as nothing comes any more, and are none after twenty seconds", () => {
    const ended = rateAfter(every(100, 400));
    const rates = [5000, 10_000, 15_000, 21_000].map((after) =>
      ended.perSecond(START + 39_900 + after),
    );

    assert.deepEqual(
      rates,
      rates.toSorted((a, b) => b - a),
    );
    assert.equal(rates.at(-1), 0);
    assert.equal(new MessageRate().perSecond(START), 0);
  });

  it("begin anew after a pause, and after a clock that was set back", () => {
    const paused = rateAfter([...every(100, 100), START + 600_000]);
    const setBack = rateAfter([...every(100, 100), START - 600_000]);

    assert.equal(paused.perSecond(START + 600_000), 0.1);
    assert.equal(setBack.perSecond(START - 600_000), 0.1);
  });
});

describe("the counters of an edge node", () => {
  it("are its own and those of each device", () => {
    const plant = openTestTree();
    for (const one of [nbirth(), dbirth(), speed(1, 2), speed(2, 3)]) plant.sessions.apply(one);
    plant.sessions.apply(message("DDEATH/e/d", [], 4));
    plant.sessions.apply(ndeath());
    const { own, devices, chronicle } = session(plant);
    const { births, deaths, messages, lastAt } = devices.get("d")?.tally ?? {};

    assert.deepEqual([births, deaths, messages, lastAt], [1, 1, 4, RECEIVED_AT]);
    assert.deepEqual([own.tally.births, own.tally.deaths, own.tally.messages], [1, 1, 2]);
    assert.deepEqual(chronicle.counts, { messages: 6, births: 2, lost: 0, rebirths: 0 });
    assert.ok(chronicle.rate.perSecond(RECEIVED_AT) > 0);
  });

  it("has among its events how many values the hub took for old, and why", () => {
    const plant = openTestTree();
    const { sessions } = plant;
    for (const one of [nbirth(), dbirth()]) sessions.apply(one);
    sessions.apply(nbirth(1)); // its device is not born again yet
    sessions.apply(dbirth());
    sessions.apply(message("DDEATH/e/d", [], 2));
    sessions.apply(ndeath(1));

    const marked = session(plant).chronicle.events.filter(({ kind }) => kind === "marked");

    assert.deepEqual(
      marked.map(({ what, deviceId }) => [what, deviceId]),
      [
        ["2 metrics marked stale", undefined],
        ["2 metrics marked offline", "d"],
        ["2 metrics marked offline", undefined], // the device's were offline before
      ],
    );
  });

  it("begin anew when somebody wants it, while the history and its life go on", () => {
    const plant = openTestTree();
    const { sessions } = plant;
    for (const one of [nbirth(), dbirth(), speed(1, 9)]) sessions.apply(one);
    const found = session(plant);
    sessions.askedForBirth(NODE, { at: 5, by: undefined, cause: "sequence gap" });

    sessions.startOver(found, 6, "user:ann");
    sessions.apply(speed(2, 10));

    const { chronicle, own, devices } = found;
    assert.deepEqual(chronicle.counts, { messages: 1, births: 0, lost: 0, rebirths: 0 });
    assert.equal(chronicle.countedSince, 6);
    assert.deepEqual([own.tally.births, devices.get("d")?.tally.messages], [0, 1]);
    assert.deepEqual([chronicle.messages, chronicle.births, chronicle.lost], [4, 2, 7]);
    assert.deepEqual(
      chronicle.events.map(({ kind, what }) => [kind, what]),
      [
        ["birth", "bdSeq 0, 2 metrics"],
        ["birth", "2 metrics"],
        ["gap", "seq 9 came when 2 was expected: 7 lost"],
        ["marked", "3 metrics marked stale"],
        ["rebirth", "asked by this hub: sequence gap"],
        ["reset", "reset by user:ann"],
      ],
    );
  });

  it("count each loss after they began anew, also when one of before comes late", () => {
    const plant = openTestTree();
    const { sessions } = plant;
    for (const one of [nbirth(), dbirth(), speed(1, 4)]) sessions.apply(one);
    const found = session(plant);
    sessions.startOver(found, 6, "user:ann");

    sessions.apply(speed(2, 3));
    const { lost: afterLate } = found.chronicle.counts;
    sessions.apply(speed(3, 5));
    sessions.apply(speed(4, 7));

    assert.deepEqual([afterLate, found.chronicle.counts.lost], [0, 1]);
  });

  it("say of a birth whether it was the same as the one before", () => {
    const plant = openTestTree();
    for (const one of [nbirth(), birth(["a", "b"], 1), birth(["a", "b"], 2)])
      plant.sessions.apply(one);
    plant.sessions.apply(birth(["b", "c", "d"], 3));

    assert.deepEqual(
      session(plant)
        .chronicle.events.slice(1)
        .map(({ what }) => what),
      ["2 metrics", "2 metrics, the same as before", "3 metrics, 2 new, 1 gone"],
    );
  });

  it("tell that it was asked again and again in one line, with who asked last", () => {
    const plant = openTestTree();
    plant.sessions.apply(nbirth());
    for (const at of [1, 2, 3])
      plant.sessions.askedForBirth(NODE, { at, by: "scada", cause: undefined });
    plant.sessions.askedForBirth({ ...NODE, edgeNodeId: "nobody" }, { at: 4, by: "x", cause: "y" });
    const { rebirths, lastRebirth, events } = session(plant).chronicle;

    assert.equal(rebirths, 3);
    assert.deepEqual(lastRebirth, { at: 3, by: "scada", cause: undefined });
    assert.partialDeepStrictEqual(events.at(-1), { what: "asked by scada", count: 3, at: 3 });
  });
});
