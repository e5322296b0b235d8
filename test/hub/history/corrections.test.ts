import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openHistoryPlant } from "../../support/history-plant.ts";
import { dbirth, nbirth, SOURCE_TIME as T, speed } from "../../support/sparkplug-messages.ts";

const SPEED = "g/e/d/Motor/Speed";
const OK = "g/e/d/ok";

describe("rows that somebody writes into the history", () => {
  it("stand at their own time, once, and never in the live tree", async (t) => {
    const { sessions, history, lines, tree } = await openHistoryPlant(t);
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    sessions.apply(speed(1300, 2, { timestamp: T + 1000 }));
    const rows = [
      { time: T + 500, value: 900 },
      { time: T - 500, value: null, quality: "bad" as const },
      { time: T + 500, value: 901 },
    ];

    const written = await history.insert(SPEED, rows);
    const again = await history.insert(SPEED, rows);

    assert.deepEqual([written, again], [2, 0]);
    assert.deepEqual(await lines(SPEED), [
      [T - 500, null, "bad"],
      [T, 1200, "good"],
      [T + 500, 901, "good"],
      [T + 1000, 1300, "good"],
    ]);
    assert.equal(tree.metric(tree.find(SPEED) ?? 0)?.value, 1300);
  });

  it("take the place of what stood there, also in blocks and after a restart", async (t) => {
    const plant = await openHistoryPlant(t, { tuning: { rollRows: 1 } });
    plant.sessions.apply(nbirth());
    plant.sessions.apply(dbirth());
    plant.sessions.apply(speed(1300, 2, { timestamp: T + 1000 }));
    await plant.lines(SPEED);

    const written = await plant.history.insert(SPEED, [
      { time: T, value: 1200 },
      { time: T + 1000, value: 1299 },
    ]);
    await plant.history.insert(OK, [{ time: T, value: false }]);
    await plant.history.stop();

    const again = await openHistoryPlant(t, { file: plant.file });
    const found = await again.reader.values(SPEED, { since: 0, until: 4e12, limit: 10 });
    assert.equal(written, 1);
    assert.deepEqual(
      found?.values.map(({ time, value, isCorrected }) => [time, value, isCorrected]),
      [
        [T, 1200, false],
        [T + 1000, 1299, true],
      ],
    );
    assert.deepEqual(await again.lines(OK), [[T, false, "good"]]);
  });

  it("are refused as a whole when one of them cannot be, and say why", async (t) => {
    const config = `  rules:\n    - { filter: "g/e/d/ok", record: false }\n`;
    const { sessions, history, lines } = await openHistoryPlant(t, { config });
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    const good = { time: T + 1, value: 1 };

    const refused = [
      [SPEED, { time: T + 2, value: "fast" }, "BAD_ROW"],
      [SPEED, { time: 9e15, value: 1 }, "BAD_ROW"],
      [SPEED, { time: Number.NaN, value: 1 }, "BAD_ROW"],
      ["g/e/d/nowhere", good, "UNKNOWN_METRIC"],
      ["g/e/d", good, "UNKNOWN_METRIC"],
      [OK, { time: T, value: true }, "NOT_RECORDED"],
    ] as const;
    for (const [path, row, code] of refused) {
      const rows = code === "BAD_ROW" ? [good, row] : [row];
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await assert.rejects(history.insert(path, rows), { name: "HistoryError", code });
    }

    assert.deepEqual(await lines(SPEED), [[T, 1200, "good"]]);
  });

  it("are not said to be written when the history is gone", async (t) => {
    const { sessions, history } = await openHistoryPlant(t);
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    await history.stop();

    await assert.rejects(history.insert(SPEED, [{ time: T + 1, value: 1 }]), {
      code: "NOT_RUNNING",
    });
  });
});
