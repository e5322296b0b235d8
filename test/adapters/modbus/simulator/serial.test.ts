/** Simulated devices at one end of a line, the real adapter at the other. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { ModbusRun } from "../../../support/modbus-run.ts";
import { openSimulation } from "../../../support/modbus-simulation.ts";
import { openBareLine } from "../../../support/serial-pair.ts";

const hasSocat = spawnSync("socat", ["-V"]).status === 0;
const skip = hasSocat && process.platform === "linux" ? false : "needs Linux and socat";

const meter = (name: string, unit: number): object => ({
  name,
  unit,
  readOnly: false,
  groups: { all: { interval: "100ms" } },
  tags: [
    { name: "Power", at: "ir:0", type: "int32", byteOrder: "CDAB", scale: 0.1, unit: "W" },
    { name: "Limit", at: "hr:7", type: "uint16", access: "rw", writeRange: [0, 100] },
  ],
});

describe("simulated devices on a serial line", { skip, timeout: 300_000 }, () => {
  it("are polled and written by the adapter, each by its unit", async () => {
    await using line = await openBareLine();
    const { near: ours, far: theirs } = line;
    const link = { framing: "rtu", port: ours, baud: 115_200, parity: "none" };
    const devices = [meter("m1", 11), meter("m2", 12)];
    await using running = await openSimulation({ link, devices, path: theirs });
    await using run = await ModbusRun.start({ link, devices });

    await run.until(() => run.count("born", "m1") > 0 && run.count("born", "m2") > 0);
    const written = await run.write("m2", "Limit", 42);
    await run.until(() => run.readings("m2", "Limit").some(({ value }) => value === 42));

    assert.equal(running.simulation.servers[0]?.address, theirs);
    assert.equal(written.outcome, "ok");
    assert.equal(run.readings("m1", "Limit").at(-1)?.value, 50);
    const power = run.readings("m1", "Power")[0]?.value;
    assert.ok(typeof power === "number" && power >= 400 && power <= 9000);
  });

  it("spoilt answers are never values, and a silent unit dies", async () => {
    await using line = await openBareLine();
    const { near: ours, far: theirs } = line;
    const link = {
      framing: "rtu",
      port: ours,
      baud: 115_200,
      parity: "none",
      timeout: "500ms",
      retries: 0,
    };
    const devices = [meter("m1", 11), meter("m2", 12)];
    await using running = await openSimulation({ link, devices, path: theirs });
    await using run = await ModbusRun.start({ link, devices });
    await run.until(() => run.count("born", "m1") > 0 && run.count("born", "m2") > 0);

    running.simulation.setFault("m1", { kind: "noise" });
    running.simulation.setFault("m2", { kind: "silent" });
    await run.until(() => run.count("died", "m2") > 0);

    const good = run.readings("m1", "Limit").filter(({ quality }) => quality === "good");
    assert.deepEqual([...new Set(good.map(({ value }) => value))], [50]);
  });
});
