/** Where a Modbus client finds the values of `chiller-01`, unit 2. The README shows the same table. */
import { measured } from "./chance.ts";
import type { Chiller } from "./chiller.ts";
import type { RegisterRow } from "./registers.ts";

export const CHILLER_UNIT = 2;

/** In the order of their addresses. `ir:4` is stored in tenths of a percent. */
export const CHILLER_REGISTERS: readonly RegisterRow<Chiller>[] = [
  {
    name: "Supply/Temperature",
    table: "ir",
    address: 0,
    type: "float32",
    read: (m) => measured(m.supplyTemperature, 0.1),
  },
  {
    name: "Return/Temperature",
    table: "ir",
    address: 2,
    type: "float32",
    read: (m) => measured(m.returnTemperature, 0.1),
  },
  { name: "Compressor/Load", table: "ir", address: 4, type: "uint16", read: (m) => m.load * 10 },
  {
    name: "Water/Flow",
    table: "ir",
    address: 6,
    type: "float32",
    read: (m) => measured(m.flow, 0.1),
  },
  {
    name: "Supply/Setpoint",
    table: "hr",
    address: 0,
    type: "float32",
    read: (m) => m.setpoint,
    write: {
      range: [5, 25],
      apply: (m, stored) => {
        m.setpoint = stored;
      },
    },
  },
  {
    name: "Control/Enable",
    table: "co",
    address: 0,
    type: "bool",
    read: (m) => m.enabled,
    write: {
      range: [0, 1],
      apply: (m, stored) => {
        m.enabled = stored === 1;
      },
    },
  },
  { name: "Pump/Running", table: "di", address: 0, type: "bool", read: (m) => m.pumpRunning },
];
