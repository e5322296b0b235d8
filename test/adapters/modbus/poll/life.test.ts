/** How a device lives: born, stale, dead, demoted, disabled, born again. A clock that stands still, a wire in memory. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ModbusLife, WALL_MS } from "../../../support/modbus-life.ts";

/** Node keeps this from those who do not ask. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc()");
}

const SPEED = { name: "Speed", at: "hr:0", type: "uint16" };
const one = (fields: object = {}): object => ({ devices: [ModbusLife.device([SPEED], fields)] });

describe("a device", () => {
  it("is born with the tags that ride along in a faster group, too", async () => {
    const groups = { fast: { interval: "1s" }, slow: { interval: "10s" } };
    const rider = { name: "Hours", at: "hr:1", type: "uint16", group: "slow" };
    const tags = [
      { ...SPEED, group: "fast" },
      rider,
      { name: "Load", at: "hr:2", type: "uint16", group: "fast" },
    ];
    await using life = await ModbusLife.start(
      { devices: [ModbusLife.device(tags, { groups })] },
      (plant) => plant.registers.set(1, 77),
    );

    assert.equal(life.count("born"), 1);
    assert.equal(life.said("Hours")[0]?.value, 77);
    assert.equal(life.said("Hours")[0]?.quality, "good");
  });

  it("says its next values once after a birth, also when they are the same", async () => {
    await using life = await ModbusLife.start(one());
    await life.clock.pass(5000);

    assert.equal(life.said("Speed").length, 2);
  });

  it("says what came in one turn as one message, also of several requests", async () => {
    const far = { name: "Load", at: "hr:500", type: "uint16" };
    const link = { host: "plc", maxInFlight: 2 };
    await using life = await ModbusLife.start({ link, devices: [ModbusLife.device([SPEED, far])] });
    life.isInOnePiece = true;
    await life.clock.pass(2000);
    life.events.length = 1; // the birth
    life.registers.set(0, 5).set(500, 6);
    await life.clock.pass(1000);

    const [told] = life.events.filter((event) => event.kind === "told");
    const values = told?.kind === "told" ? told.metrics.map(({ value }) => value) : [];
    assert.deepEqual(values, [5, 6]);
  });

  it("is stale after a failed poll, dies after three, once, and comes back with fresh values", async () => {
    await using life = await ModbusLife.start(one());
    life.reply = () => "silent";
    await life.clock.pass(3000);
    assert.match(life.adapter.diagnostics().devices[0]?.state ?? "", /stale|demoted/);
    assert.equal(life.count("died"), 0);
    await life.clock.pass(10_000);
    assert.equal(life.count("died"), 1);

    life.registers.set(0, 9);
    life.reply = () => undefined;
    await life.clock.pass(120_000);

    assert.equal(life.count("died"), 1);
    assert.equal(life.count("born"), 2);
    const birth = life.events.findLast((event) => event.kind === "born");
    assert.equal(birth?.metrics[0]?.value, 9);
  });

  it("costs one small request now and then while it is demoted", async () => {
    await using life = await ModbusLife.start(one());
    life.reply = () => "silent";
    await life.clock.pass(60_000);
    const before = life.requests.length;

    await life.clock.pass(600_000);

    // 10 s × 1.5 up to 5 min: after a minute there is less than one in 20 s.
    const asked = life.requests.length - before;
    assert.ok(asked > 1 && asked < 12, String(asked));
    assert.equal(life.adapter.diagnostics().devices[0]?.state, "demoted");
  });

  it("that has one silent block is neither demoted nor dead", async () => {
    const groups = { fast: { interval: "1s" }, slow: { interval: "20s" } };
    const tags = [
      { ...SPEED, group: "slow" },
      { name: "Gone", at: "hr:500", type: "uint16", group: "fast" },
    ];
    await using life = await ModbusLife.start({
      devices: [ModbusLife.device(tags, { groups, offlineAfter: 100 })],
    });
    life.reply = ({ start }) => (start === 500 ? "silent" : undefined);
    await life.clock.pass(300_000);

    assert.equal(life.count("died"), 0);
    assert.equal(life.last("Gone")?.reason, "timeout");
    assert.equal(life.last("Gone")?.quality, "bad");
    assert.equal(life.adapter.diagnostics().devices[0]?.state, "online");
  });

  it("lives on when its link is back within the grace, and dies when it is not", async () => {
    await using life = await ModbusLife.start(one({ offlineGrace: "2s" }));
    life.cut();
    await life.clock.pass(100);
    assert.equal(life.adapter.diagnostics().devices[0]?.state, "stale");
    life.isDown = false;
    await life.clock.pass(1900);
    assert.deepEqual([life.count("born"), life.count("died")], [1, 0]);

    life.cut();
    await life.clock.pass(5000);
    assert.deepEqual([life.count("born"), life.count("died")], [1, 1]);
    life.isDown = false;
    await life.clock.pass(40_000);
    assert.deepEqual([life.count("born"), life.count("died")], [2, 1]);
  });

  it("that comes and goes gets more grace, up to a minute, and says so", async () => {
    await using life = await ModbusLife.start(one({ offlineGrace: "100ms" }));
    for (let round = 0; round < 6; round += 1) {
      life.cut();
      await life.clock.pass(5000);
      life.isDown = false;
      await life.clock.pass(40_000);
    }

    const warnings = life.log.filter(({ message }) => message.startsWith("device comes and goes"));
    assert.ok(warnings.length >= 1);
    const said = life.last("Device Info/Last Error")?.value;
    assert.match(typeof said === "string" ? said : "", /given more time/);
  });

  it("is born again when the wall clock is set back, and no value is of the time to come", async () => {
    await using life = await ModbusLife.start(one());
    await life.clock.pass(5000);
    life.wallShiftMs = -3_600_000;
    life.registers.set(0, 5);
    await life.clock.pass(2000);

    assert.equal(life.count("born"), 2);
    const birth = life.events.findLast((event) => event.kind === "born");
    for (const { timestamp } of birth?.metrics ?? []) assert.ok(timestamp < WALL_MS - 3_000_000);
    const times = life
      .said("Speed")
      .slice(-2)
      .map(({ timestamp }) => timestamp);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
  });

  it("is born with what there is when the rest takes too long", async () => {
    const tags = [SPEED, { name: "Gone", at: "hr:500", type: "uint16" }];
    let isOpen = true;
    const config = { devices: [ModbusLife.device(tags, { birthTimeout: "1500ms" })] };
    await using life = await ModbusLife.start(config, (plant) => {
      plant.reply = ({ start }) => (isOpen && start === 500 ? "silent" : undefined);
    });
    await life.clock.pass(2000);
    assert.equal(life.count("born"), 1);
    const birth = life.events.find((event) => event.kind === "born");
    assert.partialDeepStrictEqual(birth?.metrics[1], {
      value: null,
      quality: "stale",
      reason: "not_read",
    });
    isOpen = false;
    await life.clock.pass(5000);
    assert.equal(life.last("Gone")?.quality, "good");
  });
});

describe("what is read once", () => {
  const serial = { name: "Serial", at: "hr:200", type: "uint16", group: "once" };

  it("is read at birth only, and never grows stale", async () => {
    const tags = [{ ...SPEED, group: "fast" }, serial];
    await using life = await ModbusLife.start({
      devices: [ModbusLife.device(tags, { staleAfter: "3s" })],
    });
    await life.clock.pass(60_000);

    assert.equal(life.reads(200), 1);
    assert.equal(life.last("Serial")?.quality, "good");
  });

  it("is read again as long as it was not answered well", async () => {
    const tags = [{ ...SPEED, group: "fast" }, serial];
    let isBusy = true;
    const config = { devices: [ModbusLife.device(tags)] };
    await using life = await ModbusLife.start(config, (plant) => {
      plant.reply = ({ start }) => (isBusy && start === 200 ? 6 : undefined);
    });
    await life.clock.pass(5000);
    assert.equal(life.last("Serial")?.quality, "stale");
    isBusy = false;
    await life.clock.pass(30_000);

    assert.equal(life.last("Serial")?.quality, "good");
  });
});

describe("a group", () => {
  it("that waits for a tag is read when its value changes", async () => {
    const groups = { fast: { interval: "1s" }, recipe: { mode: "onTrigger", trigger: "Speed" } };
    const tags = [
      { ...SPEED, group: "fast" },
      { name: "Recipe", at: "hr:300", type: "uint16", group: "recipe" },
    ];
    await using life = await ModbusLife.start({ devices: [ModbusLife.device(tags, { groups })] });
    await life.clock.pass(5000);
    const atBirth = life.reads(300);
    life.registers.set(0, 1);
    await life.clock.pass(1000);

    assert.equal(atBirth, 1);
    assert.equal(life.reads(300), 2);
  });

  it("that waits for a tag is read once more when the tag changes while it is being read", async () => {
    const groups = { fast: { interval: "1h" }, recipe: { mode: "onTrigger", trigger: "Speed" } };
    const recipe = [300, 700, 1100].map((at) => ({
      name: `R${at}`,
      at: `hr:${at}`,
      type: "uint16",
      group: "recipe",
    }));
    const tags = [{ ...SPEED, access: "rw", group: "fast" }, ...recipe];
    await using life = await ModbusLife.start({ devices: [ModbusLife.device(tags, { groups })] });
    await life.clock.pass(1000);
    life.rttMs = 400;
    const write = (value: number) =>
      life.adapter.write([{ deviceId: "plc", metric: "Speed", value }]);

    const first = write(1); // read back after 850 ms, then the recipe is read
    await life.clock.pass(1000);
    const second = write(2); // read back between the second and the third part of the recipe
    await life.clock.pass(10_000);

    assert.deepEqual(
      (await Promise.all([first, second])).flat().map(({ outcome }) => outcome),
      ["ok", "ok"],
    );
    assert.deepEqual([life.reads(300), life.reads(700), life.reads(1100)], [3, 3, 3]);
  });

  it("on demand is read by Device Control/Poll, not at birth", async () => {
    const tags = [
      { ...SPEED, group: "fast" },
      { name: "Log", at: "hr:400", type: "uint16", group: "onDemand" },
    ];
    await using life = await ModbusLife.start({ devices: [ModbusLife.device(tags)] });
    await life.clock.pass(5000);
    assert.equal(life.reads(400), 0);
    assert.equal(life.last("Log")?.reason, "not_read");

    const result = await life.write("Device Control/Poll", true);

    assert.equal(result.outcome, "ok");
    assert.equal(life.reads(400), 1);
    assert.equal(life.last("Log")?.quality, "good");
  });

  it("whose passes take longer than its interval is warned of with the figures, and its slots are counted", async () => {
    const groups = { fast: { interval: "50ms" } };
    await using life = await ModbusLife.start({
      devices: [ModbusLife.device([SPEED], { groups })],
    });
    life.rttMs = 80;
    await life.clock.pass(1000);

    const said = life.log.filter(({ level }) => level === "warn").map(({ message }) => message);
    assert.deepEqual(said, ["group fast of plc needs 80 ms per pass but is asked for every 50 ms"]);
    assert.ok((life.adapter.diagnostics().devices[0]?.overruns ?? 0) > 0);
  });
});

describe("Device Control", () => {
  it("Enabled takes a device off the bus and its link with the last one, and brings both back", async () => {
    await using life = await ModbusLife.start(one());
    assert.equal((await life.write("Device Control/Enabled", false)).outcome, "ok");
    assert.equal(life.count("died"), 1);
    assert.equal(life.adapter.diagnostics().links[0]?.state, "disabled");
    const before = life.requests.length;
    await life.clock.pass(60_000);
    assert.equal(life.requests.length, before);

    assert.equal((await life.write("Device Control/Enabled", true)).outcome, "ok");
    assert.equal(life.count("born"), 2);
    assert.equal(life.last("Device Control/Enabled")?.value, true);
  });

  it("Enabled false is undone by a rescan that names the device, not by one of all", async () => {
    await using life = await ModbusLife.start(one());
    await life.write("Device Control/Enabled", false);

    await life.adapter.rescan?.();
    await life.clock.pass(2000);
    assert.equal(life.count("born"), 1);
    await life.adapter.rescan?.("plc");
    await life.clock.pass(2000);
    assert.equal(life.count("born"), 2);
  });

  it("Scan Rate is the interval of the fastest group, and changes it", async () => {
    await using life = await ModbusLife.start(one());
    assert.equal(life.last("Device Control/Scan Rate")?.value, 1000);
    await life.write("Device Control/Scan Rate", 100);
    const before = life.reads(0);
    await life.clock.pass(10_000);

    const reads = life.reads(0) - before;
    assert.ok(reads >= 99 && reads <= 101, String(reads));
    assert.equal(life.last("Device Control/Scan Rate")?.value, 100);
    assert.equal((await life.write("Device Control/Scan Rate", 1)).outcome, "rejected_bad_value");
    assert.equal(life.count("born"), 1);
  });

  it("Rebirth says all that is known again and asks the device nothing", async () => {
    await using life = await ModbusLife.start(one());
    const before = life.requests.length;
    await life.write("Device Control/Rebirth", true, 0);

    assert.equal(life.count("born"), 2);
    assert.equal(life.requests.length, before);
  });

  it("and Device Info stand after the tags and cannot be written where they only tell", async () => {
    await using life = await ModbusLife.start(one());
    const birth = life.events.find((event) => event.kind === "born");

    assert.deepEqual(
      birth?.metrics.slice(0, 2).map(({ name }) => name),
      ["Speed", "Device Control/Rebirth"],
    );
    assert.equal((await life.write("Device Info/State", "x")).outcome, "rejected_not_writable");
    assert.equal(
      (await life.write("Device Control/Last Write/Tag", "x")).outcome,
      "rejected_not_writable",
    );
  });
});

describe("a link", () => {
  it("that is noisy is warned of every five minutes, with the figures; a quiet one never", async () => {
    await using life = await ModbusLife.start(one());
    const warnings = (): number =>
      life.log.filter(({ message }) => message.startsWith("the line is noisy")).length;
    await life.clock.pass(600_000);
    assert.equal(warnings(), 0);
    life.isEchoing = true;
    await life.clock.pass(300_000);

    assert.equal(warnings(), 1);
    const line = life.log.find(({ message }) => message.startsWith("the line is noisy"));
    assert.ok(line !== undefined && "percent" in line.fields);
  });

  it("is not opened for devices that are all disabled", async () => {
    await using life = await ModbusLife.start(one({ enabled: false }));
    await life.clock.pass(10_000);

    assert.equal(life.connections, 0);
    assert.equal(life.adapter.diagnostics().devices[0]?.state, "disabled");
  });
});

describe("the memory of a device", () => {
  it("does not grow over ten thousand passes", async () => {
    await using life = await ModbusLife.start(one({ groups: { fast: { interval: "10ms" } } }));
    await life.clock.pass(20_000);
    life.requests.length = 0;
    life.events.length = 0;
    collectGarbage();
    const before = process.memoryUsage().heapUsed;

    for (let round = 0; round < 10; round += 1) {
      await life.clock.pass(10_000);
      assert.ok(life.requests.length >= 990);
      life.requests.length = 0;
      life.events.splice(1);
    }

    collectGarbage();
    const grown = process.memoryUsage().heapUsed - before;
    assert.ok(grown < 500_000, `${grown} bytes`);
  });
});

describe("maxBlocksPerBurst", () => {
  const tags = [0, 200, 400, 600].map((start) => ({
    name: `T${start}`,
    at: `hr:${start}`,
    type: "uint16",
    group: "fast",
  }));
  const groups = { fast: { interval: "1s", phase: "aligned" } };
  const device = (name: string, unit: number, more: object) => ({
    ...ModbusLife.device(tags, { name, unit, groups }),
    ...more,
  });
  /** The units in the order in which they were asked in one pass. */
  async function orderOf(more: object): Promise<string> {
    const devices = [device("big", 1, more), device("small", 2, { tags: tags.slice(0, 1) })];
    await using life = await ModbusLife.start({ devices });
    await life.clock.pass(2000);
    life.requests.length = 0;
    await life.clock.pass(1000);
    assert.equal(life.count("died", "big") + life.count("died", "small"), 0);
    return life.requests.map(({ unit }) => unit).join("");
  }

  it("lets another device in between the blocks of a large one, and all of them are read", async () => {
    assert.equal(await orderOf({}), "11112");
    for (const maxBlocksPerBurst of [1, 2, 3]) {
      const order = await orderOf({ maxBlocksPerBurst });

      assert.equal(order.replaceAll("2", ""), "1111");
      assert.ok(order.indexOf("2") <= maxBlocksPerBurst, order);
    }
  });
});
