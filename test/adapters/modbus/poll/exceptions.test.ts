/** What follows from each exception: the table of the README. A clock that stands still, a wire in memory. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { verdictOn } from "../../../../adapters/modbus/src/poll/exception-rules.ts";
import { ModbusLife } from "../../../support/modbus-life.ts";

const NEAR = { name: "Near", at: "hr:0", type: "uint16" };
const FAR = { name: "Far", at: "hr:500", type: "uint16" };

/** A device with two blocks, of which the far one answers `code` as long as `isIll`. */
async function ill(code: number, fields: object = {}) {
  const state = { isIll: false };
  const life = await ModbusLife.start({ devices: [ModbusLife.device([NEAR, FAR], fields)] });
  life.reply = ({ start }) => (state.isIll && start === 500 ? code : undefined);
  await life.clock.pass(2000);
  state.isIll = true;
  return { life, state, [Symbol.asyncDispose]: () => life[Symbol.asyncDispose]() };
}

const far = (life: ModbusLife): unknown => {
  const { quality, reason, code, value } = life.last("Far") ?? {};
  return [quality, reason, code, value];
};

describe("an exception", () => {
  const cases = [
    [1, "noTable"],
    [2, "split"],
    [3, "split"],
    [4, "again"],
    [5, "again"],
    [6, "again"],
    [8, "bad"],
    [10, "noUnit"],
    [11, "silent"],
  ] as const;
  for (const [code, kind] of cases) {
    it(`${code} is first of all: ${kind}`, () => {
      assert.equal(verdictOn(code, [2, 3], { again: 0, misses: 0 }).kind, kind);
    });
  }

  it("4 is asked again once, is stale at once and bad after three passes, and heals", async () => {
    await using plant = await ill(4);
    const { life, state } = plant;
    const before = life.reads(500);
    await life.clock.pass(1000);
    assert.equal(life.reads(500) - before, 2);
    assert.deepEqual(far(life), ["stale", "modbus_exception_4", 4, 0]);
    await life.clock.pass(2000);
    assert.deepEqual(far(life), ["bad", "modbus_exception_4", 4, null]);
    const since = life.last("Far")?.since;
    await life.clock.pass(5000);
    assert.equal(life.last("Far")?.since, since);

    state.isIll = false;
    await life.clock.pass(1000);
    assert.equal(life.last("Far")?.quality, "good");
    assert.equal(life.count("died"), 0);
  });

  it("4 keeps the last value of a tag that says onBad: keepLast", async () => {
    const tags = [NEAR, { ...FAR, onBad: "keepLast" }];
    await using life = await ModbusLife.start({ devices: [ModbusLife.device(tags)] }, (plant) =>
      plant.registers.set(500, 42),
    );
    life.reply = ({ start }) => (start === 500 ? 4 : undefined);
    await life.clock.pass(5000);

    assert.partialDeepStrictEqual(life.last("Far"), { quality: "bad", value: 42, isKept: true });
  });

  it("6 is asked again after 100, 200 and 400 ms and only ever stale", async () => {
    await using plant = await ill(6);
    const { life } = plant;
    const before = life.reads(500);
    await life.clock.pass(10_000);
    const reads = life.reads(500) - before;
    assert.ok(reads >= 38 && reads <= 42, String(reads)); // ten passes of four
    assert.deepEqual(far(life), ["stale", "modbus_exception_6", 6, 0]);
  });

  it("8 is bad at once and in the log once", async () => {
    await using plant = await ill(8);
    const { life } = plant;
    await life.clock.pass(10_000);

    assert.deepEqual(far(life), ["bad", "modbus_exception_8", 8, null]);
    const warnings = life.log.filter(({ message }) => message.includes("error of its memory"));
    assert.equal(warnings.filter(({ level }) => level === "warn").length, 1);
  });

  it("1 makes a block bad and is asked again in an hour, when other blocks of the table are answered", async () => {
    await using plant = await ill(1);
    const { life } = plant;
    await life.clock.pass(2000);
    assert.deepEqual(far(life), ["bad", "modbus_exception_1", 1, null]);
    assert.equal(life.last("Near")?.quality, "good");
    const before = life.reads(500);
    await life.clock.pass(3_500_000);
    assert.equal(life.reads(500), before);
    await life.clock.pass(200_000);
    assert.equal(life.reads(500), before + 1);
  });

  it("1 of the first block makes the whole table bad without asking for the rest", async () => {
    await using life = await ModbusLife.start(
      { devices: [ModbusLife.device([NEAR, FAR])] },
      (plant) => {
        plant.reply = () => 1;
      },
    );
    await life.clock.pass(10_000);

    assert.equal(life.requests.length, 1);
    assert.deepEqual(far(life), ["bad", "modbus_exception_1", 1, null]);
    assert.equal(life.count("born"), 1);
  });

  it("10 demotes the device at once, 11 counts as a time-out of it", async () => {
    await using life = await ModbusLife.start({ devices: [ModbusLife.device([NEAR])] });
    life.reply = () => 10;
    await life.clock.pass(1100);
    assert.equal(life.adapter.diagnostics().devices[0]?.isDemoted, true);
    await life.clock.pass(5000);
    assert.equal(life.count("died"), 1);
    assert.equal(life.adapter.diagnostics().links[0]?.state, "up");
  });

  it("that comes at every request is an answer: the device lives", async () => {
    await using life = await ModbusLife.start({ devices: [ModbusLife.device([NEAR])] });
    life.reply = () => 4;
    await life.clock.pass(60_000);

    assert.equal(life.count("died"), 0);
    assert.equal(life.connections, 1);
    assert.equal(life.adapter.diagnostics().devices[0]?.isDemoted, false);
  });
});

describe("a tag that the device refuses alone", () => {
  it("is bad with its number, asked again after 1, 2, 4 minutes and at once after a reconnect", async () => {
    await using plant = await ill(2);
    const { life, state } = plant;
    await life.clock.pass(3000);
    assert.deepEqual(far(life), ["bad", "modbus_exception_2", 2, null]);
    const before = life.reads(500);
    await life.clock.pass(55_000);
    assert.equal(life.reads(500), before);
    await life.clock.pass(10_000);
    assert.ok(life.reads(500) > before);

    state.isIll = false;
    life.cut();
    await life.clock.pass(100);
    life.isDown = false;
    await life.clock.pass(5000);
    assert.equal(life.last("Far")?.quality, "good");
  });

  it("that rode along in a faster group rides along again when it is answered", async () => {
    const groups = { fast: { interval: "1s" }, slow: { interval: "10s" } };
    const tags = [
      { ...NEAR, group: "fast" },
      { name: "Rider", at: "hr:1", type: "uint16", group: "slow" },
      { name: "End", at: "hr:2", type: "uint16", group: "fast" },
    ];
    let isHole = true;
    await using life = await ModbusLife.start(
      { devices: [ModbusLife.device(tags, { groups })] },
      (plant) => {
        plant.registers.set(1, 7);
        plant.reply = ({ start, second }) =>
          isHole && start <= 1 && start + second > 1 ? 2 : undefined;
      },
    );
    await life.clock.pass(5000);
    assert.equal(life.last("Rider")?.reason, "modbus_exception_2");
    isHole = false;
    await life.clock.pass(120_000);
    const before = life.requests.length;
    await life.clock.pass(10_000);

    assert.equal(life.last("Rider")?.value, 7);
    assert.equal(life.requests.length - before, 10);
  });
});

describe("a tag that takes several requests", () => {
  const text = { name: "Text", at: "hr:100/8", type: "string", consistent: true };
  const config = { devices: [ModbusLife.device([NEAR, text], { maxBlock: 4 })] };

  it("is read until it is twice the same", async () => {
    await using life = await ModbusLife.start(config);
    await life.clock.pass(5000);

    assert.equal(life.last("Text")?.quality, "good");
  });

  it("is stale, torn, when it never is, and is not asked for without end", async () => {
    let count = 0;
    await using life = await ModbusLife.start(config);
    await life.clock.pass(2000);
    life.reply = ({ start }) => {
      if (start >= 100) life.registers.set(100, 0x3030 + (count = (count + 1) % 10));
      return undefined;
    };
    const before = life.requests.length;
    await life.clock.pass(10_000);

    assert.partialDeepStrictEqual(life.last("Text"), { quality: "stale", reason: "torn" });
    const perPass = (life.requests.length - before) / 10;
    assert.ok(perPass <= 11, String(perPass)); // five times two parts, and the other tag
    assert.equal(life.last("Near")?.quality, "good");
  });
});
