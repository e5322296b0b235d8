import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { HISTORICAL, NUMBER } from "../../../hub/src/history/log/columns.ts";
import { LogRefused } from "../../../hub/src/history/log/database.ts";
import { NOW, openTestLog, type TestLog } from "../../support/history-log.ts";
import { batchOf, GOOD, metricOf, type TestRow } from "../../support/history-rows.ts";

const BEFORE = 1_700_000_000_000;

/** Rows of `m1` in a range, as `[time − BEFORE, value, quality]`. */
function rowsOf(
  { ask }: TestLog,
  more: { since?: number; until?: number; name?: string; withEdge?: boolean; limit?: number } = {},
) {
  const { since = 0, until = 1e9, name = "m1", withEdge = false, limit = 100_000 } = more;
  const { rows } = ask<"rows">({
    kind: "rows",
    metric: metricOf(name),
    since: BEFORE + since,
    until: BEFORE + until,
    limit,
    isNext: false,
    withEdge,
  });
  return Array.from(rows.times, (time, at) => [
    time - BEFORE,
    rows.numbers[at],
    (rows.metas[at] ?? 0) & 7,
  ]);
}

function steps(from: number, count: number, step = 10): readonly TestRow[] {
  return Array.from({ length: count }, (_, at) => {
    const time = BEFORE + (from + at) * step;
    return { time, received: time + 1, value: from + at };
  });
}

function noise(from: number): readonly TestRow[] {
  return steps(from, 1000).map((row) => ({ ...row, value: Math.sin(row.value * 1000) }));
}

describe("the log", () => {
  it("gives the same rows before and after they became blocks, and after it was opened again", (t) => {
    const test = openTestLog(t);
    test.log.append(batchOf(steps(0, 600), { define: [1] }));
    const fresh = rowsOf(test);
    test.log.append(batchOf(steps(600, 600)));
    const both = rowsOf(test);

    test.work();
    const inBlocks = rowsOf(test);
    test.log.close();
    const again = rowsOf(openTestLog(t, { file: test.file }));

    assert.equal(fresh.length, 600);
    assert.equal(test.log.fresh.rows, 0);
    assert.equal(both.length, 1200);
    assert.deepEqual(inBlocks, both);
    assert.deepEqual(again, both);
  });

  it("answers a part of a range, with what held at its begin when that is wanted", (t) => {
    const test = openTestLog(t);
    test.log.append(batchOf(steps(0, 1200), { define: [1] }));
    test.work();
    test.log.append(batchOf(steps(1200, 10)));

    const range = rowsOf(test, { since: 11_995, until: 12_010 });
    const withEdge = rowsOf(test, { since: 11_995, until: 12_010, withEdge: true });

    assert.deepEqual(range, [
      [12_000, 1200, GOOD],
      [12_010, 1201, GOOD],
    ]);
    assert.deepEqual(withEdge[0], [11_990, 1199, GOOD]);
    assert.deepEqual(withEdge.slice(1), range);
  });

  it("answers page by page without losing or repeating a row", (t) => {
    const test = openTestLog(t);
    for (let from = 0; from < 5000; from += 500) {
      test.log.append(batchOf(steps(from, 500), { define: from === 0 ? [1] : [] }));
      if (from % 1500 === 0) test.work();
    }
    const found: number[] = [];
    for (let since = BEFORE, isNext = false, more = true; more;) {
      const page = test.ask<"rows">({
        kind: "rows",
        metric: metricOf("m1"),
        since,
        until: BEFORE + 1e9,
        limit: 777,
        isNext,
        withEdge: false,
      });
      found.push(...page.rows.numbers);
      since = page.rows.times.at(-1) ?? 0;
      more = page.more;
      isNext = true;
    }

    assert.deepEqual(
      found,
      Array.from({ length: 5000 }, (_, at) => at),
    );
  });

  it("puts late rows at their own time, once, whether the rest stands in blocks or not", (t) => {
    const test = openTestLog(t);
    const late = [5, 15, 25].map((time): TestRow => ({
      time: BEFORE + time,
      received: BEFORE + 99_999,
      value: -time,
      meta: GOOD | NUMBER | HISTORICAL,
    }));
    test.log.append(batchOf(steps(0, 1000), { define: [1] }));
    test.work();

    test.log.append(batchOf(late));
    const fresh = rowsOf(test, { until: 30 });
    test.log.append(batchOf([...late, ...steps(1000, 1000)]));
    test.work();
    const twice = rowsOf(test, { until: 30 });

    const expected = [0, 5, 10, 15, 20, 25, 30];
    assert.deepEqual(
      fresh.map(([time]) => time),
      expected,
    );
    assert.deepEqual(
      fresh.map(([, value]) => value),
      [0, -5, 1, -15, 2, -25, 3],
    );
    assert.deepEqual(twice, fresh);
  });

  it("reads one block for one row, also of a source that says 1970 now and then", (t) => {
    const test = openTestLog(t);
    test.log.append(
      batchOf([...steps(0, 10_000), { time: 5, received: BEFORE, value: -1 }], { define: [1] }),
    );
    test.work();

    const sizes = test.log.database
      .prepare("SELECT first, count FROM block ORDER BY first")
      .all()
      .map((row) => [row["first"], row["count"]]);

    assert.deepEqual(sizes.slice(0, 2), [
      [5, 1],
      [BEFORE, 4096],
    ]);
    assert.deepEqual(rowsOf(test, { since: 50_000, until: 50_000 }), [[50_000, 5000, GOOD]]);
  });

  it("of two rows of one time keeps the one that came later, in blocks too", (t) => {
    const test = openTestLog(t);
    test.log.append(batchOf(steps(0, 1000), { define: [1] }));
    test.work();

    test.log.append(batchOf([{ time: BEFORE + 50, received: BEFORE + 90_000, value: 77 }]));
    const before = rowsOf(test, { since: 40, until: 60 });
    test.log.append(batchOf(steps(1000, 1000)));
    test.work();

    assert.deepEqual(
      before.map(([, value]) => value),
      [4, 77, 6],
    );
    assert.deepEqual(rowsOf(test, { since: 40, until: 60 }), before);
  });

  it("joins the short blocks of many metrics into long ones", (t) => {
    const test = openTestLog(t);
    const slots = Array.from({ length: 100 }, (_, at) => at + 1);
    for (let turn = 0; turn < 80; turn += 1) {
      const rows = slots.flatMap((slot) =>
        steps(turn * 10, 10).map((row) => ({ ...row, slot, value: row.value * slot })),
      );
      test.log.append(batchOf(rows, { define: turn === 0 ? slots : [] }));
      test.work();
      while (test.log.retain());
    }

    const { all } = test.log.parts;

    assert.ok(all.length < 20, `${all.length} parts`);
    assert.deepEqual(
      rowsOf(test, { name: "m7" }).map(([, value]) => value),
      Array.from({ length: 800 }, (_, at) => at * 7),
    );
  });

  it("moves a file aside that is no database, says so, and begins anew", (t) => {
    const first = openTestLog(t);
    first.log.append(batchOf(steps(0, 10), { define: [1] }));
    first.log.close();
    writeFileSync(first.file, "this is no database, it only stands in its place");

    const second = openTestLog(t, { file: first.file });

    assert.match(second.damage ?? "", /cannot be read .* was moved to .*damaged-2027/);
    second.log.append(batchOf(steps(0, 10), { define: [1] }));
    assert.equal(rowsOf(second).length, 10);
  });

  it("refuses a file that somebody else has open, and leaves it to him", (t) => {
    const first = openTestLog(t);
    first.log.append(batchOf(steps(0, 10), { define: [1] }));

    assert.throws(
      () => openTestLog(t, { file: first.file }),
      (error) => error instanceof LogRefused && /in use by another hub/.test(error.message),
    );
    first.log.append(batchOf(steps(10, 10)));
    assert.equal(rowsOf(first).length, 20);
  });

  it("refuses a database of another program, and a history of a newer hub, and changes nothing in them", async (t) => {
    const { DatabaseSync } = await import("node:sqlite");
    const first = openTestLog(t);
    first.log.close();
    const file = `${first.file}-foreign`;
    const foreign = new DatabaseSync(file);
    foreign.exec("CREATE TABLE theirs (x)");
    foreign.close();
    const newer = new DatabaseSync(first.file);
    newer.exec("PRAGMA journal_mode = DELETE; PRAGMA user_version = 2");
    newer.close();
    const before = [file, first.file].map((name) => readFileSync(name));

    for (const [name, because] of [
      [file, /another program/],
      [first.file, /written by another hub \(version 2 of its tables, this hub knows 1\)/],
    ] as const)
      assert.throws(
        () => openTestLog(t, { file: name }),
        (error) => error instanceof LogRefused && because.test(error.message),
      );
    assert.deepEqual(
      [file, first.file].map((name) => readFileSync(name)),
      before,
    );
  });

  it("loses the rows of a damaged block, says so, and nothing else", (t) => {
    const test = openTestLog(t);
    test.log.append(batchOf(steps(0, 12_000), { define: [1] }));
    test.work();
    const { database } = test.log;
    const data = database.prepare("SELECT data FROM block WHERE id = 2").get()?.["data"];
    assert.ok(data instanceof Uint8Array);
    data[10] = (data[10] ?? 0) ^ 1;
    database.prepare("UPDATE block SET data = ? WHERE id = 2").run(data);

    const answer = test.ask<"rows">({
      kind: "rows",
      metric: metricOf("m1"),
      since: BEFORE,
      until: BEFORE + 1e9,
      limit: 100_000,
      isNext: false,
      withEdge: false,
    });

    assert.deepEqual([answer.rows.count, answer.damaged], [12_000 - 4096, 1]);
  });

  it("goes on after the end of its file was cut off by a crash", (t) => {
    const test = openTestLog(t);
    test.log.append(batchOf(steps(0, 500), { define: [1] }));
    const [whole, wal] = [readFileSync(test.file), readFileSync(`${test.file}-wal`)];
    const copy = `${test.file}-copy`;
    writeFileSync(copy, whole);
    writeFileSync(`${copy}-wal`, wal.subarray(0, wal.length - 700));

    const again = openTestLog(t, { file: copy });

    assert.equal(again.damage, undefined);
    assert.ok([0, 500].includes(rowsOf(again).length));
    again.log.append(batchOf(steps(500, 10), { define: [1] }));
    assert.equal(rowsOf(again, { since: 5000 }).length, 10);
  });
});

describe("retention", () => {
  const keepHour = { rule: "", keepMs: 3_600_000, maxBytes: Number.POSITIVE_INFINITY };

  it("deletes by age, rule by rule, however somebody sets the wall clock", (t) => {
    const keeping = [{ ...keepHour, rule: "short", keepMs: 60_000 }, keepHour];
    const test = openTestLog(t, { keeping, replay: { keepMs: 0, maxBytes: 0 } });
    test.log.append(batchOf(steps(0, 1000), { define: [1], rule: "short" }));
    test.log.append(
      batchOf(
        steps(0, 1000).map((row) => ({ ...row, slot: 2 })),
        { define: [2] },
      ),
    );
    test.work();
    test.log.append(batchOf(steps(2000, 1)));

    test.clock.wall += 7_200_000; // set by hand: no time has passed
    while (test.log.retain());
    const afterJump = [rowsOf(test).length, rowsOf(test, { name: "m2" }).length];
    test.clock.monotonic += 61_000;
    while (test.log.retain());
    const afterMinute = [rowsOf(test).length, rowsOf(test, { name: "m2" }).length];
    test.clock.monotonic += 3_600_000;
    while (test.log.retain());

    assert.deepEqual(afterJump, [1001, 1000]);
    assert.deepEqual(afterMinute, [1, 1000]);
    assert.equal(rowsOf(test, { name: "m2" }).length, 0);
  });

  it("counts the time in which it was closed, but no years of a clock that began in 1970", (t) => {
    const keeping = [{ ...keepHour, keepMs: 86_400_000 }];
    const options = { keeping, replay: { keepMs: 0, maxBytes: 0 } };
    const first = openTestLog(t, options);
    first.log.append(batchOf(steps(0, 1000), { define: [1] }));
    first.work();
    first.log.append(batchOf(steps(1000, 1)));
    first.log.close();
    const file = { ...options, file: first.file };
    const left = [1000, NOW + 3_600_000, NOW + 90_000_000].map((wall) => {
      const test = openTestLog(t, { ...file, wall });
      while (test.log.retain());
      const { length } = rowsOf(test);
      test.log.close();
      return length;
    });

    assert.deepEqual(left, [1001, 1001, 1]);
  });

  it("deletes the oldest when a rule, or all together, have too much", (t) => {
    const unlimited = Number.POSITIVE_INFINITY;
    const keeping = [
      { rule: "small", keepMs: unlimited, maxBytes: 30_000 },
      { rule: "", keepMs: unlimited, maxBytes: unlimited },
    ];
    const test = openTestLog(t, { keeping, replay: { keepMs: 0, maxBytes: 0 } });
    for (let from = 0; from < 20_000; from += 1000) {
      test.log.append(batchOf(noise(from), { define: from === 0 ? [1] : [], rule: "small" }));
      test.work();
      while (test.log.retain());
    }

    const left = rowsOf(test);

    assert.ok(test.log.parts.bytes <= 30_000, `${test.log.parts.bytes} bytes`);
    assert.ok(left.length >= 1000 && left.length < 5000, `${left.length} rows`);
    assert.equal(left.at(-1)?.[0], 199_990);
  });

  it("keeps the order of arrival as long as it is asked to, not longer", (t) => {
    const test = openTestLog(t, { replay: { keepMs: 60_000, maxBytes: 1e9 } });
    test.log.append(batchOf(steps(0, 1000), { define: [1] }));
    test.work();
    test.log.append(batchOf(steps(1000, 1000)));
    test.work();
    test.clock.monotonic += 30_000;
    while (test.log.retain());
    const tailBefore = test.log.state().tail;

    test.clock.monotonic += 31_000;
    while (test.log.retain());

    const { head, tail } = test.log.state();
    assert.deepEqual([tailBefore, tail, head], [0, 1000, 2000]);
    assert.equal(rowsOf(test).length, 2000);
  });
});

describe("a full disk", () => {
  it("stops recording, says why, counts what is lost, and goes on by itself", (t) => {
    const test = openTestLog(t, { maxPages: 60 });
    const { log, clock } = test;
    log.append(batchOf(steps(0, 500), { define: [1] }));
    let from = 500;
    while (log.state().recording && from < 1_000_000) {
      log.append(batchOf(steps(from, 500).map((row) => ({ ...row, value: Math.sin(row.value) }))));
      from += 500;
    }
    const stopped = log.state();
    const known = rowsOf(test, { until: 4990 }).length;
    log.database.exec("PRAGMA max_page_count = 100000");
    log.append(batchOf(steps(from, 500)));
    const tooEarly = log.state().recording;
    clock.monotonic += 1001;
    clock.wall += 60_000;

    log.append(batchOf(steps(from + 500, 500)));

    assert.match(stopped.because ?? "", /full/);
    assert.equal(known, 500);
    assert.equal(tooEarly, false);
    assert.equal(log.state().recording, true);
    assert.equal(log.state().lost, stopped.lost + 500);
    const [gap] = log.gaps.touching([], 0, 1e14);
    assert.deepEqual(gap && [gap.from, gap.to, gap.cause, gap.count], [
      NOW,
      NOW + 60_000,
      "disk full",
      stopped.lost + 500,
    ]);
  });

  it("stops before it is full when the disk must have more free than there is", (t) => {
    const test = openTestLog(t, { minFreeBytes: 2 ** 60 });

    const wasWritten = test.log.append(batchOf(steps(0, 10), { define: [1] }));

    assert.equal(wasWritten, false);
    assert.match(
      test.log.state().because ?? "",
      /MiB are free on its disk, history.minFreeDisk asks for/,
    );
  });
});
