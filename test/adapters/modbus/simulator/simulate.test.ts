import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, it } from "node:test";
import ModbusRTU from "modbus-serial";
import { bytes as hex } from "../../../support/modbus-hex.ts";
import { ModbusRun } from "../../../support/modbus-run.ts";
import { openSimulation } from "../../../support/modbus-simulation.ts";

const PRESS = {
  name: "press-01",
  unit: 1,
  readOnly: false,
  groups: { all: { interval: "1s" } },
  tags: [
    { name: "Temperature", at: "hr:100", type: "float32", unit: "°C" },
    { name: "Energy", at: "hr:102", type: "uint32", unit: "Wh" },
    {
      name: "Setpoint",
      at: "hr:104",
      type: "int16",
      scale: 0.1,
      access: "rw",
      writeRange: [0, 350],
    },
    { name: "State", at: "hr:105", type: "uint16", enum: { 0: "idle", 3: "pressing" } },
    { name: "Name", at: "hr:106/4", type: "string" },
    { name: "Ready", at: "hr:110.3" },
    { name: "Doors/Left", at: "hr:110.4", access: "rw", maskWrite: true },
    { name: "Valve", at: "co:5", access: "rw" },
    { name: "Pump", at: "co:6", access: "rw" },
    { name: "Guard", at: "di:0" },
    {
      name: "Pressure",
      at: "ir:0x20",
      type: "int16",
      scale: 0.1,
      validRange: [0, 20],
      unit: "bar",
    },
  ],
};
const CHILLER = {
  name: "chiller-01",
  unit: 7,
  groups: { all: { interval: "1s" } },
  tags: [{ name: "Flow", at: "hr:0", type: "float32", byteOrder: "CDAB", unit: "l/min" }],
};

/** How long a client waits for an answer that comes: a busy machine stands still for some seconds. */
const PATIENCE_MS = 20_000;

/** Reads hr:104 of unit 1. */
function frame(id: number): readonly number[] {
  return [0, id, 0, 0, 0, 6, 1, 3, 0, 104, 0, 1];
}

async function clientOf(port: number, unit = 1): Promise<ModbusRTU.default & AsyncDisposable> {
  const client = new ModbusRTU.default();
  await client.connectTCP("127.0.0.1", { port });
  client.setID(unit);
  client.setTimeout(PATIENCE_MS);
  return Object.assign(client, {
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => client.close(() => resolve())),
  });
}

/** The answer to an FC23 with these bytes behind its function code. */
async function fc23(port: number, rest: readonly number[]): Promise<Uint8Array> {
  const socket = connect(port, "127.0.0.1");
  socket.write(Uint8Array.of(0, 1, 0, 0, 0, rest.length + 2, 1, 23, ...rest));
  const [answer]: unknown[] = await once(socket, "data");
  socket.destroy();
  return answer instanceof Uint8Array ? Uint8Array.from(answer) : new Uint8Array();
}

describe("a simulated device", { timeout: 300_000 }, () => {
  it("shows plausible values of every kind in the form that the configuration says", async () => {
    await using running = await openSimulation({ devices: [PRESS, CHILLER] });
    await using client = await clientOf(running.port);

    const temperature = (await client.readHoldingRegisters(100, 2)).buffer.readFloatBE(0);
    const state = (await client.readHoldingRegisters(105, 1)).data[0] ?? -1;
    const name = (await client.readHoldingRegisters(106, 4)).buffer.toString("latin1");
    const pressure = (await client.readInputRegisters(0x20, 1)).data[0] ?? -1;
    const guard = (await client.readDiscreteInputs(0, 1)).data[0];
    client.setID(7);
    const flow = await client.readHoldingRegisters(0, 2);
    const words = Buffer.from([2, 3, 0, 1].map((at) => flow.buffer[at] ?? 0));

    assert.ok(temperature >= 18 && temperature <= 65, `${temperature}`);
    assert.ok([0, 3].includes(state), `${state}`);
    assert.equal(name, "SIM Name");
    assert.ok(pressure >= 10 && pressure <= 80, `${pressure}`);
    assert.equal(typeof guard, "boolean");
    assert.ok(words.readFloatBE(0) >= 20 && words.readFloatBE(0) <= 60, `${words.readFloatBE(0)}`);
  });

  it("moves with time: energy only grows, measured values swing, setpoints stay", async () => {
    await using running = await openSimulation({ devices: [PRESS] });
    await using client = await clientOf(running.port);
    const seen: { energy: number; temperature: number; setpoint: number }[] = [];

    for (let step = 0; step < 20; step += 1) {
      const { buffer } = await client.readHoldingRegisters(100, 5);
      seen.push({
        temperature: buffer.readFloatBE(0),
        energy: buffer.readUInt32BE(4),
        setpoint: buffer.readInt16BE(8),
      });
      running.pass(5000);
    }

    const energies = seen.map(({ energy }) => energy);
    assert.deepEqual(
      energies,
      energies.toSorted((a, b) => a - b),
    );
    assert.ok((energies.at(-1) ?? 0) > (energies[0] ?? 0));
    assert.ok(new Set(seen.map(({ temperature }) => temperature)).size > 10);
    assert.deepEqual([...new Set(seen.map(({ setpoint }) => setpoint))], [1750]);
  });

  it("writes and reads by FC23 in one request, and does neither where one is not possible", async () => {
    await using running = await openSimulation({ devices: [PRESS] });
    await using run = await ModbusRun.start({
      link: { host: "127.0.0.1", port: running.port },
      devices: [{ ...PRESS, useFc23: true }],
    });
    await run.until(() => run.count("born", "press-01") === 1);
    const line = `127.0.0.1:${running.port}`;
    run.adapter.setTrace?.(line, true);

    const done = await run.write("press-01", "Setpoint", 12.5);
    const refused = await fc23(running.port, [0, 104, 0, 1, 0, 105, 0, 1, 2, 0, 9]);
    const tooFar = await fc23(running.port, [0x10, 0, 0, 1, 0, 104, 0, 1, 2, 0, 9]);
    const both = await fc23(running.port, [0, 104, 0, 2, 0, 104, 0, 1, 2, 1, 0]);
    await using client = await clientOf(running.port);

    assert.partialDeepStrictEqual(done, { outcome: "ok", read: 12.5 });
    const frames = run.adapter.trace?.(line) ?? [];
    assert.ok(frames.some(({ header }) => header.includes("write and read registers 104+1")));
    assert.deepEqual([refused.subarray(7), tooFar.subarray(7)], [hex("9702"), hex("9702")]);
    assert.deepEqual(both.subarray(7, 11), hex("17 04 0100"));
    assert.equal((await client.readHoldingRegisters(104, 1)).data[0], 0x100);
  });

  it("keeps what is written, of whole registers, coils and parts of registers", async () => {
    await using running = await openSimulation({ devices: [PRESS] });
    await using client = await clientOf(running.port);
    const before = (await client.readHoldingRegisters(110, 1)).data[0] ?? 0;

    await client.writeRegister(104, 1234);
    await client.writeCoil(5, true);
    await client.writeCoils(5, [false, true]);
    await client.maskWriteRegister(110, 0xffff & ~0x10, 0x10);
    running.pass(60_000);

    assert.deepEqual((await client.readHoldingRegisters(104, 1)).data, [1234]);
    assert.deepEqual((await client.readCoils(5, 2)).data.slice(0, 2), [false, true]);
    assert.equal(((await client.readHoldingRegisters(110, 1)).data[0] ?? 0) & 0x10, 0x10);
    assert.equal(before & 0x10, 0);
  });

  it("refuses what the machine would not take, and changes nothing", async () => {
    await using running = await openSimulation({ devices: [PRESS] });
    await using client = await clientOf(running.port);

    await assert.rejects(client.writeRegister(104, 3501), { modbusCode: 3 });
    await assert.rejects(client.writeRegister(100, 1), { modbusCode: 2 });
    await assert.rejects(client.writeRegisters(104, [1, 1]), { modbusCode: 2 });

    assert.deepEqual((await client.readHoldingRegisters(104, 1)).data, [1750]);
  });

  it("answers exception 2 for registers that nobody named, 1 for other functions", async () => {
    await using running = await openSimulation({ devices: [PRESS] });
    await using client = await clientOf(running.port);

    await assert.rejects(client.readHoldingRegisters(99, 1), { modbusCode: 2 });
    await assert.rejects(client.readHoldingRegisters(110, 2), { modbusCode: 2 });
    await assert.rejects(client.readInputRegisters(0x21, 1), { modbusCode: 2 });
    await assert.rejects(client.readDeviceIdentification(1, 0), { modbusCode: 1 });
    client.setID(9);
    await assert.rejects(client.readHoldingRegisters(100, 1), { modbusCode: 11 });
  });

  it("answers a burst in its order, and requests that come byte by byte", async () => {
    await using running = await openSimulation({ devices: [PRESS] });
    const socket = connect(running.port, "127.0.0.1");
    await once(socket, "connect");
    const got: number[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.on("data", (bytes) => {
      got.push(...Buffer.from(bytes));
      if (got.length >= 21 * 11) resolve();
    });
    const bytes = Array.from({ length: 20 }, (_, id) => frame(id)).flat();

    socket.write(Uint8Array.from(bytes.slice(0, 200)));
    for (const byte of [...bytes.slice(200), ...frame(20)]) socket.write(Uint8Array.of(byte));
    await promise;
    socket.destroy();

    const ids = Array.from({ length: 21 }, (_, index) => got[index * 11 + 1]);
    assert.deepEqual(
      ids,
      Array.from({ length: 21 }, (_, index) => index),
    );
  });
});

describe("faults of a simulated device", { timeout: 300_000 }, () => {
  it("are switched on and off for one device while the others go on", async () => {
    await using running = await openSimulation({ devices: [PRESS, CHILLER] });
    await using client = await clientOf(running.port);

    running.simulation.setFault("press-01", { kind: "exceptions", code: 6 });
    await assert.rejects(client.readHoldingRegisters(104, 1), { modbusCode: 6 });
    running.simulation.setFault("press-01", { kind: "silent" });
    client.setTimeout(250);
    await assert.rejects(client.readHoldingRegisters(104, 1), { name: "TransactionTimedOutError" });
    client.setTimeout(PATIENCE_MS);
    client.setID(7);
    assert.equal((await client.readHoldingRegisters(0, 2)).data.length, 2);
    running.simulation.setFault(undefined, { kind: "none" });
    client.setID(1);
    assert.deepEqual((await client.readHoldingRegisters(104, 1)).data, [1750]);
  });

  it("a slow one answers after those who were asked later", async () => {
    await using running = await openSimulation({ devices: [PRESS, CHILLER] });
    running.simulation.setFault("press-01", { kind: "slow", ms: 20 });
    const socket = connect(running.port, "127.0.0.1");
    await once(socket, "connect");
    const got: number[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.on("data", (bytes) => {
      if (typeof bytes !== "string") got.push(...bytes);
      if (got.length === 11 + 13) resolve(); // in one piece or two
    });

    socket.write(
      Uint8Array.of(0, 1, 0, 0, 0, 6, 1, 3, 0, 104, 0, 1, 0, 2, 0, 0, 0, 6, 7, 3, 0, 0, 0, 2),
    );
    await promise;
    socket.destroy();

    assert.deepEqual([got[6], got[13 + 6]], [7, 1]);
  });

  it("noise spoils answers so that a client can tell, over RTU by the checksum", async () => {
    await using running = await openSimulation({
      link: { framing: "rtuOverTcp" },
      devices: [PRESS],
    });
    running.simulation.setFault(undefined, { kind: "noise" });
    const client = new ModbusRTU.default();
    await client.connectTelnet("127.0.0.1", { port: running.port });
    client.setID(1);
    client.setTimeout(250);

    const outcomes = [];
    for (let tries = 0; tries < 10; tries += 1) {
      outcomes.push(
        await client.readHoldingRegisters(104, 1).then(
          ({ data }) => data[0],
          () => "refused",
        ),
      );
    }
    await new Promise<void>((resolve) => client.close(() => resolve()));

    assert.deepEqual(
      [...new Set(outcomes)].toSorted((a, b) => String(a).localeCompare(String(b))),
      [1750, "refused"],
    );
  });
});
