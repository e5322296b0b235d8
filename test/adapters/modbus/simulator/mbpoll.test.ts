/** The simulator against `mbpoll` (libmodbus), a client that shares no code with us. */
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { openSimulation } from "../../../support/modbus-simulation.ts";

const IS_THERE = spawnSync("mbpoll", ["-V"]).error === undefined;
/** On a developer's machine it may be missing; where we promise that it was tested, it may not. */
const skip = IS_THERE || process.env["CI"] !== undefined ? false : "mbpoll is not installed";

const UNIT = 3;
const writable = { access: "rw", group: "all" };
const DEVICE = {
  name: "plc",
  unit: UNIT,
  groups: { all: { interval: "1s" } },
  tags: [
    { name: "Coil 0", at: "co:0", ...writable },
    { name: "Coil 1", at: "co:1", ...writable },
    { name: "Coil 2", at: "co:2", ...writable },
    { name: "Input", at: "di:4" },
    { name: "Measured", at: "ir:0", type: "int16", validRange: [7, 7] },
    { name: "Word 0", at: "hr:0", type: "uint16", ...writable },
    { name: "Word 1", at: "hr:1", type: "uint16", ...writable },
    { name: "High first", at: "hr:10", type: "float32", ...writable },
    { name: "Low first", at: "hr:12", type: "float32", byteOrder: "CDAB", ...writable },
    { name: "Counter", at: "hr:14", type: "int32", ...writable },
  ],
};

interface Answered {
  readonly code: number;
  /** By address: what stands behind `[n]:`. */
  readonly values: ReadonlyMap<number, string>;
  readonly text: string;
}

async function mbpoll(port: number, ...args: readonly string[]): Promise<Answered> {
  const all = ["-m", "tcp", "-p", String(port), "-a", String(UNIT), "-0", "-1", ...args];
  const { promise, resolve } = Promise.withResolvers<Answered>();
  execFile("mbpoll", all, { timeout: 30_000 }, (error, stdout, stderr) => {
    const values = new Map<number, string>();
    for (const [, address, value = ""] of stdout.matchAll(/^\[(\d+)\]:\s+(.*?)\s*$/gm)) {
      values.set(Number(address), value);
    }
    const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
    resolve({ code, values, text: stdout + stderr });
  });
  return await promise;
}

describe("mbpoll and the simulator", { skip, timeout: 180_000 }, () => {
  it("understand each other in all four tables", async () => {
    await using running = await openSimulation({ devices: [DEVICE] });
    const { port } = running;

    const coils = await mbpoll(port, "-t", "0", "-r", "0", "-c", "3", "127.0.0.1");
    const input = await mbpoll(port, "-t", "1", "-r", "4", "127.0.0.1");
    const measured = await mbpoll(port, "-t", "3", "-r", "0", "127.0.0.1");
    const words = await mbpoll(port, "-t", "4", "-r", "0", "-c", "2", "127.0.0.1");

    assert.deepEqual(
      [...coils.values],
      [
        [0, "0"],
        [1, "0"],
        [2, "0"],
      ],
    );
    assert.match(input.values.get(4) ?? "", /^[01]$/);
    assert.equal(measured.values.get(0), "7");
    assert.deepEqual(
      [...words.values],
      [
        [0, "50"],
        [1, "50"],
      ],
    );
  });

  it("write one coil, several coils, one register, several registers", async () => {
    await using running = await openSimulation({ devices: [DEVICE] });
    const { port } = running;

    const written = [
      await mbpoll(port, "-t", "0", "-r", "0", "127.0.0.1", "1"),
      await mbpoll(port, "-t", "0", "-r", "1", "127.0.0.1", "1", "1"),
      await mbpoll(port, "-t", "4", "-r", "0", "127.0.0.1", "4711"),
      await mbpoll(port, "-t", "4", "-r", "0", "127.0.0.1", "1", "2"),
    ];
    const coils = await mbpoll(port, "-t", "0", "-r", "0", "-c", "3", "127.0.0.1");
    const words = await mbpoll(port, "-t", "4", "-r", "0", "-c", "2", "127.0.0.1");

    assert.deepEqual(
      written.map(({ code }) => code),
      [0, 0, 0, 0],
    );
    assert.deepEqual([...coils.values.values()], ["1", "1", "1"]);
    assert.deepEqual([...words.values.values()], ["1", "2"]);
  });

  it("mean the same float, high word first and low word first, and the same 32-bit integer", async () => {
    await using running = await openSimulation({ devices: [DEVICE] });
    const { port } = running;

    await mbpoll(port, "-t", "4:float", "-B", "-r", "10", "127.0.0.1", "23.5");
    await mbpoll(port, "-t", "4:float", "-r", "12", "127.0.0.1", "23.5");
    await mbpoll(port, "-t", "4:int", "-B", "-r", "14", "127.0.0.1", "123456789");
    const hex = await mbpoll(port, "-t", "4:hex", "-r", "10", "-c", "6", "127.0.0.1");
    const high = await mbpoll(port, "-t", "4:float", "-B", "-r", "10", "127.0.0.1");
    const low = await mbpoll(port, "-t", "4:float", "-r", "12", "127.0.0.1");

    assert.deepEqual(
      [...hex.values.values()],
      ["0x41BC", "0x0000", "0x0000", "0x41BC", "0x075B", "0xCD15"],
    );
    assert.equal(high.values.get(10), "23.5");
    assert.equal(low.values.get(12), "23.5");
  });

  it("tell the exception for a register that is not there", async () => {
    await using running = await openSimulation({ devices: [DEVICE] });

    const { values, text } = await mbpoll(running.port, "-t", "4", "-r", "99", "127.0.0.1");

    assert.equal(values.size, 0);
    assert.match(text, /Illegal data address/i);
  });
});
