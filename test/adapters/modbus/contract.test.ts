/** The checks that every adapter must pass: two units behind a gateway, one of which is taken away. */
import { checkAdapter, type AdapterBench } from "@unshub/adapter/check";
import modbus from "@unshub/adapter-modbus";
import { openModbusGateway } from "../../support/modbus-gateway.ts";
import { openModbusServer } from "../../support/modbus-server.ts";

const VICTIM_UNIT = 2;

function device(name: string, unit: number): object {
  return {
    name,
    unit,
    readOnly: false,
    probeEvery: "100ms",
    groups: { fast: { interval: "20ms" } },
    tags: [
      {
        name: "Pressure",
        at: "hr:0",
        type: "float32",
        group: "fast",
        unit: "bar",
        publish: "always",
      },
      {
        name: "Setpoint",
        at: "hr:2",
        type: "int16",
        scale: 0.1,
        access: "rw",
        writeRange: [0, 350],
        group: "fast",
      },
    ],
  };
}

async function openBench(): Promise<AdapterBench> {
  const memory = { 1: { hr: { 0: 0x41bc, 1: 0, 2: 200 } }, 2: { hr: { 0: 0x41bc, 1: 0, 2: 200 } } };
  const server = await openModbusServer(memory);
  const gateway = await openModbusGateway(server.port);
  return {
    config: {
      link: { host: "127.0.0.1", port: gateway.port, timeout: "200ms" },
      devices: [device("bystander", 1), device("victim", VICTIM_UNIT)],
    },
    victim: "victim",
    bystander: "bystander",
    writable: { metric: "Setpoint", good: 35.7, bad: 35.75 },
    readOnly: "Pressure",
    browse: { deviceId: "bystander", root: "hr:0..9" },
    kill: () => {
      gateway.deadUnits.add(VICTIM_UNIT);
      return Promise.resolve();
    },
    revive: () => {
      gateway.deadUnits.delete(VICTIM_UNIT);
      return Promise.resolve();
    },
    close: async () => {
      await gateway[Symbol.asyncDispose]();
      await server.close();
    },
  };
}

checkAdapter(modbus, openBench);
