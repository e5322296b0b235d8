/** What becomes of writes: order, bundles, read-back, what is told. A clock that stands still, a wire in memory. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ModbusLife, WALL_MS } from "../../../support/modbus-life.ts";

const SETPOINT = { name: "Setpoint", at: "hr:10", type: "uint16", access: "rw" };
const start = (tags: readonly object[], fields: object = {}): Promise<ModbusLife> =>
  ModbusLife.start({ devices: [ModbusLife.device(tags, fields)] });

/** Function code and address of everything that was written. */
function written(life: ModbusLife): readonly string[] {
  return life.requests
    .filter(({ functionCode }) => functionCode > 4)
    .map((each) => `FC${each.functionCode} ${each.start} ${each.second}`);
}

describe("a write", () => {
  it("is told with what was read back, also when that is no news or within the deadband", async () => {
    await using life = await start([{ ...SETPOINT, deadband: 50 }], {
      groups: { fast: { interval: "1h" } },
    });
    assert.equal((await life.write("Setpoint", 20)).outcome, "ok");
    assert.deepEqual(
      life.said("Setpoint").map(({ value }) => value),
      [0, 20],
    );

    assert.equal((await life.write("Setpoint", 20)).outcome, "ok");
    assert.deepEqual(
      life.said("Setpoint").map(({ value }) => value),
      [0, 20, 20],
    );
  });

  it("is a mismatch when the device shows something else until time is over, and that is told", async () => {
    await using life = await start([SETPOINT]);
    life.reply = ({ functionCode }) => {
      if (functionCode === 3) life.registers.set(10, 3); // it goes no further than 3
      return undefined;
    };
    const result = await life.write("Setpoint", 20);

    assert.partialDeepStrictEqual(result, { outcome: "mismatch", read: 3 });
    assert.equal(life.last("Setpoint")?.value, 3);
  });

  it("is remembered in the metrics of the device and in the audit", async () => {
    await using life = await start([SETPOINT]);
    await life.write("Setpoint", 20);
    await life.write("Setpoint", 1.5);

    const last = (name: string): unknown => life.last(`Device Control/Last Write/${name}`)?.value;
    assert.deepEqual(
      [last("Tag"), last("Requested"), last("Result")],
      ["Setpoint", "1.5", "rejected_not_integer"],
    );
    const reason = last("Reason");
    assert.match(typeof reason === "string" ? reason : "", /^plc Setpoint: .*1\.5/);
    const audit = life.log.filter(({ message }) => message === "write");
    assert.partialDeepStrictEqual(audit[0]?.fields, {
      before: 0,
      asked: 20,
      read: 20,
      outcome: "ok",
    });
  });

  it("that was asked for too long ago, by the device's own limit, is not carried out", async () => {
    await using life = await start([SETPOINT], { maxCommandAge: "5s" });
    const asked = { deviceId: "plc", metric: "Setpoint", value: 1 };

    const [old] = await life.adapter.write([{ ...asked, askedAt: WALL_MS - 6000 }]);
    assert.equal(old?.outcome, "rejected_too_old");
    assert.deepEqual(written(life), []);
  });

  it("whose answer is lost is unknown, read back, and sent again only when the tag allows it", async () => {
    const twice = { ...SETPOINT, name: "Twice", at: "hr:11", idempotent: true };
    await using life = await start([SETPOINT, twice]);
    life.reply = ({ functionCode }) => (functionCode === 6 ? "silent" : undefined);

    assert.equal((await life.write("Setpoint", 5, 10_000)).outcome, "timeout_unknown");
    assert.equal((await life.write("Twice", 5, 10_000)).outcome, "timeout_unknown");
    assert.deepEqual(written(life), ["FC6 10 5", "FC6 11 5", "FC6 11 5"]);

    life.registers.set(10, 7); // it was done, only nobody said so
    assert.equal((await life.write("Setpoint", 7, 10_000)).outcome, "ok");
  });

  it("to a busy device is sent again after 100, 200 and 400 ms", async () => {
    await using life = await start([SETPOINT]);
    let busy = 3;
    life.reply = ({ functionCode }) => (functionCode === 6 && (busy -= 1) >= 0 ? 6 : undefined);

    assert.equal((await life.write("Setpoint", 5)).outcome, "ok");
    assert.equal(written(life).length, 4);
  });

  it("is refused with the number of the exception", async () => {
    await using life = await start([SETPOINT]);
    life.reply = ({ functionCode }) => (functionCode === 6 ? 4 : undefined);

    assert.equal((await life.write("Setpoint", 5)).outcome, "exception_4");
  });
});

describe("a write to a device that knows FC23", () => {
  const KNOWING = { ...SETPOINT, useFc23: true };

  it("is one request that shows what stands there then", async () => {
    await using life = await start([{ ...KNOWING, type: "float32" }]);
    const reads = life.reads(10);

    const result = await life.write("Setpoint", 23.5, 10);

    assert.partialDeepStrictEqual(result, { outcome: "ok", read: 23.5 });
    assert.deepEqual(written(life), ["FC23 10 2"]);
    assert.equal(life.reads(10), reads);
    assert.equal(life.last("Setpoint")?.value, 23.5);
  });

  it("is read on when the device shows something else at first, and what it shows is told", async () => {
    await using life = await start([KNOWING]);
    life.reply = ({ functionCode }) => {
      if (functionCode !== 23) return undefined;
      life.registers.set(10, 20); // it takes the value, and shows the old one once more
      return [23, 2, 0, 7];
    };

    const result = await life.write("Setpoint", 20);

    assert.partialDeepStrictEqual(result, { outcome: "ok", read: 20 });
    assert.deepEqual(
      life.said("Setpoint").map(({ value }) => value),
      [0, 7, 20],
    );
  });

  it("goes on in two requests when it does not know it, and it is not tried again before a rescan", async () => {
    await using life = await start([KNOWING]);
    life.reply = ({ functionCode }) => (functionCode === 23 ? 1 : undefined);

    const outcomes = [await life.write("Setpoint", 5), await life.write("Setpoint", 6)];
    await life.adapter.rescan?.();
    outcomes.push(await life.write("Setpoint", 7));

    assert.deepEqual(
      outcomes.map(({ outcome }) => outcome),
      ["ok", "ok", "ok"],
    );
    assert.deepEqual(written(life), ["FC23 10 1", "FC6 10 5", "FC6 10 6", "FC23 10 1", "FC6 10 7"]);
    const told = life.log.filter(({ message }) => message.startsWith("device does not know FC23"));
    assert.equal(told.length, 2);
  });

  it("whose answer is lost is not sent again in another way: what is read back decides", async () => {
    await using life = await start([KNOWING]);
    life.reply = ({ functionCode }) => {
      if (functionCode !== 23) return undefined;
      life.registers.set(10, 5);
      return "silent";
    };

    assert.equal((await life.write("Setpoint", 5, 10_000)).outcome, "ok");
    assert.deepEqual(written(life), ["FC23 10 1"]);
  });

  it("shows each tag of an atomic group, and a bit of a register", async () => {
    const group = { access: "rw", type: "uint16", writeGroup: "recipe" };
    const tags = [
      { name: "A", at: "hr:20", ...group },
      { name: "B", at: "hr:21", ...group },
      { name: "Run", at: "hr:5.1", access: "rw", allowRmw: true },
    ];
    await using life = await start(tags, { useFc23: true });
    life.registers.set(5, 0x8000);

    const done = life.adapter.write([
      { deviceId: "plc", metric: "A", value: 1 },
      { deviceId: "plc", metric: "B", value: 2 },
      { deviceId: "plc", metric: "Run", value: true },
    ]);
    await life.clock.pass(20);
    const results = await done;

    assert.deepEqual(
      results.map(({ outcome, read }) => [outcome, read]),
      [
        ["ok", 1],
        ["ok", 2],
        ["ok", true],
      ],
    );
    assert.deepEqual(written(life), ["FC23 20 2", "FC23 5 1"]);
    assert.equal(life.registers.get(5), 0x8002);
  });

  it("is no FC23 where nothing is read back, or where the answer would not fit", async () => {
    const tags = [
      SETPOINT,
      { ...SETPOINT, name: "Pulse", at: "hr:12", verify: "none" },
      { name: "Long", at: "hr:100/122", type: "bytes", access: "rw" },
    ];
    await using life = await start(tags, { useFc23: true });

    await life.write("Pulse", 1);
    await life.write("Long", new Uint8Array(244));

    assert.deepEqual(written(life), ["FC6 12 1", "FC16 100 122"]);
  });
});

const coil = (name: string, at: string): object => ({ name, at, access: "w" });
const bit = (name: string, at: string): object => ({
  name,
  at,
  type: "bool",
  access: "rw",
  allowRmw: true,
});
const withBit = (name: string, tag: object): object => ({ ...ModbusLife.device([tag]), name });
const on = (metric: string) => ({ deviceId: "plc", metric, value: true });

describe("several writes", () => {
  it("of one command to neighbouring coils go out in one request", async () => {
    const tags = [SETPOINT, coil("A", "co:3"), coil("B", "co:4"), coil("C", "co:9")];
    await using life = await start(tags);

    const done = life.adapter.write([on("A"), on("B"), on("C")]);
    await life.clock.pass(1000);
    await done;

    assert.deepEqual(
      written(life).map((each) => each.split(" ").slice(0, 2).join(" ")),
      ["FC15 3", "FC5 9"],
    );
  });

  it("to one tag give way to the last while they wait", async () => {
    await using life = await start([SETPOINT]);
    const write = (value: number) =>
      life.adapter.write([{ deviceId: "plc", metric: "Setpoint", value }]);

    const all = [write(1), write(2), write(3)];
    await life.clock.pass(5000);
    const outcomes = (await Promise.all(all)).map(([result]) => result?.outcome);

    assert.deepEqual(outcomes, ["ok", "rejected_superseded", "ok"]);
    assert.deepEqual(written(life), ["FC6 10 1", "FC6 10 3"]);
  });

  it("of one atomic group go out in one request or not at all", async () => {
    const group = { access: "rw", type: "uint16", writeGroup: "recipe", writeRange: [0, 100] };
    const tags = [
      { name: "A", at: "hr:20", ...group },
      { name: "B", at: "hr:21", ...group },
    ];
    await using life = await start(tags);
    const write = async (a: number, b: number): Promise<readonly unknown[]> => {
      const done = life.adapter.write([
        { deviceId: "plc", metric: "A", value: a },
        { deviceId: "plc", metric: "B", value: b },
      ]);
      await life.clock.pass(5000);
      return (await done).map(({ outcome }) => outcome);
    };

    assert.deepEqual(await write(1, 2), ["ok", "ok"]);
    assert.deepEqual(await write(3, 999), ["rejected_group_incomplete", "rejected_out_of_range"]);
    assert.deepEqual(written(life), ["FC16 20 2"]);
  });

  it("to bits of one register through two devices on one unit lose none", async () => {
    await using life = await ModbusLife.start({
      devices: [withBit("a", bit("Run", "hr:5.0")), withBit("b", bit("Lamp", "hr:5.1"))],
    });

    const done = [
      life.adapter.write([{ deviceId: "a", metric: "Run", value: true }]),
      life.adapter.write([{ deviceId: "b", metric: "Lamp", value: true }]),
    ];
    await life.clock.pass(5000);
    const outcomes = (await Promise.all(done)).map(([result]) => result?.outcome);

    assert.equal(life.registers.get(5), 3);
    assert.deepEqual(outcomes, ["ok", "ok"]);
  });
});

/** An instance with these members. */
const instance = (
  members: Readonly<Record<string, number | boolean>>,
  templateRef = "Types/Motor",
) => ({
  isDefinition: false,
  templateRef,
  parameters: [],
  metrics: Object.entries(members).map(([name, value]) => ({
    name,
    datatype: typeof value === "boolean" ? ("Boolean" as const) : ("Double" as const),
    value,
  })),
});
const registersOf = (life: ModbusLife): readonly (number | undefined)[] =>
  [10, 11, 12, 13].map((at) => life.registers.get(at));

describe("a struct that is a template", () => {
  const MEMBERS = [
    { name: "Speed", at: "0", type: "float32" },
    { name: "Mode", at: "2", type: "uint16" },
  ];
  const MOTOR = {
    name: "Motor",
    at: "hr:10",
    type: "struct",
    membersAs: "template",
    templateRef: "Types/Motor",
    members: MEMBERS,
    access: "rw",
  };
  const WITH_BITS = {
    ...MOTOR,
    members: [...MEMBERS, { name: "On", at: "3.0" }, { name: "Slow", at: "3.8" }],
    allowRmw: true,
  };
  it("is written whole in one request, and read back", async () => {
    await using life = await start([MOTOR]);

    const { outcome } = await life.write("Motor", instance({ Speed: 23.5, Mode: 3 }));

    assert.equal(outcome, "ok");
    assert.deepEqual(written(life), ["FC16 10 3"]);
    assert.deepEqual(registersOf(life).slice(0, 3), [0x41bc, 0, 3]);
  });

  it("is not written when a member is missing, unknown, or does not take its value", async () => {
    await using life = await start([MOTOR]);
    const outcomes: string[] = [];
    for (const value of [
      instance({ Speed: 1 }),
      instance({ Speed: 1, Mode: 3, Torque: 1 }),
      instance({ Speed: 1, Mode: 1.5 }),
      instance({ Speed: 1, Mode: 70_000 }),
      instance({ Speed: 1, Mode: 1 }, "Types/Pump"),
      5,
    ]) {
      const { outcome, because } = await life.write("Motor", value);
      outcomes.push(`${outcome}: ${because}`);
    }

    assert.deepEqual(
      outcomes.map((each) => each.split(":")[0]),
      ["not_writable", "bad_value", "not_integer", "out_of_range", "bad_value", "bad_value"].map(
        (word) => `rejected_${word}`,
      ),
    );
    assert.match(outcomes[1] ?? "", /no member "Torque"/);
    assert.match(outcomes[2] ?? "", /Mode: /);
    assert.deepEqual(written(life), []);
  });

  it("keeps what no member stands for, and members that were left out, with allowRmw", async () => {
    await using life = await start([WITH_BITS]);
    life.registers.set(10, 0x4000).set(11, 0).set(12, 7).set(13, 0x0f0e);

    const all = await life.write(
      "Motor",
      instance({ Speed: 23.5, Mode: 3, On: true, Slow: false }),
    );
    const bits = registersOf(life)[3];
    const some = await life.write("Motor", instance({ Mode: 4, Slow: true }));

    assert.deepEqual([all.outcome, some.outcome], ["ok", "ok"]);
    assert.equal(bits, 0x0e0f);
    assert.deepEqual(registersOf(life), [0x41bc, 0, 4, 0x0f0f]);
    assert.deepEqual(written(life), ["FC16 10 4", "FC16 10 4"]);
  });
});
