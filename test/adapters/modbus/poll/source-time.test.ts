/** Devices that tell the time: which time a value is of. A clock that stands still, a wire in memory. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConfigError } from "@unshub/adapter";
import { ModbusLife, WALL_MS } from "../../../support/modbus-life.ts";

const TAGS = [
  { name: "Clock", at: "hr:0", type: "time32" },
  { name: "Speed", at: "hr:2", type: "uint16" },
  { name: "Far", at: "hr:500", type: "uint16" },
];
const device = (fields: object = {}) => ({
  devices: [ModbusLife.device(TAGS, { sourceTime: "Clock", ...fields })],
});

/** The clock of the device, in seconds against ours as it was at the start. */
function setClock({ registers }: ModbusLife, seconds: number): void {
  const now = Math.floor(WALL_MS / 1000) + seconds;
  registers.set(0, Math.floor(now / 65_536));
  registers.set(1, now % 65_536);
}

function skew({ adapter }: ModbusLife): number | undefined {
  return adapter.diagnostics().devices[0]?.clockSkewSeconds;
}

/** Both values change; a poll of both follows. */
async function change(life: ModbusLife, value: number): Promise<void> {
  life.registers.set(2, value);
  life.registers.set(500, value);
  await life.clock.pass(1000);
}

describe("a device that tells the time", () => {
  it("dates what is read in one request with it, and nothing else", async () => {
    await using life = await ModbusLife.start(device(), (plant) => setClock(plant, -20));
    setClock(life, -10);
    await change(life, 5);

    const [speed, far] = [life.last("Speed"), life.last("Far")];
    assert.deepEqual([speed?.value, speed?.timestamp], [5, WALL_MS - 10_000]);
    assert.equal(far?.value, 5);
    assert.ok((far?.timestamp ?? 0) > WALL_MS);
    assert.ok(Math.abs((skew(life) ?? 0) + 11) < 1, String(skew(life)));
  });

  it("is not believed when its clock is too far from ours, and the difference is shown", async () => {
    await using life = await ModbusLife.start(device({ maxSourceSkew: "5s" }), (plant) =>
      setClock(plant, -3600),
    );
    await change(life, 5);

    assert.ok((life.last("Speed")?.timestamp ?? 0) > WALL_MS);
    assert.ok((skew(life) ?? 0) < -3599);
  });

  it("never takes a metric back in time, whatever its clock does", async () => {
    // Between two polls everything is called stale, by our clock.
    const config = device({ staleAfter: "100ms" });
    await using life = await ModbusLife.start(config, (plant) => setClock(plant, 0));
    for (const [value, seconds] of [3, -40, 1, 30, -50, 2, 59, 10].entries()) {
      setClock(life, seconds);
      // oxlint-disable-next-line no-await-in-loop -- one poll after the other
      await change(life, value + 100);
    }

    const told = life.events.flatMap((event) => (event.kind === "told" ? event.metrics : []));
    const speeds = told.filter(({ name }) => name === "Speed");
    const times = speeds.map(({ timestamp }) => timestamp);
    assert.equal(speeds.filter(({ quality }) => quality === "good").length, 8);
    assert.ok(speeds.some(({ quality }) => quality === "stale"));
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
  });

  it("shows no difference when it tells none", async () => {
    await using life = await ModbusLife.start(device({ sourceTime: undefined }));

    assert.equal(skew(life), undefined);
  });

  it("needs a tag that is a time", () => {
    for (const [sourceTime, says] of [
      ["Speed", /sourceTime: "Speed" is no time that is read/],
      ["Nobody", /sourceTime: there is no tag "Nobody"/],
    ] as const) {
      assert.throws(
        () => ModbusLife.parse(device({ sourceTime })),
        (error) => error instanceof ConfigError && says.test(error.message),
      );
    }
  });
});
