/** HH, H, L and LL of a tag: told by births, nothing else. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { problemsOfTag } from "../../support/modbus-config.ts";
import { ModbusLife } from "../../support/modbus-life.ts";

const LEVEL = { name: "Level", at: "hr:10", type: "int16", scale: 0.1 };

function born(life: ModbusLife): readonly object[] {
  const birth = life.events.findLast((event) => event.kind === "born");
  return birth?.metrics.filter(({ name }) => !name.startsWith("Device ")) ?? [];
}
const double = (key: string, value: number): object => ({ key, datatype: "Double", value });

const config = (fields: object): object => ({
  devices: [ModbusLife.device([{ ...LEVEL, ...fields }])],
});

describe("limits of a tag", () => {
  it("stand in births, those of members of a struct too, and touch no value", async () => {
    const members = [{ name: "Speed", at: "0", type: "uint16", highLimit: 1400 }];
    const motor = { name: "Motor", at: "hr:20", type: "struct", members };
    const level = { ...LEVEL, lowLowLimit: -1, lowLimit: 0, highLimit: 6, highHighLimit: 8 };
    await using life = await ModbusLife.start(
      {
        devices: [ModbusLife.device([level, motor, { name: "Plain", at: "hr:30", type: "int16" }])],
      },
      ({ registers }) => registers.set(10, 95).set(20, 1500),
    );

    assert.partialDeepStrictEqual(born(life), [
      {
        name: "Level",
        value: 9.5,
        quality: "good",
        properties: [
          double("lowLowLimit", -1),
          double("lowLimit", 0),
          double("highLimit", 6),
          double("highHighLimit", 8),
        ],
      },
      { name: "Motor/Speed", value: 1500, properties: [double("highLimit", 1400)] },
      { name: "Plain" },
    ]);
    assert.equal("properties" in (born(life)[2] ?? {}), false);
  });

  it("that are changed while it runs are told by another birth", async () => {
    await using life = await ModbusLife.start(config({ highLimit: 6 }));

    const reloaded = life.adapter.reload?.(ModbusLife.parse(config({ highLimit: 7 })));
    await life.clock.pass(1000);

    assert.partialDeepStrictEqual(await reloaded, { reborn: ["plc"] });
    assert.partialDeepStrictEqual(born(life), [{ properties: [double("highLimit", 7)] }]);
    assert.equal(life.count("died"), 0);
  });

  it("are refused where they are not in their order, or the tag is no number", () => {
    assert.deepEqual(problemsOfTag({ lowLimit: 5, highLimit: 3, highHighLimit: 3 }), [
      "devices[0].tags[0].lowLimit: 5 is above highLimit, which is 3",
    ]);
    assert.deepEqual(problemsOfTag({ lowLowLimit: 9, highHighLimit: 8 }), [
      "devices[0].tags[0].lowLowLimit: 9 is above highHighLimit, which is 8",
    ]);
    assert.deepEqual(problemsOfTag({ at: "hr:1/4", type: "string", highLimit: 3 }), [
      "devices[0].tags[0].highLimit: only numbers have it, not string",
    ]);
  });
});
