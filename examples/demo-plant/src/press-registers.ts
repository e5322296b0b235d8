/** Where a Modbus client finds the values of `press-01`, unit 1. The README shows the same table. */
import { measured } from "./chance.ts";
import type { PressLine } from "./press-line.ts";
import { PressFault } from "./press-line.ts";
import type { RegisterRow } from "./registers.ts";

export const PRESS_UNIT = 1;

/** In the order of their addresses. `hr:120` is stored in tenths of a bar, `ir:0` in tenths of a degree. */
export const PRESS_REGISTERS: readonly RegisterRow<PressLine>[] = [
  {
    name: "Status/Running",
    table: "hr",
    address: 10,
    bit: 0,
    type: "bool",
    read: (m) => m.running,
  },
  {
    name: "Status/Fault",
    table: "hr",
    address: 10,
    bit: 1,
    type: "bool",
    read: (m) => m.fault !== PressFault.none,
  },
  { name: "Status/State", table: "hr", address: 11, type: "uint16", read: (m) => m.state },
  { name: "Status/FaultCode", table: "hr", address: 12, type: "uint16", read: (m) => m.fault },
  {
    name: "Hydraulics/Pressure",
    table: "hr",
    address: 100,
    type: "float32",
    read: (m) => measured(m.pressure, 0.1),
  },
  {
    name: "Ram/Position",
    table: "hr",
    address: 102,
    type: "float32",
    read: (m) => measured(m.ramPosition, 0.1),
  },
  {
    name: "Hydraulics/OilTemperature",
    table: "hr",
    address: 104,
    type: "float32",
    read: (m) => measured(m.oilTemperature, 0.1),
  },
  {
    name: "Drive/MotorCurrent",
    table: "hr",
    address: 106,
    type: "float32",
    read: (m) => measured(m.motorCurrent, 0.1),
  },
  { name: "Production/Parts", table: "hr", address: 108, type: "uint32", read: (m) => m.parts },
  { name: "Production/Rejects", table: "hr", address: 110, type: "uint32", read: (m) => m.rejects },
  {
    name: "Maintenance/RunningHours",
    table: "hr",
    address: 112,
    type: "float64",
    read: (m) => m.runningHours,
  },
  {
    name: "Energy/Total",
    table: "hr",
    address: 116,
    type: "uint64",
    read: (m) => Math.round(m.energy),
  },
  {
    name: "Hydraulics/Setpoint",
    table: "hr",
    address: 120,
    type: "int16",
    read: (m) => m.pressureSetpoint * 10,
    write: {
      range: [0, 3_500],
      apply: (m, stored) => {
        m.pressureSetpoint = stored / 10;
      },
    },
  },
  {
    name: "Drive/SpeedSetpoint",
    table: "hr",
    address: 121,
    type: "uint16",
    read: (m) => m.speedSetpoint,
    write: {
      range: [10, 100],
      apply: (m, stored) => {
        m.speedSetpoint = stored;
      },
    },
  },
  {
    name: "Program/Name",
    table: "hr",
    address: 130,
    length: 8,
    type: "string",
    read: (m) => m.program,
  },
  {
    name: "Production/CycleTime",
    table: "hr",
    address: 138,
    type: "int32",
    read: (m) => m.cycleTime,
  },
  { name: "Maintenance/Strokes", table: "hr", address: 140, type: "int64", read: (m) => m.strokes },
  {
    name: "Hall/Temperature",
    table: "ir",
    address: 0,
    type: "int16",
    read: (m) => m.ambientTemperature * 10,
  },
  {
    name: "Control/Start",
    table: "co",
    address: 0,
    type: "bool",
    read: (m) => m.start,
    write: {
      range: [0, 1],
      apply: (m, stored) => {
        m.start = stored === 1;
      },
    },
  },
  { name: "Safety/GuardClosed", table: "di", address: 0, type: "bool", read: (m) => m.guardClosed },
];
