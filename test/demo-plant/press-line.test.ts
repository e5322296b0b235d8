import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PressFault, PressLine, PressState } from "../../examples/demo-plant/src/press-line.ts";

const TICK_MS = 100;

/** Lets the press run until `holds`, but not for more than an hour of its time. */
function runUntil(press: PressLine, holds: () => boolean): void {
  for (let ms = 0; ms < 3_600_000; ms += TICK_MS) {
    if (holds()) return;
    press.step(TICK_MS);
  }
  assert.fail("it did not happen within an hour");
}

function run(press: PressLine, ms: number): void {
  for (let passed = 0; passed < ms; passed += TICK_MS) press.step(TICK_MS);
}

describe("the press", () => {
  it("does the same again with the same seed, and something else with another", () => {
    const [one, same, other] = [new PressLine(1), new PressLine(1), new PressLine(2)];

    for (const press of [one, same, other]) run(press, 60_000);

    assert.equal(one.pressure, same.pressure);
    assert.equal(one.parts, same.parts);
    assert.notEqual(one.pressure, other.pressure);
  });

  it("goes through its cycle and counts a part at the end", () => {
    const press = new PressLine(1);
    const seen: PressState[] = [];

    runUntil(press, () => {
      if (seen.at(-1) !== press.state) seen.push(press.state);
      return press.parts === 1;
    });

    const { idle, clamping, pressing, holding, releasing } = PressState;
    assert.deepEqual(seen, [idle, clamping, pressing, holding, releasing, idle]);
  });

  it("follows its pressure setpoint with inertia", () => {
    const press = new PressLine(1);
    runUntil(press, () => press.state === PressState.holding);
    const before = press.pressure;
    press.pressureSetpoint = 300;

    press.step(TICK_MS);
    const atOnce = press.pressure;
    runUntil(press, () => press.state === PressState.pressing);
    runUntil(press, () => press.pressure > 290);

    assert.ok(atOnce < before + 60, `${atOnce} after ${before}`);
    assert.ok(press.pressure < 301);
  });

  it("stops after its cycle when it is switched off", () => {
    const press = new PressLine(1);
    runUntil(press, () => press.state === PressState.pressing);

    press.start = false;
    run(press, 20_000);

    assert.equal(press.state, PressState.idle);
    assert.equal(press.parts, 1);
    assert.ok(press.motorCurrent < 0.5);
  });

  it("trips when it is driven too hard, and recovers by itself", () => {
    const press = new PressLine(1);
    press.speedSetpoint = 100;
    press.pressureSetpoint = 350;

    runUntil(press, () => press.fault === PressFault.overTemperature);
    const { oilTemperature } = press;
    runUntil(press, () => press.fault === PressFault.none);

    assert.ok(oilTemperature > 69.5);
    assert.ok(press.oilTemperature < 66);
  });

  it("stays within believable limits for a whole day", () => {
    const press = new PressLine(3);
    for (let ms = 0; ms < 86_400_000; ms += 200) {
      press.step(200);
      assert.ok(press.pressure >= 0 && press.pressure < 200);
      assert.ok(press.ramPosition >= 0 && press.ramPosition <= 320);
      assert.ok(press.oilTemperature > 15 && press.oilTemperature < 71);
      assert.ok(press.ambientTemperature > 17 && press.ambientTemperature < 27);
    }
    assert.ok(press.parts > 10_000);
    assert.ok(press.rejects > 0 && press.rejects < press.parts / 10);
  });
});
