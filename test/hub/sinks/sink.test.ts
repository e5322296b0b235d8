/** A sink between a real log and a target that fails as it is told. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, it } from "node:test";
import type { SinkConfig } from "../../../hub/src/sinks/config/index.ts";
import { DeadLetters } from "../../../hub/src/sinks/dead-letters.ts";
import { Describer } from "../../../hub/src/sinks/describe.ts";
import { SinkFindings } from "../../../hub/src/sinks/findings.ts";
import { PositionFile } from "../../../hub/src/sinks/position.ts";
import type { SinkRecord } from "../../../hub/src/sinks/record.ts";
import type { SinkState } from "../../../hub/src/sinks/sink-status.ts";
import { Sink } from "../../../hub/src/sinks/sink.ts";
import { Refused } from "../../../hub/src/sinks/target.ts";
import { openHistoryPlant, type HistoryPlant } from "../../support/history-plant.ts";
import { tempDir, type Ending } from "../../support/hub.ts";
import { keepingLog } from "../../support/silent-log.ts";
import { parsedSink } from "../../support/sink-record.ts";
import { dbirth, nbirth, SOURCE_TIME, speed } from "../../support/sparkplug-messages.ts";

/** What a target does with a batch. */
type Reaction = (records: readonly SinkRecord[], taken: SinkRecord[]) => void | Promise<void>;

const TAKE: Reaction = (records, taken) => void taken.push(...records);

interface TestSink {
  readonly sink: Sink;
  readonly taken: SinkRecord[];
  readonly findings: SinkFindings;
  readonly logged: ReturnType<typeof keepingLog>["lines"];
  react: Reaction;
  readonly until: (holds: (state: SinkState) => boolean) => Promise<SinkState>;
}

const FAST = "every: 10ms, retryAfter: 10ms, retryAtMost: 20ms";

async function startSink(
  t: Ending,
  plant: HistoryPlant,
  { folder, more = "", react = TAKE }: { folder: string; more?: string; react?: Reaction },
): Promise<TestSink> {
  const config: SinkConfig = await parsedSink(
    `{ name: s, type: line-protocol, url: "http://x", ${FAST}${more} }`,
    "line-protocol",
  );
  const findings = new SinkFindings(() => Date.now());
  const { log, lines } = keepingLog();
  const taken: SinkRecord[] = [];
  const { tree, reader, history } = plant;
  const sink = new Sink({
    config,
    openTarget: async () => ({
      write: async (records) => await test.react(records, taken),
      close: async () => undefined,
    }),
    reader,
    head: () => history.state().head,
    describer: new Describer({ tree, partsOf: () => undefined, levels: [] }, config.filter),
    positions: new PositionFile(join(folder, "s.position.json")),
    deadLetters: new DeadLetters(join(folder, "s.dead.jsonl"), config.deadLetters),
    findings,
    log,
    now: () => Date.now(),
  });
  const until: TestSink["until"] = async (holds) => {
    for (;;) {
      const state = sink.state();
      if (holds(state)) return state;
      await pause(5);
    }
  };
  const test: TestSink = { sink, taken, findings, logged: lines, react, until };
  sink.start();
  t.after(() => sink.stop());
  return test;
}

/** Values `from` to `to`, each with its own time. */
function tell({ sessions }: HistoryPlant, from: number, to: number): void {
  for (let value = from; value < to; value += 1) {
    sessions.apply(speed(value, (value + 2) % 256, { timestamp: SOURCE_TIME + 1 + value }));
  }
}

async function bornPlant(t: Ending, options: Parameters<typeof openHistoryPlant>[1] = {}) {
  const plant = await openHistoryPlant(t, options);
  plant.sessions.apply(nbirth());
  plant.sessions.apply(dbirth());
  return plant;
}

const ofSpeed = (taken: readonly SinkRecord[]) =>
  taken.filter(({ subject }) => subject.metric === "Motor/Speed");
const valuesOf = (taken: readonly SinkRecord[]) =>
  ofSpeed(taken).map(({ content }) => (content.kind === "none" ? null : content.value));

describe("a sink", { timeout: 180_000 }, () => {
  it("writes everything in the order of arrival, in batches, however often the target fails", async (t) => {
    const plant = await bornPlant(t);
    tell(plant, 0, 1000);
    let tries = 0;
    const sizes: number[] = [];
    const test = await startSink(t, plant, {
      folder: tempDir(t),
      more: ", rows: 100",
      react: (records, taken) => {
        tries += 1;
        if (tries % 3 === 1) throw new Error("the line is cut");
        sizes.push(records.length);
        taken.push(...records);
      },
    });

    const { head } = await plant.reader.entries(0, 1);
    const state = await test.until(({ position, lagMs }) => position === head && lagMs === 0);

    assert.deepEqual(valuesOf(test.taken), [1200, ...Array(1000).keys()]);
    assert.ok(Math.max(...sizes) <= 100);
    assert.ok(state.errors >= 4, `${state.errors} errors`);
    assert.deepEqual([state.missedRows, state.deadLetters], [0, 0]);
  });

  it("goes on behind what the target confirmed, and writes again what it did not", async (t) => {
    const folder = tempDir(t);
    const plant = await bornPlant(t);
    tell(plant, 0, 10);
    const first = await startSink(t, plant, { folder });
    await first.until(({ position }) => position > 0 && position === plant.history.state().head);
    first.react = async (records, taken) => {
      taken.push(...records); // they are there, and nobody hears of it
      await new Promise(() => undefined);
    };
    tell(plant, 10, 20);
    while (valuesOf(first.taken).length < 21) await pause(5);
    await first.sink.stop();

    const second = await startSink(t, plant, { folder });
    await second.until(({ position }) => position === plant.history.state().head);

    assert.deepEqual(valuesOf(second.taken), [10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  });

  it("keeps rows that the target refuses apart, exactly, and has them written again when asked", async (t) => {
    const plant = await bornPlant(t);
    tell(plant, 0, 100);
    let isHealed = false;
    const test = await startSink(t, plant, {
      folder: tempDir(t),
      react: (records, taken) => {
        const poison = ofSpeed(records).find(
          ({ content }) => content.kind === "integer" && Number(content.value) % 40 === 13,
        );
        if (poison !== undefined && !isHealed) throw new Refused("13 brings bad luck");
        taken.push(...records);
      },
    });
    await test.until(({ deadLetters }) => deadLetters === 3);
    const letters = await test.sink.deadLetters();
    const before = valuesOf(test.taken).length;
    const inVain = await test.sink.retry();
    isHealed = true;
    const done = await test.sink.retry();

    assert.deepEqual(valuesOf(letters.map(({ record }) => record)), [13, 53, 93]);
    assert.equal(letters[0]?.error, "13 brings bad luck");
    assert.equal(before, 98);
    assert.deepEqual(
      [inVain, done],
      [
        { written: 0, left: 3 },
        { written: 3, left: 0 },
      ],
    );
    assert.deepEqual(valuesOf(test.taken).slice(-3), [13, 53, 93]);
    assert.equal(test.sink.state().deadLetters, 0);
    assert.partialDeepStrictEqual(test.findings.findings(), [{ code: "SINK-REFUSED" }]);
  });

  it("buries a run of bad rows, however long, when there is a good one behind it", async (t) => {
    const plant = await bornPlant(t);
    tell(plant, 0, 300);
    const test = await startSink(t, plant, {
      folder: tempDir(t),
      react: (records, taken) => {
        if (records.some(({ offset }) => offset < 200)) throw new Refused("too old");
        taken.push(...records);
      },
    });

    const { head } = await plant.reader.entries(0, 1);
    const state = await test.until(({ position }) => position === head);

    const letters = await test.sink.deadLetters();
    assert.deepEqual(
      letters.map(({ record }) => record.offset),
      Array.from({ length: 198 }, (_, at) => at + 2), // bdSeq and a control are no values
    );
    assert.equal(state.errors, 0);
    assert.equal(new Set(test.taken.map(({ offset }) => offset)).size, head - 200);
  });

  it("takes a target that refuses row after row for ill, not the rows", async (t) => {
    const plant = await bornPlant(t);
    tell(plant, 0, 100);
    const test = await startSink(t, plant, {
      folder: tempDir(t),
      react: () => {
        throw new Refused("no such table");
      },
    });

    const state = await test.until(({ status }) => status === "down");

    assert.match(state.error ?? "", /refuses everything: no such table/);
    assert.deepEqual([state.deadLetters, state.position], [0, 0]);
  });

  it("gives up a write that takes too long, and tries again", async (t) => {
    const plant = await bornPlant(t);
    const test = await startSink(t, plant, {
      folder: tempDir(t),
      more: ", timeout: 100ms",
      react: () => new Promise(() => undefined),
    });
    const state = await test.until(({ status }) => status === "down");
    test.react = TAKE;
    await test.until(({ status }) => status === "up");

    assert.match(state.error ?? "", /no answer within 0.1 s/);
    assert.deepEqual(valuesOf(test.taken), [1200]);
  });

  it("tells what the log deleted before the target came back, and goes on behind it", async (t) => {
    const plant = await bornPlant(t, {
      config: "  replay: { keep: 1s, maxSize: 1MiB }\n",
      tuning: { rollRows: 100 },
    });
    const test = await startSink(t, plant, {
      folder: tempDir(t),
      react: () => {
        throw new Error("away");
      },
    });
    tell(plant, 0, 500);
    await test.until(
      // what is deleted before anybody has looked is no backlog any more, but behind its position
      ({ status, position, backlogRows }) => status === "down" && position + backlogRows > 500,
    );
    while (plant.history.state().tail === 0) {
      tell(plant, 500, 600); // the last batch always stays
      await pause(100);
      await plant.reader.entries(0, 1);
    }
    const { tail } = plant.history.state();
    test.react = TAKE;
    const state = await test.until(({ status }) => status === "up");

    assert.ok(state.missedRows >= tail, `${state.missedRows} missed, ${tail} deleted`);
    assert.equal(test.taken[0]?.offset, state.missedRows);
    const [finding] = test.findings.findings();
    assert.equal(finding?.code, "SINK-GAP");
    assert.match(finding?.because ?? "", /^\d+ values, received … to 20.*were deleted/);
    assert.ok(test.logged.some(({ level }) => level === "error"));
  });

  for (const [what, spoil, because] of [
    ["is damaged", (text: string) => text.slice(0, 7), /file with its position cannot be read/],
    [
      "is of another log",
      (text: string) => text.replace('"receivedAt":1', '"receivedAt":2'),
      /history is another one/,
    ],
    [
      "lies behind the end",
      (text: string) => text.replace(/"offset":\d+/, '"offset":99999'),
      /history is another one/,
    ],
  ] as const) {
    it(`begins with the oldest value when its position ${what}, and says so`, async (t) => {
      const folder = tempDir(t);
      const plant = await bornPlant(t);
      tell(plant, 0, 10);
      const first = await startSink(t, plant, { folder });
      await first.until(({ position }) => position > 0 && position === plant.history.state().head);
      await first.sink.stop();
      const file = join(folder, "s.position.json");
      writeFileSync(file, spoil(readFileSync(file, "utf8")));

      const second = await startSink(t, plant, { folder });
      await second.until(({ position, rowsWritten }) => position > 0 && rowsWritten > 10);

      assert.deepEqual(valuesOf(second.taken), [1200, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      assert.match(second.findings.findings()[0]?.because ?? "", because);
    });
  }

  it("begins with what comes when it is told to, and takes what its filters name", async (t) => {
    const plant = await bornPlant(t);
    tell(plant, 0, 10);
    await plant.reader.entries(0, 1);
    const test = await startSink(t, plant, {
      folder: tempDir(t),
      more: ', begin: now, filter: ["g/+/d/Motor/#"]',
    });
    await test.until(({ status }) => status === "up");
    tell(plant, 10, 13);
    plant.sessions.apply(dbirth(15));

    await test.until(({ position }) => position === plant.history.state().head);
    await test.until(({ rowsWritten }) => rowsWritten >= 3);

    assert.deepEqual(valuesOf(test.taken).slice(0, 3), [10, 11, 12]);
    assert.equal(test.taken.length, ofSpeed(test.taken).length);
    assert.equal(test.taken[0]?.subject.unit, "rpm");
  });
});

describe("dead letters", () => {
  it("are bounded: the oldest go, and are counted; numbers beyond 2^53 stay exact", async (t) => {
    const { sinkRecord } = await import("../../support/sink-record.ts");
    const letters = new DeadLetters(join(tempDir(t), "s.dead.jsonl"), 100);
    await letters.open();
    const content = { kind: "integer", value: 2n ** 63n - 1n } as const;
    for (let offset = 0; offset < 250; offset += 50) {
      const records = Array.from({ length: 50 }, (_, at) =>
        sinkRecord({ offset: offset + at, content }),
      );
      await letters.add(records.map((record) => ({ at: 1, error: "no", record })));
    }

    const left = await letters.all();

    assert.equal(letters.count, left.length);
    assert.equal(letters.dropped + left.length, 250);
    assert.ok(left.length >= 50 && left.length <= 100);
    assert.equal(left.at(-1)?.record.offset, 249);
    assert.deepEqual(left[0]?.record.content, content);
  });
});
