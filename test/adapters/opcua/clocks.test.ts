/** Clocks that are set while values come: ours, and that of the server. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BothClocks } from "../../../adapters/opcua/src/subscribe/both-clocks.ts";
import { labNode, OpcUaLab } from "../../support/opcua-lab.ts";
import { OpcUaRun, QUICK } from "../../support/opcua-run.ts";

const HOUR_MS = 3_600_000;

/** The times of what was told as the present, in its order. */
function timesOf(run: OpcUaRun, name: string): readonly number[] {
  return run.events.flatMap((event) => {
    if (event.kind !== "changed") return [];
    return event.readings.flatMap((reading, row) =>
      reading.name === name && event.isPast?.[row] !== true ? [reading.timestamp ?? 0] : [],
    );
  });
}

function neverBack(times: readonly number[]): boolean {
  return times.every((time, index) => index === 0 || time >= (times[index - 1] ?? 0));
}

describe("a clock that is set while an OPC UA server is read", { timeout: 180_000 }, () => {
  it("of ours, back and forth, leaves values present and good, and time goes on", async () => {
    await using lab = await OpcUaLab.start();
    lab.addDouble("Speed", 0);
    let offByMs = 0;
    const config = lab.config([{ name: "Speed", node: labNode("Speed") }]);
    await using run = await OpcUaRun.start(config, QUICK, () => Date.now() + offByMs);
    await run.until(() => run.count("born") === 1);

    let value = 0;
    for (const off of [0, -HOUR_MS, 0, HOUR_MS, 0, -30_000, 24 * 365 * HOUR_MS, 0]) {
      offByMs = off;
      for (let count = 0; count < 3; count += 1) {
        value += 1;
        lab.setDouble("Speed", value);
        await run.until(() => run.latest("Speed")?.value === value);
        assert.equal(run.latest("Speed")?.quality, "good");
      }
    }

    assert.ok(neverBack(timesOf(run, "Speed")));
    assert.equal(run.count("born"), 1);
    assert.equal(run.count("died"), 0);
    assert.equal(run.counter("connections"), 1);
  });

  it("is told from a value that only comes late, which is history", async () => {
    await using lab = await OpcUaLab.start();
    lab.addDouble("Speed", 1);
    const config = lab.config([{ name: "Speed", node: labNode("Speed") }]);
    await using run = await OpcUaRun.start(config, QUICK);
    await run.until(() => run.count("born") === 1);

    lab.setDouble("Speed", 2, { at: new Date(Date.now() - 30_000) });
    lab.setDouble("Speed", 3);
    await run.until(() => run.latest("Speed")?.value === 3);

    const past = run.events.flatMap((event) =>
      event.kind === "changed"
        ? event.readings.filter((_, row) => event.isPast?.[row] === true)
        : [],
    );
    assert.deepEqual(
      past.map(({ value }) => value),
      [2],
    );
  });
});

describe("the clock of an OPC UA server", () => {
  it("counts as set back until it has caught up, forward as right", () => {
    const clocks = new BothClocks();
    const at = (sentMs: number, receivedMs: number): boolean =>
      clocks.areSetBack(new Date(sentMs), receivedMs);

    const sent = [10_000, 10_050, 9_700, 20_000, 15_000, 19_500, 20_001];
    assert.deepEqual(
      sent.map((ms) => at(ms, 50_000)),
      [false, false, false, false, true, false, false],
    );
    assert.equal(at(30_000, 40_000), true, "ours");
    assert.equal(clocks.areSetBack(null, 50_000), false, "a server that does not say");
  });
});
