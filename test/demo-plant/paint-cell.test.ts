import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Chiller } from "../../examples/demo-plant/src/chiller.ts";
import { PaintCell, PaintState } from "../../examples/demo-plant/src/paint-cell.ts";

const TICK_MS = 100;

/** Lets the cell run until `holds`, but not for more than an hour of its time. */
function runUntil(cell: PaintCell, holds: () => boolean): void {
  for (let ms = 0; ms < 3_600_000; ms += TICK_MS) {
    if (holds()) return;
    cell.step(TICK_MS);
  }
  assert.fail("it did not happen within an hour");
}

describe("the paint cell", () => {
  it("does the same again with the same seed", () => {
    const [one, same] = [new PaintCell(1), new PaintCell(1)];

    for (let ms = 0; ms < 60_000; ms += TICK_MS) {
      one.step(TICK_MS);
      same.step(TICK_MS);
    }

    assert.equal(one.zones[0].temperature, same.zones[0].temperature);
    assert.equal(one.humidity, same.humidity);
  });

  it("follows a zone's setpoint within minutes, not at once", () => {
    const cell = new PaintCell(1);
    const [zone] = cell.zones;
    zone.setpoint = 120;

    cell.step(TICK_MS);
    const atOnce = zone.temperature;
    runUntil(cell, () => Math.abs(zone.temperature - 120) < 3);

    assert.ok(atOnce < 80);
  });

  it("counts parts and begins a new batch after sixty", () => {
    const cell = new PaintCell(1);
    const before = cell.totalParts;

    runUntil(cell, () => cell.batchId === "PB-0002");

    assert.equal(cell.totalParts, before + 60n);
    assert.equal(cell.batchParts, 0);
  });

  it("has a fault now and then, stands still, and recovers", () => {
    const cell = new PaintCell(1);

    runUntil(cell, () => cell.state === PaintState.fault);
    assert.notEqual(cell.faultText, "");
    runUntil(cell, () => cell.state === PaintState.running);

    assert.equal(cell.faultText, "");
    assert.equal(cell.doorOpen, false);
  });
});

describe("the chiller", () => {
  it("cools to its setpoint and works harder for hotter oil", () => {
    const [cool, hot] = [new Chiller(1), new Chiller(1)];

    for (let ms = 0; ms < 600_000; ms += TICK_MS) {
      cool.step(TICK_MS, 40);
      hot.step(TICK_MS, 65);
    }

    assert.ok(Math.abs(cool.supplyTemperature - cool.setpoint) < 0.5);
    assert.ok(hot.load > cool.load);
  });
});
