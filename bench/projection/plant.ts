/** A plant of 100 000 metrics on sockets: 20 edge nodes of 50 devices, whose data change with every message. */
import {
  deathMessage,
  deviceTopic,
  encodePayload,
  nodeTopic,
  type MetricToSend,
} from "@unshub/sparkplug";
import { Client } from "../broker/load/client.ts";
import { publishFrame } from "../broker/load/frames.ts";

const GROUP = "bench";
const NODES = 20;
const DEVICES = 50;
const METRICS = 100;
export const PER_MESSAGE = 10;
export const ALL_METRICS = NODES * DEVICES * METRICS;
/** Topics of the plant: the metrics, and `_state` and `_model` of each device. */
export const ALL_TOPICS = ALL_METRICS + NODES * DEVICES * 2;
export const ALL_DATA = `spBv1.0/${GROUP}/DDATA/#`;
export const ALL_BIRTHS = `spBv1.0/${GROUP}/DBIRTH/#`;
/** The plain topics of one device in a thousand, and of all. */
export const ONE_DEVICE = `${GROUP}/node-0/device-0/#`;
export const EVERYTHING = `${GROUP}/#`;
export const BIRTHS = NODES * DEVICES;

/** NBIRTH is 0, the births of the devices follow. */
/** Beyond the aliases of all devices. */
const EXTRA_ALIAS = 1_000_000;
const FIRST_DATA_SEQ = (1 + DEVICES) % 256;
const SEQ_VALUES = 256;

export interface Node {
  readonly client: Client;
  /** The topic below which its devices are born. */
  readonly births: string;
  /** DDATA, in the order of `seq`. */
  readonly frames: readonly Buffer[];
  next: number;
}

/** Births all of it, one node after the other. `heard` resolves when so many births of devices have been heard. */
export async function openPlant(
  port: number,
  heard: (births: number) => Promise<void>,
): Promise<readonly Node[]> {
  const nodes: Node[] = [];
  for (let index = 0; index < NODES; index += 1) {
    nodes.push(await openNode(port, index));
    await heard((index + 1) * DEVICES);
  }
  return nodes;
}

/** The next message of a node. */
export function sendData(node: Node): void {
  const frame = node.frames[node.next % SEQ_VALUES];
  node.next += 1;
  if (frame !== undefined) node.client.write(frame);
}

async function openNode(port: number, index: number): Promise<Node> {
  const node = { groupId: GROUP, edgeNodeId: `node-${index}` };
  const { topic, payload, qos } = deathMessage(node, 0);
  const will = { topic, payload, qos };
  const client = await Client.open({ port, clientId: node.edgeNodeId, clean: true, will });
  const timestamp = Date.now();
  const own = {
    name: "bdSeq",
    datatype: "Int64",
    tellDatatype: true,
    value: 0,
    timestamp,
  } as const;
  const birth = encodePayload({ timestamp, seq: 0, metrics: [own] });
  client.write(
    publishFrame({ topic: nodeTopic("NBIRTH", GROUP, node.edgeNodeId), payload: birth }),
  );
  for (let device = 0; device < DEVICES; device += 1) {
    const born = encodePayload({
      timestamp,
      seq: device + 1,
      metrics: bornMetrics(device, timestamp),
    });
    const at = deviceTopic("DBIRTH", node, `device-${device}`);
    client.write(publishFrame({ topic: at, payload: born }));
  }
  const frames = Array.from({ length: SEQ_VALUES }, (_, count) => {
    const seq = (count + FIRST_DATA_SEQ) % SEQ_VALUES;
    const at = deviceTopic("DDATA", node, `device-${count % DEVICES}`);
    return publishFrame({ topic: at, payload: data(count % DEVICES, count, { seq, timestamp }) });
  });
  const births = `spBv1.0/${GROUP}/DBIRTH/${node.edgeNodeId}`;
  return { client, births, frames, next: 0 };
}

/** The first device of a node is born again, with one metric more than it ever had. */
export function rebear(node: Node): void {
  const timestamp = Date.now();
  const extra = {
    ...metric(0, EXTRA_ALIAS + node.next, { value: 1, timestamp }),
    tellDatatype: true,
  };
  const born = encodePayload({
    timestamp,
    seq: (node.next + FIRST_DATA_SEQ) % SEQ_VALUES,
    metrics: [...bornMetrics(0, timestamp), { ...extra, name: `Extra ${node.next}` }],
  });
  node.next += 1;
  node.client.write(publishFrame({ topic: `${node.births}/device-0`, payload: born }));
}

function bornMetrics(device: number, timestamp: number): readonly MetricToSend[] {
  return Array.from({ length: METRICS }, (_, at) => ({
    ...metric(device, at, { value: at, timestamp }),
    name: `Section ${at % 5}/Motor ${at}/Speed`,
    tellDatatype: true,
    properties: [{ key: "engUnit", datatype: "String", value: "rpm" } as const],
  }));
}

function data(
  device: number,
  count: number,
  { seq, timestamp }: { readonly seq: number; readonly timestamp: number },
): Uint8Array {
  const metrics = Array.from({ length: PER_MESSAGE }, (_, at) =>
    metric(device, (count * 7 + at * 9) % METRICS, { value: count + at / 8, timestamp }),
  );
  return encodePayload({ timestamp, seq, metrics });
}

function metric(
  device: number,
  at: number,
  worth: { readonly value: number; readonly timestamp: number },
): MetricToSend {
  return { alias: device * METRICS + at, datatype: "Double", tellDatatype: false, ...worth };
}
