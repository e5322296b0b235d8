/**
 * The plant of `bench -- kill`: two edge nodes that go on counting from one life of the hub to the next, a subscriber that
 * tells how far the hub came, and a desk whose setpoint is commanded all the time.
 */
import mqtt, { type MqttClient } from "mqtt";
import {
  decodePayload,
  deviceTopic,
  encodePayload,
  metricValue,
  nodeTopic,
} from "@unshub/sparkplug";
import { Client } from "../broker/load/client.ts";
import { publishFrame } from "../broker/load/frames.ts";
import { DEVICES_PER_NODE, GROUP, nodeName, nodeOf, NodeMessages } from "./plant.ts";

const NODES = 2;
export const DEVICES = NODES * DEVICES_PER_NODE;
const DESK = { groupId: GROUP, edgeNodeId: "desk" } as const;
export const SETPOINT = `${GROUP}/desk/panel/Setpoint`;
const TURN_MS = 5;
const SEQ_VALUES = 256;

/** What a device said between two kills: a run of counts. */
export interface Life {
  readonly first: number;
  readonly last: number;
  /** The last that had reached a subscriber a second before the kill; `undefined`: none had. */
  readonly safe: number | undefined;
}

interface Passed {
  readonly messages: number;
  readonly at: number;
}

interface Node {
  readonly client: Client;
  readonly messages: NodeMessages;
  readonly listener: Client;
  /** Devices and counts, in the order in which they were sent. */
  readonly sent: { readonly device: number; readonly count: number }[];
  readonly passed: Passed[];
}

export class KillPlant {
  /** By device: for each count the time that it was said to have. */
  readonly times: number[][] = Array.from({ length: DEVICES }, () => []);
  /** By device. */
  readonly lives: Life[][] = Array.from({ length: DEVICES }, () => []);
  readonly #perSecond: number;
  #bdSeq = 0;
  #nodes: readonly Node[] = [];
  #firsts: readonly number[] = [];
  #desk: MqttClient | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `messagesPerSecond`: of all devices together. */
  constructor(messagesPerSecond: number) {
    this.#perSecond = messagesPerSecond;
  }

  /** Is born and begins to say its values. */
  async live(port: number): Promise<void> {
    const bdSeq = this.#bdSeq;
    this.#bdSeq = (bdSeq + 1) % SEQ_VALUES;
    this.#firsts = this.times.map((times) => times.length);
    this.#nodes = await Promise.all(
      Array.from({ length: NODES }, (_, node) => this.#bear(port, node, bdSeq)),
    );
    this.#desk = await openDesk(port, bdSeq);
    const [from, begun] = [performance.now(), { sent: 0 }];
    this.#timer = setInterval(() => {
      const due = ((performance.now() - from) / 1000) * this.#perSecond;
      for (; begun.sent < due; begun.sent += 1) this.#say(begun.sent % DEVICES);
    }, TURN_MS);
  }

  /** The hub is dead. `killedAt`: by `performance.now()`. `safeMs`: what is older is to be there. */
  async died(killedAt: number, safeMs: number): Promise<void> {
    clearInterval(this.#timer);
    for (const { sent, passed } of this.#nodes) {
      const { messages = 0 } = passed.findLast(({ at }) => at <= killedAt - safeMs) ?? {};
      const safe = new Map(sent.slice(0, messages).map(({ device, count }) => [device, count]));
      for (const device of new Set(sent.map((one) => one.device))) {
        const [first = 0, last] = [this.#firsts[device], (this.times[device]?.length ?? 0) - 1];
        this.lives[device]?.push({ first, last, safe: safe.get(device) });
      }
    }
    const clients = this.#nodes.flatMap(({ client, listener }) => [client, listener]);
    await Promise.all([...clients.map((client) => client.close()), this.#desk?.endAsync(true)]);
  }

  async #bear(port: number, node: number, bdSeq: number): Promise<Node> {
    const listener = await Client.open({ port, clientId: `listener-${node}`, clean: true });
    await listener.subscribe(`spBv1.0/${GROUP}/DDATA/${nodeName(node)}/#`, 0);
    const messages = new NodeMessages(node);
    const { clientId } = messages;
    const client = await Client.open({ port, clientId, clean: true, will: messages.will(bdSeq) });
    for (const one of [client, listener]) one.onLost = () => undefined;
    const passed: Passed[] = [];
    listener.onProgress = () => {
      passed.push({ messages: listener.inbox.messages, at: performance.now() });
    };
    const own = Array.from({ length: DEVICES_PER_NODE }, (_, at) => node * DEVICES_PER_NODE + at);
    const time = Math.max(...own.map((device) => this.#timeFor(device)));
    const births = messages.births(bdSeq, time, (device) => this.#count(device, time));
    for (const birth of births) client.write(publishFrame(birth));
    return { client, messages, listener, sent: [], passed };
  }

  #say(device: number): void {
    const node = this.#nodes[nodeOf(device)];
    if (node === undefined) return;
    const time = this.#timeFor(device);
    const count = this.#count(device, time);
    node.sent.push({ device, count });
    node.client.write(publishFrame(node.messages.data(device, count, time)));
  }

  /** Now, but no time twice. */
  #timeFor(device: number): number {
    return Math.max(Date.now(), (this.times[device]?.at(-1) ?? 0) + 1);
  }

  #count(device: number, time: number): number {
    return (this.times[device]?.push(time) ?? 0) - 1;
  }
}

function setpoint(value: number) {
  const timestamp = Date.now();
  return { name: "Setpoint", datatype: "Int32", tellDatatype: true, value, timestamp } as const;
}

/** An edge node that does what it is told, and says so. */
async function openDesk(port: number, bdSeq: number): Promise<MqttClient> {
  const will = encodePayload({
    metrics: [{ name: "bdSeq", datatype: "Int64", tellDatatype: true, value: bdSeq }],
  });
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    clientId: "soak-desk",
    reconnectPeriod: 0,
    will: {
      topic: nodeTopic("NDEATH", GROUP, DESK.edgeNodeId),
      payload: Buffer.from(will),
      qos: 1,
    },
  });
  client.on("error", () => undefined);
  let seq = 0;
  const say = (topic: string, metrics: Parameters<typeof encodePayload>[0]["metrics"]): void => {
    const payload = encodePayload({ timestamp: Date.now(), seq, metrics });
    seq = (seq + 1) % SEQ_VALUES;
    client.publish(topic, Buffer.from(payload), { qos: 0 });
  };
  client.on("message", (_topic, payload) => {
    for (const metric of decodePayload(payload).metrics) {
      const value = Number(metricValue(metric, "Int32"));
      say(deviceTopic("DDATA", DESK, "panel"), [setpoint(value)]);
    }
  });
  await client.subscribeAsync(`spBv1.0/${GROUP}/DCMD/desk/panel`, { qos: 1 });
  say(nodeTopic("NBIRTH", GROUP, DESK.edgeNodeId), [
    { name: "bdSeq", datatype: "Int64", tellDatatype: true, value: bdSeq },
    { name: "Node Control/Rebirth", datatype: "Boolean", tellDatatype: true, value: false },
  ]);
  say(deviceTopic("DBIRTH", DESK, "panel"), [setpoint(0)]);
  // Acknowledged after what was sent before it: who commands now commands a metric that is born.
  await client.publishAsync("soak-desk/born", "", { qos: 1 });
  return client;
}
