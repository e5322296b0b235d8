/**
 * The whole adapter, over a real socket, against what a server of another stack once said: recordings of asyncua 2.1.0, made
 * by `npm run record:opcua`, and not asyncua itself. `interop.test.ts` runs against it live where it is installed.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { WriteResult } from "@unshub/adapter";
import { OPCUAClient } from "node-opcua-client";
import { ASYNCUA_VALUES } from "../../support/asyncua-server.ts";
import { liveRecorded, recordedConfig, WRITTEN } from "../../support/opcua-recorded-life.ts";
import { OpcUaReplay } from "../../support/opcua-replay.ts";
import { OpcUaRun, QUICK } from "../../support/opcua-run.ts";

/** The source's time that stands in a mark. */
function timeIn(mark: string | undefined): number {
  const time = Number(mark?.split(" ")[3]);
  assert.ok(time > 0, `no time in ${mark}`);
  return time;
}

/** An adapter that believes it is the day of the recording: else it would not believe the times of the values. */
function startThen(replay: OpcUaReplay, config: Record<string, unknown>): Promise<OpcUaRun> {
  const ago = Date.now() - timeIn(replay.marks[0]);
  return OpcUaRun.start(config, QUICK, () => Date.now() - ago);
}

describe("a recorded server of another stack (asyncua 2.1.0)", { timeout: 300_000 }, () => {
  let replay: OpcUaReplay;
  let run: OpcUaRun;
  let outcomes: ReadonlyMap<string, WriteResult>;
  before(async () => {
    replay = await OpcUaReplay.start();
    run = await startThen(replay, recordedConfig(replay.endpoint));
    const life = liveRecorded(run, async () => {
      replay.pass();
    });
    outcomes = await Promise.race([life, replay.surprised]);
  });
  after(async () => {
    await run[Symbol.asyncDispose]();
    await replay[Symbol.asyncDispose]();
  });

  it("has values of the types and exactly what it said", () => {
    for (const [name, [datatype, value]] of Object.entries(ASYNCUA_VALUES)) {
      const metric = run.metric(name);
      assert.equal(metric?.datatype, datatype, name);
      assert.deepEqual(metric?.value, value, name);
      assert.equal(metric?.quality, "good", name);
    }
    assert.deepEqual(run.metric("Speed")?.range, [0, 3_000]);
  });

  it("has the members of a structure", () => {
    assert.equal(run.metric("Span/Low")?.value, -5.5);
    assert.equal(run.metric("Span/High")?.value, 7.25);
  });

  it("says each change with its time and quality, and why a value was not good", () => {
    const [first, second, , last] = replay.marks;
    const readings = run.readings("Speed").slice(1);

    const told = readings.map(({ value, quality }) => [value, quality]);
    assert.deepEqual(told, [
      [1, "good"],
      [50, "good"],
      [null, "bad"],
      [51, "good"],
    ]);
    assert.equal(readings[2]?.reason, "opcua_BadSensorFailure");
    const times = [0, 1, 3].map((index) => readings[index]?.timestamp);
    assert.deepEqual(times, [timeIn(first), timeIn(second), timeIn(last)]);
  });

  it("took writes, and what was read back is exact", () => {
    for (const [name, value] of Object.entries(WRITTEN)) {
      assert.equal(outcomes.get(name)?.outcome, "ok", name);
      assert.deepEqual(run.latest(name)?.value, value, name);
    }
  });

  it("carried out a method", () => {
    assert.equal(outcomes.get("Add/Call")?.outcome, "ok");
    assert.equal(run.latest("Add/Result")?.value, '{"0":3.5}');
  });

  it("told that a node vanished, which is bad from then on, and the others stay good", () => {
    assert.equal(run.latest("Float")?.value, null);
    assert.equal(run.latest("Speed")?.quality, "good");
    assert.equal(run.count("born"), 1);
  });

  it("knew an answer to all that the adapter asked", () => {
    assert.deepEqual(replay.refused, []);
  });
});

describe("the replay server", { timeout: 180_000 }, () => {
  it("answers with a ServiceFault what was never asked in the recording", async () => {
    await using replay = await OpcUaReplay.start();
    const options = { endpointMustExist: false, connectionStrategy: { maxRetry: 0 } };
    const client = OPCUAClient.create(options);

    const asked = client.withSessionAsync(replay.endpoint, (session) =>
      session.read({ nodeId: "ns=7;s=Nobody", attributeId: 13 }),
    );

    await assert.rejects(asked, /BadServiceUnsupported/);
    assert.ok(replay.refused.includes(631)); // Read
  });

  it("makes an adapter that asks for another node say so, instead of waiting", async () => {
    await using replay = await OpcUaReplay.start();
    const tags = [{ name: "Nobody", node: "ns=2;s=Nobody", group: "fast" }];
    await using run = await startThen(replay, { ...recordedConfig(replay.endpoint), tags });

    await run.until(() => /BadServiceUnsupported/.test(JSON.stringify(run.log)));

    assert.equal(run.count("born"), 0);
  });
});
