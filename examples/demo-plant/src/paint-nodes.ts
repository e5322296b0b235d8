/** Where an OPC UA client finds the values of the paint cell. The README shows the same table. */
import { measured } from "./chance.ts";
import type { PaintCell, Zone } from "./paint-cell.ts";
import { PaintState } from "./paint-cell.ts";

/** The namespace of all nodes below; they are `nsu=urn:unshub:demo-plant;s=PaintCell.…`. */
export const PAINT_NAMESPACE = "urn:unshub:demo-plant";

/** The OPC UA types in use, by the names of the standard. */
type NodeType =
  | "Boolean"
  | "Int32"
  | "UInt32"
  | "Int64"
  | "Float"
  | "Double"
  | "String"
  | "LocalizedText"
  | "DateTime";

/** A value as the machine has it; DateTime in milliseconds since 1970 UTC. */
export type NodeValue = number | bigint | boolean | string;

/** One variable below the folder `PaintCell`. */
export interface NodeRow {
  /** With dots; the demo's configuration gives the metric the same name with slashes. */
  readonly path: string;
  readonly type: NodeType;
  /** `startedAt`: milliseconds since 1970 UTC at which the simulated time was 0. */
  read(cell: PaintCell, startedAt: number): NodeValue;
  /** Left out for what cannot be written. */
  readonly write?: {
    /** Smallest and largest value, both inclusive; a Boolean has 0 and 1. */
    readonly range: readonly [min: number, max: number];
    apply(cell: PaintCell, value: number): void;
  };
}

/** All variables of the cell. */
export const PAINT_NODES: readonly NodeRow[] = [
  { path: "Status.State", type: "Int32", read: (cell) => cell.state },
  { path: "Status.Fault", type: "Boolean", read: (cell) => cell.state === PaintState.fault },
  { path: "Status.FaultText", type: "LocalizedText", read: (cell) => cell.faultText || "none" },
  { path: "Status.DoorOpen", type: "Boolean", read: (cell) => cell.doorOpen },
  {
    path: "Control.Enable",
    type: "Boolean",
    read: (cell) => cell.enabled,
    write: {
      range: [0, 1],
      apply: (cell, value) => {
        cell.enabled = value === 1;
      },
    },
  },
  ...zoneNodes("Zone1", (cell) => cell.zones[0]),
  ...zoneNodes("Zone2", (cell) => cell.zones[1]),
  ...zoneNodes("Zone3", (cell) => cell.zones[2]),
  { path: "Conveyor.Speed", type: "Float", read: (cell) => measured(cell.conveyorSpeed, 0.01) },
  {
    path: "Conveyor.Setpoint",
    type: "Float",
    read: (cell) => cell.conveyorSetpoint,
    write: {
      range: [0.5, 6],
      apply: (cell, value) => {
        cell.conveyorSetpoint = value;
      },
    },
  },
  { path: "Booth.Humidity", type: "Float", read: (cell) => measured(cell.humidity, 0.1) },
  { path: "Booth.Airflow", type: "Float", read: (cell) => measured(cell.airflow, 1) },
  { path: "Paint.Flow", type: "Float", read: (cell) => measured(cell.paintFlow, 0.01) },
  { path: "Batch.Id", type: "String", read: (cell) => cell.batchId },
  { path: "Batch.Parts", type: "UInt32", read: (cell) => cell.batchParts },
  { path: "Production.TotalParts", type: "Int64", read: (cell) => cell.totalParts },
  {
    path: "Production.LastPart",
    type: "DateTime",
    read: (cell, startedAt) => startedAt + cell.lastPartAtMs,
  },
];

function zoneNodes(name: string, zoneOf: (cell: PaintCell) => Zone): readonly NodeRow[] {
  return [
    {
      path: `${name}.Temperature`,
      type: "Double",
      read: (cell) => measured(zoneOf(cell).temperature, 0.1),
    },
    {
      path: `${name}.Setpoint`,
      type: "Double",
      read: (cell) => zoneOf(cell).setpoint,
      write: {
        range: [20, 220],
        apply: (cell, value) => {
          zoneOf(cell).setpoint = value;
        },
      },
    },
  ];
}
