/**
 * What is told of a write when its device or link goes: unknown only when a byte of it left; "not done" only of what is
 * never sent afterwards. A clock that stands still, a wire in memory.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { WriteResult } from "@unshub/adapter";
import { ModbusLife } from "../../../support/modbus-life.ts";
import { writeOne } from "../../../support/write-one.ts";

const SETPOINT = { name: "Setpoint", at: "hr:10", type: "uint16", access: "rw" };
const RUN = { name: "Run", at: "hr:5.0", type: "bool", access: "rw", allowRmw: true };
const READ = 3;
const WRITE = 6;
const start = (tags: readonly object[], fields: object = {}): Promise<ModbusLife> =>
  ModbusLife.start({ devices: [ModbusLife.device(tags, fields)] });
const writes = (life: ModbusLife): readonly string[] =>
  life.requests
    .filter(({ functionCode }) => functionCode > 4)
    .map((each) => `FC${each.functionCode} ${each.start} ${each.second}`);

/** A device that is silent from now on; resolves when a poll is on the wire. */
async function askedInVain(life: ModbusLife): Promise<void> {
  life.reply = () => "silent";
  const before = life.requests.length;
  while (life.requests.length === before) await life.clock.pass(50);
}

describe("a write that may be sent again", () => {
  it("stays unknown when the connection is gone by then: the first may have arrived", async () => {
    await using life = await start([{ ...SETPOINT, idempotent: true }]);
    life.reply = ({ functionCode }) => {
      if (functionCode === WRITE) life.cut();
      return undefined;
    };
    const result = await life.write("Setpoint", 5, 10_000);

    assert.equal(result.outcome, "timeout_unknown");
    assert.deepEqual(writes(life), ["FC6 10 5"]);
  });

  it("stays unknown when the device says no to the second", async () => {
    await using life = await start([{ ...SETPOINT, idempotent: true }]);
    let asked = 0;
    life.reply = ({ functionCode }) => {
      if (functionCode !== WRITE) return undefined;
      asked += 1;
      return asked === 1 ? "silent" : 3;
    };
    const result = await life.write("Setpoint", 5, 10_000);

    assert.equal(result.outcome, "timeout_unknown");
    assert.match(result.because ?? "", /did not answer; asked once more: .*exception 3/);
  });
});

describe("a write whose register is read first", () => {
  for (const [what, reply, outcome] of [
    ["the unit does not answer its gateway", 11, "rejected_failed"],
    ["the device does not answer", "silent", "rejected_failed"],
  ] as const) {
    it(`is not done, and that is known, when ${what}`, async () => {
      await using life = await start([RUN]);
      const answer = (life.reply = ({ functionCode }) =>
        functionCode === READ ? reply : undefined);
      const result = await life.write("Run", true, 10_000);

      assert.equal(life.reply, answer);
      assert.equal(result.outcome, outcome);
      assert.deepEqual(writes(life), []);
    });
  }

  it("is rejected as offline when the connection goes during the read", async () => {
    await using life = await start([RUN], { groups: { fast: { interval: "1h" } } });
    life.reply = () => {
      life.cut();
      return undefined;
    };
    assert.equal((await life.write("Run", true, 10_000)).outcome, "rejected_offline");
  });

  it("loses nothing that another device of the unit writes whole meanwhile", async () => {
    const whole = { ...SETPOINT, name: "Word", at: "hr:5" };
    const rarely = { groups: { fast: { interval: "1h" } } };
    await using life = await ModbusLife.start({
      devices: [
        { ...ModbusLife.device([RUN], rarely), name: "a" },
        { ...ModbusLife.device([whole], rarely), name: "b" },
      ],
    });
    const other = Promise.withResolvers<WriteResult>();
    life.reply = ({ functionCode }) => {
      if (functionCode === READ) {
        life.reply = () => undefined;
        writeOne(life.adapter, "b", "Word", 8).then(other.resolve, other.reject);
      }
      return undefined;
    };
    const own = writeOne(life.adapter, "a", "Run", true);
    await life.clock.pass(5000);

    await own; // the other one may have undone it before it was read back
    assert.equal((await other.promise).outcome, "ok");
    assert.equal(life.registers.get(5), 8);
  });
});

describe("a write to a device that is busy", () => {
  it("is not sent again when the adapter stops before its next try", async () => {
    const life = await start([SETPOINT]);
    life.reply = ({ functionCode }) => (functionCode === WRITE ? 6 : undefined);
    const done = writeOne(life.adapter, "plc", "Setpoint", 5);
    await life.clock.pass(10);
    await life[Symbol.asyncDispose]();

    assert.equal((await done).outcome, "exception_6");
    assert.deepEqual(writes(life), ["FC6 10 5"]);
  });
});

describe("a write that waits for the wire", () => {
  it("is rejected and never sent when its device dies meanwhile", async () => {
    await using life = await start([SETPOINT], { offlineAfter: 1, demoteAfter: 1 });
    await askedInVain(life);
    const done = writeOne(life.adapter, "plc", "Setpoint", 5);
    await life.clock.pass(10_000);

    assert.equal(life.count("died"), 1);
    assert.equal((await done).outcome, "rejected_offline");
    assert.deepEqual(writes(life), []);
  });

  it("is rejected and never sent when it becomes too old meanwhile", async () => {
    await using life = await start([SETPOINT], { maxCommandAge: "500ms" });
    await askedInVain(life);
    const done = writeOne(life.adapter, "plc", "Setpoint", 5);
    await life.clock.pass(10_000);

    const result = await done;
    assert.equal(result.outcome, "rejected_too_old");
    assert.match(result.because ?? "", /plc Setpoint: it waited too long/);
    assert.deepEqual(writes(life), []);
  });

  it("is rejected and never sent when the adapter stops meanwhile", async () => {
    const life = await start([SETPOINT]);
    await askedInVain(life);
    const done = writeOne(life.adapter, "plc", "Setpoint", 5);
    await life[Symbol.asyncDispose]();

    assert.equal((await done).outcome, "rejected_offline");
    assert.deepEqual(writes(life), []);
  });

  it("is rejected and never sent when its device is taken out of the configuration", async () => {
    const other = { ...ModbusLife.device([SETPOINT]), name: "other", unit: 2 };
    await using life = await ModbusLife.start({
      devices: [ModbusLife.device([SETPOINT]), other],
    });
    await askedInVain(life);
    const done = writeOne(life.adapter, "plc", "Setpoint", 5);
    const reloaded = life.adapter.reload?.(ModbusLife.parse({ devices: [other] }));
    await life.clock.pass(10_000);
    await reloaded;

    assert.equal((await done).outcome, "rejected_offline");
    assert.deepEqual(writes(life), []);
  });
});
