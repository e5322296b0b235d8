/**
 * An edge node with one device, as the standard wants it: Will, subscriptions to its commands, NBIRTH, DBIRTH, and then
 * DDATA whose `seq` never skips. Every message has other values, so that a tree has something to do.
 */
import {
  BD_SEQ,
  deathMessage,
  deviceTopic,
  encodePayload,
  nodeTopic,
  type MetricToSend,
} from "@unshub/sparkplug";
import { Client } from "./client.ts";
import { publishFrame } from "./frames.ts";
import { Publisher } from "./publisher.ts";
import { orderedRing } from "./ring.ts";

const GROUP = "bench";
const DEVICE = "machine";
/** NBIRTH is 0, DBIRTH is 1. */
const FIRST_DATA_SEQ = 2;
const SEQ_VALUES = 256;

export interface EdgeNodeOptions {
  readonly port: number;
  /** Which one of many. */
  readonly index: number;
  readonly metrics: number;
  readonly bdSeq: number;
}

/** The topic of its data. */
export function dataTopic(index: number): string {
  return deviceTopic("DDATA", { groupId: GROUP, edgeNodeId: `node-${index}` }, DEVICE);
}

/** What a subscriber to the data of all nodes asks for. */
export const ALL_DATA = `spBv1.0/${GROUP}/DDATA/#`;

/** Resolves when its births are on their way; its inbox then counts commands. */
export async function openEdgeNode(options: EdgeNodeOptions): Promise<Publisher> {
  const { port, index, bdSeq } = options;
  const node = { groupId: GROUP, edgeNodeId: `node-${index}` };
  const { topic, payload, qos } = deathMessage(node, bdSeq);
  const clientId = `bench-${node.edgeNodeId}`;
  const client = await Client.open({ port, clientId, clean: true, will: { topic, payload, qos } });
  await client.subscribe(nodeTopic("NCMD", GROUP, node.edgeNodeId), 1);
  await client.subscribe(`spBv1.0/${GROUP}/DCMD/${node.edgeNodeId}/+`, 1);
  client.write(births(options));
  const payloads = Array.from({ length: SEQ_VALUES }, (_, count) =>
    data((count + FIRST_DATA_SEQ) % SEQ_VALUES, options.metrics),
  );
  return new Publisher(client, orderedRing(dataTopic(index), payloads));
}

/** What it says before it leaves. */
export function farewell(index: number, bdSeq: number): Buffer {
  const node = { groupId: GROUP, edgeNodeId: `node-${index}` };
  return publishFrame({ ...deathMessage(node, bdSeq, Date.now()), packetId: 1 });
}

function births({ index, metrics, bdSeq }: EdgeNodeOptions): Buffer {
  const node = { groupId: GROUP, edgeNodeId: `node-${index}` };
  const timestamp = Date.now();
  const own: readonly MetricToSend[] = [
    { name: BD_SEQ, datatype: "Int64", tellDatatype: true, value: bdSeq, timestamp },
    {
      name: "Node Control/Rebirth",
      datatype: "Boolean",
      tellDatatype: true,
      value: false,
      timestamp,
    },
  ];
  const device = Array.from({ length: metrics }, (_, alias) => ({
    ...metric(alias, 0, timestamp),
    name: `Section ${alias % 3}/Value ${alias}`,
    tellDatatype: true,
  }));
  return Buffer.concat([
    publishFrame({
      topic: nodeTopic("NBIRTH", GROUP, node.edgeNodeId),
      payload: encodePayload({ timestamp, seq: 0, metrics: own }),
    }),
    publishFrame({
      topic: deviceTopic("DBIRTH", node, DEVICE),
      payload: encodePayload({ timestamp, seq: 1, metrics: device }),
    }),
  ]);
}

function data(seq: number, metrics: number): Uint8Array {
  const timestamp = Date.now();
  return encodePayload({
    timestamp,
    seq,
    metrics: Array.from({ length: metrics }, (_, alias) => metric(alias, seq, timestamp)),
  });
}

const DATATYPES = ["Float", "Int32", "Boolean", "Double", "Int16"] as const;

function metric(alias: number, seq: number, timestamp: number): MetricToSend {
  const datatype = DATATYPES[alias % DATATYPES.length] ?? "Int32";
  const value = datatype === "Boolean" ? seq % 2 === 0 : seq * 10 + alias;
  return { alias, timestamp, datatype, tellDatatype: false, value };
}
