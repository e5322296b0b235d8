/** What the history does when something is wrong. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openHistoryPlant } from "../../support/history-plant.ts";
import {
  dbirth,
  message,
  nbirth,
  SOURCE_TIME as T,
  speed,
} from "../../support/sparkplug-messages.ts";

const SPEED = "g/e/d/Motor/Speed";
const FRAGILE = new URL("../../support/fragile-log-worker.ts", import.meta.url);
const OTHER = { datatype: "Int32", tellDatatype: true, value: 77 } as const;

describe("a history that cannot keep up", () => {
  it("counts what it cannot take, has a gap there, and says again what holds after it", async (t) => {
    const plant = await openHistoryPlant(t, { tuning: { mostUnderway: 1 } });
    const { sessions, history, logged } = plant;
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    const underway = plant.lines(SPEED); // on its way when the next value comes
    sessions.apply(speed(1300, 2, { timestamp: T + 1000 }));
    let values = await plant.lines(SPEED);
    await underway;
    while (values.length < 3) values = await plant.lines(SPEED);

    const times = values.map((line) => (Array.isArray(line) ? line[0] : undefined));
    assert.deepEqual(values[0], [T, 1200, "good"]);
    assert.equal(times.includes(T + 1000), false); // it was not taken; what holds is said again, later
    assert.equal(history.state().overloaded, 1);
    assert.match(logged[0]?.message ?? "", /more values come than the history can write/);
    const restated = values.at(-1);
    assert.deepEqual(Array.isArray(restated) && restated.slice(1), [1300, "good"]);
    const { days, gaps } = await plant.reader.completeness(0, 1e6);
    const dropped = days.reduce((sum, { counts }) => sum + counts.dropped, 0); // midnight may be between them
    assert.deepEqual([dropped, gaps[0]?.cause], [1, "overload"]);
  });
});

describe("a thread that breaks", () => {
  it("is started again, with a gap and with what holds then, and mixes no metrics up", async (t) => {
    const tuning = { entry: FRAGILE, restartMs: 100 };
    const { sessions, logs, lines } = await openHistoryPlant(t, { tuning });
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    const before = await lines(SPEED);
    await assert.rejects(lines("g/e/break"), { code: "NOT_RUNNING" });
    sessions.apply(message("DBIRTH/e/first", [{ ...OTHER, name: "Other" }], 2));
    sessions.apply(speed(1300, 3, { timestamp: T + 1000 }));

    await logs(/the history is recorded again/);
    let after = await lines(SPEED);
    while (after.length < 3) after = await lines(SPEED);

    assert.deepEqual(before, [[T, 1200, "good"]]);
    assert.deepEqual(
      after.map((line) => (Array.isArray(line) ? line.slice(1, 3) : line)),
      [
        [1200, "good"],
        [null, "last-known"],
        [1300, "good"],
      ],
    );
    const other = await lines("g/e/first/Other");
    assert.deepEqual(
      other.map((line) => (Array.isArray(line) ? line[1] : line)),
      [77],
    );
  });
});

describe("a log that cannot be opened", () => {
  it("leaves the hub without a history, with one line that says why", async (t) => {
    const first = await openHistoryPlant(t);
    await first.lines(SPEED);

    const second = await openHistoryPlant(t, { file: first.file });
    second.sessions.apply(nbirth());
    second.sessions.apply(dbirth());
    await second.logs(/the history is not recorded/);

    const { recording, because } = second.history.state();
    assert.equal(recording, false);
    assert.match(because ?? "", /in use by another hub/);
    await assert.rejects(second.lines(SPEED), { code: "NOT_RUNNING" });
    assert.equal(second.tree.metric(second.tree.find(SPEED) ?? 0)?.value, 1200);
    assert.equal(second.logged.length, 1);
  });
});

describe("a full disk", () => {
  it("stops the history with one line in the log, and nothing else", async (t) => {
    const plant = await openHistoryPlant(t, { tuning: { maxPages: 40 } });
    plant.sessions.apply(nbirth());
    plant.sessions.apply(dbirth());
    const before = await plant.lines("g/e/d/ok");
    for (let turn = 0; turn < 300_000; turn += 1) {
      const value = Math.trunc(Math.sin(turn) * 1e9);
      plant.sessions.apply(speed(value, (turn + 2) % 256, { timestamp: T + turn }));
    }

    await plant.logs(/the history is not recorded/);

    assert.match(plant.history.state().because ?? "", /full/);
    assert.equal(plant.logged.filter(({ level }) => level === "error").length, 1);
    assert.equal(plant.tree.metric(plant.tree.find(SPEED) ?? 0)?.quality, "good");
    assert.deepEqual((await plant.lines("g/e/d/ok")).slice(0, 1), before);
    assert.equal(before.length, 1);
  });
});
