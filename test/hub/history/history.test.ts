import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MetricToSend, MetricValue } from "@unshub/sparkplug";
import { HistoryReader } from "../../../hub/src/history/index.ts";
import { openHistoryPlant } from "../../support/history-plant.ts";
import {
  dbirth,
  message,
  nbirth,
  ndeath,
  RECEIVED_AT,
  sentAt,
  SOURCE_TIME as T,
  speed,
} from "../../support/sparkplug-messages.ts";

const SPEED = "g/e/d/Motor/Speed";
const MOTOR = {
  isDefinition: false,
  templateRef: "Motor",
  version: "1",
  metrics: [{ name: "Amps", datatype: "Double", value: 1.5 }],
  parameters: [],
} as const;

describe("the history", () => {
  it("keeps every value with its own time, quality and reason", async (t) => {
    const { sessions, lines } = await openHistoryPlant(t);
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    const bad = [
      { key: "Quality", datatype: "Int32", value: 0 },
      { key: "Reason", datatype: "String", value: "sensor broken" },
    ] as const;

    sessions.apply(speed(1300, 2, { timestamp: T + 10 }));
    sessions.apply(speed(1301, 3, { timestamp: T + 20, properties: bad }));
    sessions.apply(speed(null, 4, { timestamp: T + 30 }));

    assert.deepEqual(await lines(SPEED), [
      [T, 1200, "good"],
      [T + 10, 1300, "good"],
      [T + 20, 1301, "bad", "sensor broken"],
      [T + 30, null, "good"],
    ]);
    assert.deepEqual(await lines("g/e/d/ok"), [[T, true, "good"]]);
  });

  it("keeps values of every type exactly, also after they became blocks and after a restart", async (t) => {
    const values: readonly [MetricToSend["datatype"], MetricValue][] = [
      ["Int8", -128],
      ["UInt64", 2n ** 64n - 1n],
      ["Int64", -(2n ** 63n)],
      ["Float", Math.fround(0.1)],
      ["Double", Math.PI],
      ["Boolean", true],
      ["String", "größer 🏭"],
      ["DateTime", T],
      ["Bytes", Uint8Array.of(0, 255, 1)],
      ["Int32Array", [1, -2, 3]],
      ["StringArray", ["a", ""]],
      ["Template", MOTOR],
      ["DataSet", { columns: ["x"], types: ["Int32"], rows: [[1], [2]] }],
    ];
    const metrics = values.map(([datatype, value]): MetricToSend => ({
      name: `a ${datatype}`,
      datatype,
      tellDatatype: true,
      value,
      timestamp: T,
    }));
    const plant = await openHistoryPlant(t, { tuning: { rollRows: 1 } });
    plant.sessions.apply(nbirth());
    plant.sessions.apply(message("DBIRTH/e/d", metrics, 1));
    const before = await Promise.all(
      values.map(([datatype]) => plant.lines(`g/e/d/a ${datatype}`)),
    );
    await plant.history.stop();

    const again = await openHistoryPlant(t, { file: plant.file });
    const after = await Promise.all(values.map(([datatype]) => again.lines(`g/e/d/a ${datatype}`)));

    const expected = values.map(([, value]) => [[T, value, "good"]]);
    assert.deepEqual(before, expected);
    assert.deepEqual(after, expected);
  });

  it("shows when a metric was offline, and that a birth said again what was known", async (t) => {
    const { sessions, lines, reader } = await openHistoryPlant(t);
    sessions.apply(nbirth());
    sessions.apply(dbirth());

    sessions.apply({ ...ndeath(), receivedAt: RECEIVED_AT + 60_000 });
    const receivedAt = RECEIVED_AT + 120_000;
    sessions.apply({ ...sentAt(nbirth(1), T + 120_000), receivedAt });
    sessions.apply({ ...sentAt(dbirth(1), T + 120_000), receivedAt });

    const values = await lines(SPEED);
    assert.deepEqual(values, [
      [T, 1200, "good"],
      [RECEIVED_AT + 60_000, 1200, "offline", "edge node died"],
      [T + 120_000, 1200, "good"],
    ]);
    const found = await reader.values(SPEED, { since: 0, until: 4e12, limit: 10 });
    assert.deepEqual(
      found?.values.map(({ isRestated }) => isRestated),
      [false, false, true],
    );
  });

  it("does not keep again what a birth only repeats", async (t) => {
    const { sessions, lines } = await openHistoryPlant(t);
    sessions.apply(nbirth());
    sessions.apply(dbirth());

    sessions.apply(dbirth(2));
    sessions.apply(nbirth(1)); // the device is to be born again, and is at once
    sessions.apply(dbirth(1));

    assert.equal((await lines(SPEED)).length, 1);
  });

  it("calls a metric stale that is not born again with its edge node", async (t) => {
    let now = RECEIVED_AT;
    const { sessions, lines } = await openHistoryPlant(t, { now: () => now });
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    now += 1000;
    sessions.apply({ ...sentAt(nbirth(1), T + 1000), receivedAt: now });
    const before = await lines(SPEED);
    now += 5000;

    let values = await lines(SPEED);
    while (values.length < 2) values = await lines(SPEED);

    assert.equal(before.length, 1);
    assert.deepEqual(values[1], [T + 1000, 1200, "stale", "waiting for its birth"]);
  });

  it("puts late values at their own time, once, and never into the live tree", async (t) => {
    const { sessions, lines, reader, tree } = await openHistoryPlant(t);
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    sessions.apply(speed(1300, 2, { timestamp: T + 1000 }));

    for (const seq of [3, 4])
      sessions.apply(speed(900, seq, { timestamp: T + 500, isHistorical: true }));

    assert.deepEqual(await lines(SPEED), [
      [T, 1200, "good"],
      [T + 500, 900, "good"],
      [T + 1000, 1300, "good"],
    ]);
    const found = await reader.values(SPEED, { since: T + 500, until: T + 500, limit: 10 });
    assert.equal(found?.values[0]?.isHistorical, true);
    assert.equal(tree.metric(tree.find(SPEED) ?? 0)?.value, 1300);
  });

  it("has a gap where messages were lost, until the next value", async (t) => {
    const { sessions, reader } = await openHistoryPlant(t);
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    sessions.apply({ ...speed(1300, 2, { timestamp: at(1) }), receivedAt: at(1) });

    sessions.apply({ ...speed(1500, 7, { timestamp: at(9) }), receivedAt: at(9) });

    const found = await reader.values(SPEED, { since: at(0), until: at(10), limit: 10 });
    assert.deepEqual(
      found?.values.map(({ time, value, isGap, quality, reason }) => [
        time,
        value,
        isGap,
        quality,
        reason,
      ]),
      [
        [at(1), 1300, false, "good", undefined],
        [at(1) + 1, null, true, "last-known", "messages were lost before they reached the hub"],
        [at(9), 1500, false, "good", undefined],
      ],
    );
    const day = Math.floor(Date.now() / 86_400_000);
    const { days } = await reader.completeness(day - 1, day + 1);
    const sum = (what: "messages" | "births" | "gaps" | "lost"): number =>
      days.reduce((all, { counts }) => all + counts[what], 0); // midnight may be between them
    assert.deepEqual(new Set(days.map(({ edgeNodeId }) => edgeNodeId)), new Set(["e"]));
    assert.deepEqual([sum("messages"), sum("births"), sum("gaps"), sum("lost")], [4, 2, 1, 4]);
  });

  it("keeps the order where late values fill a gap, and tells a gap once however it is paged", async (t) => {
    const { sessions, reader } = await openHistoryPlant(t);
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    sessions.apply({ ...speed(1300, 2, { timestamp: at(1) }), receivedAt: at(1) });
    sessions.apply({ ...speed(1500, 7, { timestamp: at(9) }), receivedAt: at(9) });
    const late = speed(1400, 8, { timestamp: at(5), isHistorical: true });
    sessions.apply({ ...late, receivedAt: at(10) });

    const times: number[] = [];
    for (let more = true; more;) {
      const range = { since: at(0), until: at(10), limit: 1, after: times.at(-1) };
      // oxlint-disable-next-line no-await-in-loop -- page by page
      const page = await reader.values(SPEED, range);
      times.push(...(page?.values ?? []).map(({ time }) => time));
      more = page?.more === true;
    }

    assert.deepEqual(times, [at(1), at(1) + 1, at(5), at(9)]);
  });

  it("ends the gap of lost messages with a birth that says the same again", async (t) => {
    const { sessions, lines } = await openHistoryPlant(t);
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    sessions.apply({ ...sentAt(message("DDATA/e/d", [], 9), at(5)), receivedAt: at(5) });

    sessions.apply({ ...sentAt(nbirth(1), at(6)), receivedAt: at(6) });
    sessions.apply({ ...sentAt(dbirth(1), at(6)), receivedAt: at(6) });

    assert.deepEqual(await lines(SPEED), [
      [T, 1200, "good"],
      [at(0), null, "last-known", "messages were lost before they reached the hub"],
      [at(5), 1200, "stale", "messages were lost"],
      [at(6), 1200, "good"],
    ]);
  });

  it("is copied whole while it goes on", async (t) => {
    const { sessions, reader, file } = await openHistoryPlant(t, { tuning: { rollRows: 50 } });
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    const say = (from: number): void => {
      for (let seq = from; seq < from + 100; seq += 1) {
        sessions.apply(speed(seq, seq, { timestamp: T + seq }));
      }
    };
    say(2);

    const copying = reader.backup(`${file}-copy`);
    say(102);
    await copying;

    const copy = await openHistoryPlant(t, { file: `${file}-copy` });
    const values = await copy.lines(SPEED, { until: T + 300 });
    assert.ok(values.length >= 101, `${values.length} values`);
    assert.deepEqual(values[100], [T + 101, 101, "good"]);
  });

  it("has a gap where the hub was stopped", async (t) => {
    const first = await openHistoryPlant(t);
    const begin = Date.now();
    first.sessions.apply({ ...nbirth(), receivedAt: begin });
    first.sessions.apply({ ...sentAt(dbirth(), begin), receivedAt: begin });
    first.sessions.apply({ ...speed(4, 2, { timestamp: begin }), receivedAt: begin });
    await first.history.stop();
    const later = { wallOffsetMs: 3_600_000 };

    const second = await openHistoryPlant(t, { file: first.file, tuning: later });
    const hourLater = Date.now() + 3_600_000;
    second.sessions.apply({ ...nbirth(), receivedAt: hourLater });
    second.sessions.apply({ ...sentAt(dbirth(), hourLater), receivedAt: hourLater });
    second.sessions.apply({ ...speed(5, 2, { timestamp: hourLater }), receivedAt: hourLater });

    const found = await second.reader.values(SPEED, {
      since: begin - 1,
      until: hourLater + 1,
      limit: 10,
    });
    assert.deepEqual(
      found?.values.map(({ reason, value, isGap }) => (isGap ? reason : value)),
      [4, "not recorded: the hub was stopped", 5],
    );
  });

  it("follows a metric over a new datatype and a new name", async (t) => {
    const { sessions, lines } = await openHistoryPlant(t);
    sessions.apply(nbirth());
    sessions.apply(born({ name: "Old", datatype: "Int32", value: 1 }, T, 1));
    sessions.apply(born({ name: "Old", datatype: "Double", value: 1.5 }, T + 1000, 2));
    sessions.apply(born({ name: "New", datatype: "Double", value: 2.5 }, T + 2000, 3));

    const values = await lines("g/e/d/New");

    assert.deepEqual(values, [
      [T, 1, "good"],
      [T + 1000, 1.5, "good"],
      [T + 2000, 2.5, "good"],
    ]);
  });

  it("records by rules: not at all, or only what differs enough", async (t) => {
    const config = `  rules:
    - { filter: "g/e/d/Motor/#", deadband: 10, atLeastEvery: 60s }
    - { filter: "g/e/d/ok", record: false }
`;
    const { sessions, lines, reader } = await openHistoryPlant(t, { config });
    sessions.apply(nbirth());
    sessions.apply(dbirth());

    let seq = 2;
    for (const [value, ms] of [
      [1205, 100],
      [1209, 200],
      [1210, 300],
      [1215, 400],
      [1214, 60_300],
      [1204, 60_400],
    ] as const) {
      sessions.apply(speed(value, seq, { timestamp: T + ms }));
      seq += 1;
    }

    const kept = (await lines(SPEED)).map((line) => (Array.isArray(line) ? line[1] : line));
    assert.deepEqual(kept, [1200, 1210, 1214, 1204]);
    assert.equal(await reader.values("g/e/d/ok", { since: 0, until: 4e12, limit: 10 }), undefined);
  });

  it("answers buckets, each with what its rows come to", async (t) => {
    const { sessions, reader } = await openHistoryPlant(t);
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    for (const [turn, value] of [4, 8, 2, 6].entries()) {
      sessions.apply(speed(value, turn + 2, { timestamp: T + 1000 + turn * 250 }));
    }

    const answer = await reader.buckets(SPEED, { since: T + 1000, until: T + 3000, buckets: 2 });

    assert.deepEqual(answer?.buckets, [
      {
        time: T + 1000,
        count: 4,
        first: 4,
        last: 6,
        min: 2,
        max: 8,
        average: 5,
        timeWeighted: 5,
        rows: 4,
        goodMs: 1000,
      },
      {
        time: T + 2000,
        count: 0,
        first: undefined,
        last: undefined,
        min: undefined,
        max: undefined,
        average: undefined,
        timeWeighted: 6,
        rows: 0,
        goodMs: 1000,
      },
    ]);
  });

  it("answers at other paths, which are translated when somebody asks", async (t) => {
    const { sessions, history, tree } = await openHistoryPlant(t);
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    const others = new Map([
      ["acme/press/Speed", SPEED],
      ["acme/press", "g/e/d"],
    ]);
    const reader = new HistoryReader({ history, tree, treePathOf: (path) => others.get(path) });

    const values = await reader.values("acme/press/Speed", { since: T, until: T, limit: 1 });
    const page = await reader.at("acme/press", [T], { limit: 10 });
    const own = await reader.values(SPEED, { since: T, until: T, limit: 1 });

    assert.equal(values?.values[0]?.value, 1200);
    assert.equal(page.metrics.length, 2);
    assert.deepEqual(own, values);
  });

  it("shows the tree at two instants", async (t) => {
    const { sessions, reader } = await openHistoryPlant(t);
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    sessions.apply(speed(1300, 2, { timestamp: T + 5000 }));

    const page = await reader.at("g/e/d", [T - 1, T + 4999, T + 5000], { limit: 10 });

    assert.deepEqual(
      page.metrics.map(({ name, values }) => [name, ...values.map((value) => value?.value)]),
      [
        ["Motor/Speed", undefined, 1200, 1300],
        ["ok", undefined, true, true],
      ],
    );
    const first = await reader.at("", [T], { limit: 1 });
    const rest = await reader.at("", [T], { limit: 10, after: first.next });
    assert.deepEqual([first.metrics.length, rest.metrics.length, rest.next], [1, 3, undefined]);
  });

  it("hands out everything in the order of arrival, from any offset on", async (t) => {
    const { sessions, reader } = await openHistoryPlant(t);
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    for (let seq = 2; seq < 102; seq += 1) {
      sessions.apply({ ...speed(seq, seq, { timestamp: T + seq }), receivedAt: RECEIVED_AT + seq });
    }

    const all = await reader.entries(0, 1000);
    const from = await reader.offsetAt(RECEIVED_AT + 50);
    const some = await reader.entries(from, 10);

    assert.equal(all.entries.length, 104);
    assert.deepEqual([all.next, all.head], [104, 104]);
    assert.deepEqual(
      all.entries.slice(-1).map(({ metric, value }) => [metric.name, value]),
      [["Motor/Speed", 101]],
    );
    assert.deepEqual(
      some.entries.map(({ value }) => value),
      [50, 51, 52, 53, 54, 55, 56, 57, 58, 59],
    );
    assert.equal(some.next, from + 10);
  });
});

function at(seconds: number): number {
  return RECEIVED_AT + seconds * 1000;
}

/** A DBIRTH of one metric with alias 7. */
function born(
  metric: Pick<MetricToSend, "name" | "datatype" | "value">,
  timestamp: number,
  seq: number,
): ReturnType<typeof message> {
  const metrics = [{ ...metric, alias: 7, tellDatatype: true, timestamp }];
  return sentAt(message("DBIRTH/e/d", metrics, seq), timestamp);
}
