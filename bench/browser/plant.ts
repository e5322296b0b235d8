/**
 * The plant of this bench: edge nodes with fifty devices of a thousand metrics each. Of the first device a part changes ten
 * times a second, as a fast PLC does; the other changes are spread over all the rest.
 */
import { deviceTopic, encodePayload, nodeTopic, type MetricToSend } from "@unshub/sparkplug";

export const GROUP = "bench";
export const DEVICES_PER_NODE = 50;
export const METRICS_PER_DEVICE = 1000;
export const METRICS_PER_MESSAGE = 10;
/** Metrics of the first device that change `FAST_PER_SECOND` times a second. */
export const FAST_METRICS = 400;
export const FAST_PER_SECOND = 10;
const SEQ_VALUES = 256;

const NAMES = ["Temperature", "Speed", "Current", "Pressure", "Running"] as const;
const UNITS = ["°C", "rpm", "A", "bar", ""] as const;
const DATATYPES = ["Float", "Int32", "Float", "Double", "Boolean"] as const;

export function nodeName(node: number): string {
  return `node-${String(node).padStart(2, "0")}`;
}

export function deviceName(device: number): string {
  return `device-${String(device).padStart(2, "0")}`;
}

/** The messages of one edge node, in order. */
export class NodeMessages {
  readonly #id: { readonly groupId: string; readonly edgeNodeId: string };
  #seq = 0;

  constructor(node: number) {
    this.#id = { groupId: GROUP, edgeNodeId: nodeName(node) };
  }

  get commandTopic(): string {
    return nodeTopic("NCMD", GROUP, this.#id.edgeNodeId);
  }

  nodeBirth(timestamp: number) {
    this.#seq = 0;
    const told = { tellDatatype: true, timestamp } as const;
    const metrics: readonly MetricToSend[] = [
      { ...told, name: "bdSeq", datatype: "Int64", value: 0 },
      { ...told, name: "Node Control/Rebirth", datatype: "Boolean", value: false },
    ];
    const payload = encodePayload({ timestamp, seq: this.#next(), metrics });
    return { topic: nodeTopic("NBIRTH", GROUP, this.#id.edgeNodeId), payload };
  }

  deviceBirth(device: number, timestamp: number) {
    const metrics = Array.from({ length: METRICS_PER_DEVICE }, (_, at): MetricToSend => {
      const unit = UNITS[at % UNITS.length] ?? "";
      const name = `Motor ${Math.floor(at / NAMES.length)} ${NAMES[at % NAMES.length]}`;
      return {
        ...metric(device, at, { value: at, timestamp }),
        name,
        tellDatatype: true,
        properties: unit === "" ? [] : [{ key: "engUnit", datatype: "String", value: unit }],
      };
    });
    const payload = encodePayload({ timestamp, seq: this.#next(), metrics });
    return { topic: deviceTopic("DBIRTH", this.#id, deviceName(device)), payload };
  }

  /** DDATA with ten metrics of a device that follow each other. `value`: what they say, each a little more. */
  data(
    device: number,
    first: number,
    heard: { readonly value: number; readonly timestamp: number },
  ) {
    const metrics = Array.from({ length: METRICS_PER_MESSAGE }, (_, at) =>
      metric(device, first + at, heard),
    );
    const payload = encodePayload({ timestamp: heard.timestamp, seq: this.#next(), metrics });
    return { topic: deviceTopic("DDATA", this.#id, deviceName(device)), payload };
  }

  #next(): number {
    const seq = this.#seq;
    this.#seq = (seq + 1) % SEQ_VALUES;
    return seq;
  }
}

function metric(
  device: number,
  at: number,
  { value, timestamp }: { readonly value: number; readonly timestamp: number },
): MetricToSend {
  const datatype = DATATYPES[at % DATATYPES.length] ?? "Int32";
  return {
    alias: device * METRICS_PER_DEVICE + at,
    datatype,
    tellDatatype: false,
    value: datatype === "Boolean" ? value % 2 === 0 : value + at,
    timestamp,
  };
}
