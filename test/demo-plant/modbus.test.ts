import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, afterEach, describe, it } from "node:test";
import type { DemoPlant } from "@unshub/demo-plant";
import { startDemoPlant } from "@unshub/demo-plant";
import ModbusRTU from "modbus-serial";
import { freePort } from "../support/free-port.ts";

const PRESS = 1;
const CHILLER = 2;

describe("the Modbus server of the demo plant", { timeout: 180_000 }, () => {
  let plant: DemoPlant;
  let pkiDir: string;
  let client: ModbusRTU.default;

  before(async () => {
    pkiDir = await mkdtemp(join(tmpdir(), "unshub-plant-"));
    plant = await startDemoPlant({ modbusPort: await freePort(), opcuaPort: 0, seed: 7, pkiDir });
  });
  after(async () => {
    await plant.stop();
    await plant.stop(); // does no harm
    await rm(pkiDir, { recursive: true, force: true });
  });
  beforeEach(async () => {
    client = new ModbusRTU.default();
    await client.connectTCP("127.0.0.1", { port: plant.modbusPort });
    client.setID(PRESS);
  });
  afterEach(async () => {
    if (client.isOpen) await new Promise<void>((resolve) => client.close(() => resolve()));
  });

  it("shows values of both units at their addresses, high word first", async () => {
    const { buffer } = await client.readHoldingRegisters(100, 2);
    const program = await client.readHoldingRegisters(130, 8);
    client.setID(CHILLER);
    const supply = await client.readInputRegisters(0, 2);

    const pressure = buffer.readFloatBE(0);
    assert.ok(pressure >= 0 && pressure < 250, `${pressure}`);
    assert.match(program.buffer.toString("latin1"), /^[A-Z0-9-]+\0*$/);
    const temperature = supply.buffer.readFloatBE(0);
    assert.ok(temperature > 5 && temperature < 25, `${temperature}`);
  });

  it("takes setpoints and switches", async () => {
    await client.writeRegister(120, 1_234);
    await client.writeCoil(0, false);
    client.setID(CHILLER);
    const bytes = Buffer.alloc(4);
    bytes.writeFloatBE(9.5);
    await client.writeRegisters(0, bytes);

    assert.equal((await client.readHoldingRegisters(0, 2)).buffer.readFloatBE(0), 9.5);
    client.setID(PRESS);
    assert.deepEqual((await client.readHoldingRegisters(120, 1)).data, [1_234]);
    assert.equal((await client.readCoils(0, 1)).data[0], false);
  });

  it("answers exception 3 outside the machine's range, and changes nothing", async () => {
    await client.writeRegister(120, 1_000);

    const both = client.writeRegisters(120, [2_000, 200]);

    await assert.rejects(both, { modbusCode: 3 });
    await assert.rejects(client.writeRegister(121, 9), { modbusCode: 3 });
    assert.deepEqual((await client.readHoldingRegisters(120, 1)).data, [1_000]);
  });

  it("answers exception 2 beyond its memory and for what cannot be written", async () => {
    await assert.rejects(client.readHoldingRegisters(199, 2), { modbusCode: 2 });
    await assert.rejects(client.writeRegister(100, 1), { modbusCode: 2 });
    client.setID(CHILLER);
    await assert.rejects(client.writeRegister(0, 1), { modbusCode: 2 }); // half a float
  });

  it("answers exception 11 for a unit that is not there", async () => {
    client.setID(3);

    await assert.rejects(client.readHoldingRegisters(0, 1), { modbusCode: 11 });
  });

  it("cuts its connections when it goes away, and comes back at the same port", async () => {
    const socket = connect(plant.modbusPort, "127.0.0.1");
    await once(socket, "connect");
    const cut = once(socket, "close");
    const port = plant.modbusPort;

    await plant.stopModbus();
    await cut;
    await plant.startModbus();

    assert.equal(plant.modbusPort, port);
    const again = connect(port, "127.0.0.1");
    await once(again, "connect");
    again.destroy();
  });
});
