/** A new configuration while the adapter runs: the difference and nothing else. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ReloadReport } from "@unshub/adapter";
import { ModbusLife } from "../../../support/modbus-life.ts";

const SPEED = { name: "Speed", at: "hr:0", type: "uint16", deadband: 50 };
const LOAD = { name: "Load", at: "hr:1", type: "uint16" };

function named(name: string, tags: readonly object[], fields: object = {}): object {
  return { ...ModbusLife.device(tags, fields), name };
}

async function reload(life: ModbusLife, config: object): Promise<ReloadReport | undefined> {
  const done = life.adapter.reload?.(ModbusLife.parse(config));
  await life.clock.pass(100);
  return await done;
}

/** Tags whose deadband does nothing. */
function idle(count: number): readonly object[] {
  return Array.from({ length: count }, (_, at) => ({
    name: `Text ${at}`,
    at: `hr:${at}/1`,
    type: "string",
    deadband: 1,
  }));
}

describe("a reload", () => {
  it("of a deadband asks nobody and bears nobody, and counts from what was published", async () => {
    await using life = await ModbusLife.start({ devices: [named("plc", [SPEED])] });
    await life.clock.pass(2000);
    life.registers.set(0, 30); // within the deadband
    await life.clock.pass(2000);
    assert.equal(life.last("Speed")?.value, 0);

    const report = await reload(life, { devices: [named("plc", [{ ...SPEED, deadband: 10 }])] });
    await life.clock.pass(2000);

    assert.partialDeepStrictEqual(report, { reborn: [], adjustedTags: 1 });
    assert.equal(life.count("born"), 1);
    assert.equal(life.connections, 1);
    assert.equal(life.last("Speed")?.value, 30);
  });

  it("tells what is probably not meant, as a start does, and not again what was told", async () => {
    await using life = await ModbusLife.start({ devices: [named("plc", idle(1))] });
    const told = () => life.log.filter(({ level }) => level === "warn").map(({ fields }) => fields);
    const first = told();
    await reload(life, { devices: [named("plc", idle(1), { staleAfter: "9s" })] });
    const second = told().length;
    await reload(life, { devices: [named("plc", idle(13))] });

    assert.equal(first.length, 1);
    assert.match(JSON.stringify(first), /"warning":"devices\[0\]\.tags\[0\]\.deadband: /);
    assert.equal(second, 1);
    assert.equal(told().length, 1 + 10 + 1);
    assert.deepEqual(told().at(-1), { more: 3 });
  });

  it("of tags bears one device again, without a death, and touches no other", async () => {
    const other = named("other", [LOAD], { unit: 2 });
    await using life = await ModbusLife.start({ devices: [named("plc", [SPEED]), other] });

    const report = await reload(life, { devices: [named("plc", [SPEED, LOAD]), other] });

    assert.deepEqual(report?.reborn, ["plc"]);
    assert.deepEqual([life.count("born"), life.count("died")], [2, 0]);
    assert.equal(life.count("born", "other"), 1);
    assert.equal(life.connections, 1);
  });

  it("of a device that no longer answers says its death", async () => {
    await using life = await ModbusLife.start({ devices: [named("plc", [SPEED])] });
    life.reply = () => "silent";

    await reload(life, { devices: [named("plc", [SPEED, LOAD])] });
    await life.clock.pass(5000);

    assert.deepEqual([life.count("born"), life.count("died")], [1, 1]);
  });

  it("that disables, removes or adds devices says deaths and births", async () => {
    const b = named("b", [LOAD], { unit: 2 });
    await using life = await ModbusLife.start({ devices: [named("plc", [SPEED]), b] });

    const c = named("c", [LOAD], { unit: 3 });
    const report = await reload(life, { devices: [named("plc", [SPEED], { enabled: false }), c] });

    assert.deepEqual([report?.added, report?.removed], [["c"], ["b"]]);
    assert.deepEqual(
      [life.count("died"), life.count("died", "b"), life.count("born", "c")],
      [1, 1, 1],
    );
    assert.equal(life.connections, 1);
  });

  it("of the link connects once more, and all its devices are born again", async () => {
    await using life = await ModbusLife.start({ devices: [named("plc", [SPEED])] });

    const link = { host: "plc", timeout: "2s", connectTimeout: "5s" };
    const report = await reload(life, { link, devices: [named("plc", [SPEED])] });

    assert.deepEqual(report?.reconnected, ["plc:502"]);
    assert.deepEqual([life.count("born"), life.count("died")], [2, 0]);
    assert.equal(life.connections, 2);
  });

  it("asks again at once for what was refused", async () => {
    const config = { devices: [named("plc", [SPEED, { ...LOAD, at: "hr:500" }])] };
    await using life = await ModbusLife.start(config);
    life.reply = ({ start }) => (start === 500 ? 2 : undefined);
    await life.clock.pass(5000);
    assert.equal(life.last("Load")?.quality, "bad");
    life.reply = () => undefined;

    await reload(life, config);
    await life.clock.pass(3000);

    assert.equal(life.last("Load")?.quality, "good");
    assert.equal(life.count("born"), 1);
  });
});
