/**
 * The plant of the soak: edge nodes with ten devices, devices with ten metrics, each of which says 0, 1, 2, … at times that
 * never repeat. So whoever counts what arrived knows for every metric what is missing.
 */
import {
  deathMessage,
  deviceTopic,
  encodePayload,
  nodeTopic,
  type MetricToSend,
} from "@unshub/sparkplug";

export const GROUP = "soak";
export const DEVICES_PER_NODE = 10;
/** Also of a message: a device says all its metrics at once. */
export const METRICS_PER_DEVICE = 10;
/** A metric says something so many times a second. */
export const PER_SECOND = 5;
const SEQ_VALUES = 256;

const KINDS = ["Double", "Double", "Float", "Int32", "Boolean", "String"] as const;
/** By the number of the metric in its device. */
export const DATATYPES = Array.from(
  { length: METRICS_PER_DEVICE },
  (_, at) => KINDS[at] ?? "Double",
);

/** How many devices make so many values a second. */
export function devicesFor(valuesPerSecond: number): number {
  const nodes = valuesPerSecond / (PER_SECOND * METRICS_PER_DEVICE * DEVICES_PER_NODE);
  return Math.max(1, Math.round(nodes)) * DEVICES_PER_NODE;
}

export function nodeOf(device: number): number {
  return Math.floor(device / DEVICES_PER_NODE);
}

export function nodeName(node: number): string {
  return `node-${node}`;
}

export function deviceName(device: number): string {
  return `device-${device}`;
}

export function metricName(metric: number): string {
  return `Section ${metric % 3}/Value ${metric}`;
}

/** Where a metric stands in the tree, and as a plain topic. */
export function pathOf(device: number, metric: number): string {
  return [GROUP, nodeName(nodeOf(device)), deviceName(device), metricName(metric)].join("/");
}

/** What a metric says the `count`th time. */
export function valueOf(metric: number, count: number): number | boolean | string {
  const datatype = DATATYPES[metric];
  if (datatype === "Boolean") return count % 2 === 1;
  return datatype === "String" ? `batch ${count}` : count;
}

/** The messages of one edge node, in order. */
export class NodeMessages {
  readonly #name: string;
  readonly #node: number;
  #seq = 0;

  constructor(node: number) {
    this.#node = node;
    this.#name = nodeName(node);
  }

  get clientId(): string {
    return `${GROUP}-${this.#name}`;
  }

  get commandTopic(): string {
    return nodeTopic("NCMD", GROUP, this.#name);
  }

  will(bdSeq: number) {
    const { topic, payload, qos } = deathMessage(this.#id, bdSeq);
    return { topic, payload, qos };
  }

  death(bdSeq: number) {
    return deathMessage(this.#id, bdSeq, Date.now());
  }

  /** NBIRTH and the DBIRTHs. `counts`: what each metric of a device says, by the number of the device. */
  births(bdSeq: number, timestamp: number, countOf: (device: number) => number) {
    this.#seq = 0;
    const own: readonly MetricToSend[] = [
      { name: "bdSeq", datatype: "Int64", tellDatatype: true, value: bdSeq, timestamp },
      {
        name: "Node Control/Rebirth",
        datatype: "Boolean",
        tellDatatype: true,
        value: false,
        timestamp,
      },
    ];
    const node = {
      topic: nodeTopic("NBIRTH", GROUP, this.#name),
      payload: encodePayload({ timestamp, seq: this.#next(), metrics: own }),
    };
    const devices = Array.from({ length: DEVICES_PER_NODE }, (_, at) => {
      const device = this.#node * DEVICES_PER_NODE + at;
      const metrics = this.#metrics(device, countOf(device), timestamp).map((metric, number) => ({
        ...metric,
        name: metricName(number),
        tellDatatype: true,
      }));
      return {
        topic: deviceTopic("DBIRTH", this.#id, deviceName(device)),
        payload: encodePayload({ timestamp, seq: this.#next(), metrics }),
      };
    });
    return [node, ...devices];
  }

  /** DDATA with all metrics of a device. */
  data(device: number, count: number, timestamp: number) {
    const metrics = this.#metrics(device, count, timestamp);
    return {
      topic: deviceTopic("DDATA", this.#id, deviceName(device)),
      payload: encodePayload({ timestamp, seq: this.#next(), metrics }),
    };
  }

  get #id() {
    return { groupId: GROUP, edgeNodeId: this.#name };
  }

  #next(): number {
    const seq = this.#seq;
    this.#seq = (seq + 1) % SEQ_VALUES;
    return seq;
  }

  #metrics(device: number, count: number, timestamp: number): readonly MetricToSend[] {
    const first = (device % DEVICES_PER_NODE) * METRICS_PER_DEVICE;
    return DATATYPES.map((datatype, metric) => ({
      alias: first + metric,
      datatype,
      tellDatatype: false,
      value: valueOf(metric, count),
      timestamp,
    }));
  }
}
