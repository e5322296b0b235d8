/** A hub with a plant that has everything: all datatypes, templates, devices of one type, an edge node with metrics. */
import type { BornMetric, DataSet, Template } from "@unshub/sparkplug";
import { startTestHub, tempDir, type Ending, type HubTestOptions, type TestHub } from "./hub.ts";
import { I3xClient } from "./i3x-client.ts";
import { born, plainEdge, type PlainEdge } from "./json-plant.ts";

export const PRESS = "acme/dallas/line1/press";
export const NODE = "spBv1.0/acme:dallas/line1";

export interface I3xPlant extends PlainEdge {
  readonly hub: TestHub;
  readonly client: I3xClient;
}

const MOTOR: Template = {
  isDefinition: true,
  metrics: [
    { name: "Speed", datatype: "Double", value: 0 },
    { name: "On", datatype: "Boolean", value: false },
  ],
  parameters: [],
};

/** An instance of the template `Motor`. */
export function motor(speed: number): Template {
  return {
    isDefinition: false,
    templateRef: "Motor",
    metrics: [
      { name: "Speed", datatype: "Double", value: speed },
      { name: "On", datatype: "Boolean", value: true },
    ],
    parameters: [],
  };
}

const TABLE: DataSet = {
  columns: ["at", "kg"],
  types: ["DateTime", "Double"],
  rows: [[1_700_000_000_000, 2.5]],
};

const METRICS: readonly BornMetric[] = [
  born("Hydraulics/Pressure", 101.5, {
    datatype: "Double",
    unit: "bar",
    description: "of the oil",
  }),
  born("Setpoint", 25, { writable: true, range: [0, 350] }),
  born("Running", true, { datatype: "Boolean" }),
  born("Counter", 9_007_199_254_740_993n, { datatype: "Int64" }),
  born("Total", 1, { datatype: "Int64", writable: true }),
  born("Name", 'press "one"', { datatype: "String", writable: true }),
  born("Started", 1_700_000_000_000, { datatype: "DateTime" }),
  born("Photo", new Uint8Array([1, 2, 255]), { datatype: "Bytes" }),
  born("Curve", [1, 2.5, -3], { datatype: "DoubleArray" }),
  born("Broken", Number.NaN, { datatype: "Float" }),
  born("Nothing", null, { datatype: "Double" }),
  born("Table", TABLE, { datatype: "DataSet" }),
  born("Motor 1", motor(1450), { datatype: "Template" }),
];

export async function startI3xPlant(
  t: Ending,
  { more = "", ...options }: HubTestOptions & { readonly adapters?: string } = {},
): Promise<I3xPlant> {
  const dataDir = options.dataDir ?? tempDir(t);
  const hub = await startTestHub(t, options.adapters, { ...options, dataDir, more });
  const plain = i3xEdge(t, hub);
  await hub.until(() => isBorn(hub, "press2"));
  return { ...plain, hub, client: new I3xClient(hub) };
}

/** The edge node of the plant; once more, when it has stopped. */
export function i3xEdge(t: Ending, { mqttPort }: Pick<TestHub, "mqttPort">): PlainEdge {
  const plain = plainEdge(t, mqttPort, {
    own: [born("Temperature", 41, { datatype: "Int16" })],
    metrics: METRICS,
    mute: "press2",
    templates: [{ name: "Motor", template: MOTOR }],
  });
  plain.edge.node.born("press2", METRICS);
  return plain;
}

export function isBorn({ hub: { tree } }: TestHub, device: string): boolean {
  return tree.online(tree.find(`acme%3Adallas/line1/${device}`) ?? -1) === true;
}
